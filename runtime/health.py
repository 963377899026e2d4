"""`python -m runtime.health PORT [PATH]`: leaves with 0 when the process on that port says that it is ready.

For container health checks: starts in a blink and needs no curl. May import: the standard library.
"""

from __future__ import annotations

import http.client
import sys


def check(port: int, path: str = "/readyz") -> str | None:
    """Give None when the answer is 200, else the reason."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return None if answer.status == 200 else answer.read(500).decode(errors="replace").strip()
    except OSError as error:
        return str(error)
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(check(int(sys.argv[1]), *sys.argv[2:3]))
