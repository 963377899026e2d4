"""`waywarden demo` as people run it: started, killed, stopped, started again; nothing lost and nobody left behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import asyncpg
import psutil
import pytest

from runtime import embedded

pytestmark = pytest.mark.integration
SCANS = 2_000


class Run:
    """One `waywarden demo` without simulator."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runtime.cli", "demo", "--no-simulate", "--data-dir", str(folder), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        self.text = ""

    def until(self, pattern: str) -> str:
        """Read what it says until the pattern is there; give its first group."""
        assert self.process.stdout is not None
        while (found := re.search(pattern, self.text)) is None:
            line = self.process.stdout.readline()
            assert line, f"ended before it said {pattern!r}:\n{self.text}"
            self.text += line
        return found[1] if found.groups() else found[0]

    def rest(self, timeout_s: float = 60) -> int:
        """Wait for its end; give the exit code."""
        out, _ = self.process.communicate(timeout=timeout_s)
        self.text += out
        return self.process.returncode

    def children(self) -> list[psutil.Process]:
        """All processes below it."""
        return list(psutil.Process(self.process.pid).children(recursive=True))


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="ww-up-"))
    made.chmod(0o755)
    yield made / "data"
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        run.process.kill()
        run.process.wait()
        if run.process.stdout is not None:
            run.process.stdout.close()


def _push(board: str, key: str, scans: list[dict[str, str]]) -> int:
    request = Request(  # noqa: S310 - our own address
        f"{board}/v1/scans",
        data=json.dumps(scans).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        method="POST",
    )
    with urlopen(request, timeout=30) as answer:  # noqa: S310
        return int(json.loads(answer.read())["accepted"])


async def _ask(url: str, query: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


async def test_kill_leaves_nobody_and_a_stop_loses_nothing(folder: Path, runs: list[Run]) -> None:
    first = Run(folder)
    runs.append(first)
    password = first.until(r"Password +(\S+)")
    first.until("Logs ")
    children = first.children()
    assert len(children) >= 7, [child.name() for child in children]

    second = Run(folder)
    runs.append(second)
    assert second.rest() == 1
    assert f"already runs on {folder} (process {first.process.pid}" in second.text

    first.process.kill()
    first.process.wait()
    _gone, alive = psutil.wait_procs(children, timeout=10)
    assert not alive, [child.cmdline() for child in alive]

    third = Run(folder)
    runs.append(third)
    board = third.until(r"Board +(\S+)")
    assert third.until(r"Password +(\S+)") == password
    third.until("Logs ")
    key = json.loads((folder / "demo.json").read_text())["carrier_key"]
    now = datetime.now(UTC)
    scans = [
        {
            "carrier": "sf",
            "waybill": f"SF{1_000_000 + number}",
            "happened_at": (now - timedelta(minutes=5)).isoformat(),
            "milestone": "in_transit",
        }
        for number in range(SCANS)
    ]
    assert _push(board, key, scans) == SCANS
    children = third.children()
    # At once after the 2xx: most scans are only in the broker's memory now.
    third.process.send_signal(signal.SIGINT)
    began = time.monotonic()
    assert third.rest() == 0, third.text
    assert time.monotonic() - began < 45
    assert "was killed" not in third.text and "still busy" not in third.text
    _gone, alive = psutil.wait_procs(children, timeout=1)
    assert not alive, [child.cmdline() for child in alive]

    server = embedded.Postgres(folder / "postgres")
    server.start()
    try:
        assert await _ask(server.url_of("waywarden"), "SELECT count(*) FROM scan") == SCANS
    finally:
        server.stop()


def test_ports_that_are_taken_are_replaced(folder: Path, runs: list[Run]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = Run(folder, "--http-port", str(port))
        runs.append(run)
        board = run.until(r"Board +(\S+)")
        assert not board.endswith(f":{port}")
        with urlopen(f"{board}/docs", timeout=10) as answer:  # noqa: S310 - our own address
            assert answer.status == 200
    run.process.terminate()
    assert run.rest() == 0
