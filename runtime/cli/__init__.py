"""The command `waywarden`.

Invariant: a service's code is imported inside its command only, so that `waywarden keys` starts in no time and a broken
part breaks its own command. May import: everything, lazily.
"""

from runtime.cli.main import main

__all__ = ["main"]
