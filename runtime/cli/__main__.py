"""Lets `python -m runtime.cli` stand for `waywarden`."""

from runtime.cli import main

if __name__ == "__main__":
    main()
