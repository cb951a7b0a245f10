"""``python -m lrdsl`` is the command ``lrdsl``."""

from lrdsl.cli import main

if __name__ == "__main__":
    main()
