"""The conformance cases, a module per theme. Standard library only; nothing here imports lrdsl."""
