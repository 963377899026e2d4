"""The command `waywarden`.

Invariant: a service's code is imported inside its command only, so a broken part breaks its own command, and a service
does not wait for the imports of the others. May import: everything, lazily.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    if len(sys.argv) == 2:
        # Services are started by the supervisor and container engines all the time: they skip the other commands.
        from runtime.cli.services import run_directly

        if run_directly(sys.argv[1]):
            return
    from runtime.cli.main import app

    app()
