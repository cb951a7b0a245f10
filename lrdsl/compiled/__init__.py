"""Compiled forms: the same expressions as Python source and as array operations."""
