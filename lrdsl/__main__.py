"""The command ``lrdsl``, which is ``python -m lrdsl`` too, as a process of its own."""

import gc
import os
import sys


def main() -> None:
    """Run the command line, which starts sooner in a process that does nothing else."""
    # Pydantic's plugins watch the models of services; to look for some takes long.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.disable()  # what modules make while they are imported is no garbage
    from lrdsl import cli

    for word in sys.argv[1:2]:
        cli.load(word)
    gc.freeze()
    gc.enable()
    cli.main()


if __name__ == "__main__":
    main()
