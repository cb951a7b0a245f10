"""Where schedules stand in config files: programs found by key, each with its exact place."""

from lrdsl.configs.document import (
    MARKER,
    SUFFIXES,
    Branch,
    Comment,
    Document,
    Node,
    Scalar,
    read,
)
from lrdsl.configs.keys import DEFAULT_KEYS, ConfigError
from lrdsl.configs.program import Config, Program, programs

__all__ = [
    "DEFAULT_KEYS",
    "MARKER",
    "SUFFIXES",
    "Branch",
    "Comment",
    "Config",
    "ConfigError",
    "Document",
    "Node",
    "Program",
    "Scalar",
    "programs",
    "read",
]
