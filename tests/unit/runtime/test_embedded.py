from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from runtime import embedded


@pytest.fixture
def folder() -> Iterator[Path]:
    # pytest's own folders are closed to the user that PostgreSQL runs as under root.
    made = Path(tempfile.mkdtemp(prefix="ww-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


async def _ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def test_free_port_prefers_the_wanted_one_and_else_takes_another() -> None:
    wanted = embedded.free_port()
    assert embedded.free_port(wanted) == wanted
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", wanted))
        taken.listen()
        assert embedded.free_port(wanted) != wanted


@pytest.mark.integration
def test_data_survive_a_restart(folder: Path) -> None:
    server = embedded.Postgres(folder / "data", embedded.TEST_TUNING)
    url = server.start()
    asyncio.run(_ask(url, "CREATE TABLE kept AS SELECT 1 AS one"))
    server.stop()
    assert not server.is_ready()
    again = embedded.Postgres(folder / "data", embedded.TEST_TUNING)
    try:
        assert asyncio.run(_ask(again.start(), "SELECT one FROM kept")) == 1
    finally:
        again.stop()


@pytest.mark.integration
def test_a_server_dies_with_its_killed_parent_and_a_second_start_works(folder: Path) -> None:
    code = (
        "import sys, pathlib; from runtime import embedded\n"
        "p = embedded.Postgres(pathlib.Path(sys.argv[1])); p.start(); b = embedded.start_broker(embedded.free_port())\n"
        "print(p._process.pid, b.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(folder / "data")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert parent.stdin is not None and parent.stdout is not None
    children = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
    assert len(children) == 2
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()
    server = embedded.Postgres(folder / "data")
    try:
        assert asyncio.run(_ask(server.start(), "SELECT 1")) == 1
    finally:
        server.stop()
    _gone, alive = psutil.wait_procs(children, timeout=10)
    assert not alive


def test_a_process_id_of_another_program_is_not_touched(folder: Path) -> None:
    server = embedded.Postgres(folder / "data")
    (folder / "data").mkdir()
    pid_file = folder / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{folder / 'data'}\n")
    server._stop_leftover()
    assert not pid_file.exists()


def test_a_long_path_gets_a_short_socket_folder(folder: Path) -> None:
    server = embedded.Postgres(folder / ("long" * 40) / "data")
    assert len(f"{server._socket_dir}/.s.PGSQL.5432") <= 107
    assert str(server._socket_dir) in server.url


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to leave a private folder")
def test_root_never_opens_a_private_folder(folder: Path) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    server = embedded.Postgres(private / "data")
    assert server.data_dir.parent == Path("/var/lib/waywarden")
    assert private.stat().st_mode & 0o777 == 0o700


def test_why_it_did_not_start_is_said(folder: Path) -> None:
    server = embedded.Postgres(folder / "data", {"shared_buffers": "nonsense"})
    with pytest.raises(embedded.PostgresError, match="shared_buffers"):
        server.start()


def test_the_host_for_browsers() -> None:
    assert embedded.reachable_host("127.0.0.1") == "127.0.0.1"
    assert embedded.reachable_host("0.0.0.0") not in {"", "0.0.0.0"}  # noqa: S104 - compared, not bound
