"""The supervisor with real, tiny child processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from runtime.children import BoundedLog, ChildFailed, Spec
from runtime.supervisor import Supervisor

SLEEP = "import signal; print('here', flush=True); signal.pause()"
DEAF = "import signal; signal.signal(15, signal.SIG_IGN); print('here', flush=True)\nwhile True: signal.pause()"


class Bench:
    """A supervisor with a memory of what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.news = asyncio.Event()
        self.supervisor = Supervisor(folder, self._say, pauses_s=(0.01,), fast_s=60)

    def _say(self, line: str) -> None:
        self.said.append(line)
        self.news.set()

    async def until_said(self, text: str) -> None:
        async with asyncio.timeout(20):
            while not any(text in line for line in self.said):
                self.news.clear()
                await self.news.wait()

    def spec(self, name: str, code: str, **more: Any) -> Spec:
        return Spec(
            name=name,
            command=lambda: [sys.executable, "-S", "-c", code],
            **({"ready": self.has_printed(name)} | more),
        )

    def has_printed(self, name: str) -> Callable[[], Any]:
        async def ready() -> bool:
            return "here" in (self.folder / f"{name}.log").read_text()

        return ready


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    await made.supervisor.stop()


async def test_children_start_and_stop(bench: Bench) -> None:
    await bench.supervisor.start(bench.spec("one", SLEEP), bench.spec("two", SLEEP))
    pids = bench.supervisor.pids
    assert set(pids) == {"one", "two"} and all(psutil.pid_exists(pid) for pid in pids.values())
    await bench.supervisor.stop("one")
    assert not psutil.pid_exists(pids["one"]) and psutil.pid_exists(pids["two"])
    assert not bench.supervisor.running("one") and bench.supervisor.running("two")
    await bench.supervisor.stop()
    assert not psutil.pid_exists(pids["two"])


async def test_a_child_that_dies_is_restarted_and_so_are_those_that_stand_on_it(bench: Bench) -> None:
    renewed: list[str] = []
    broker = bench.spec("broker", SLEEP, then_restart=("worker",), before_restart=lambda: renewed.append("log"))
    await bench.supervisor.start(broker, bench.spec("worker", SLEEP), bench.spec("api", SLEEP))
    before = bench.supervisor.pids
    os.kill(before["broker"], signal.SIGKILL)
    await bench.until_said("worker     ready")
    await bench.until_said("broker     ready again")
    async with asyncio.timeout(20):
        while bench.supervisor.pids.get("worker") in {None, before["worker"]}:  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(0.01)
    after = bench.supervisor.pids
    assert renewed == ["log"]
    assert after["broker"] != before["broker"] and after["api"] == before["api"]
    assert any("SIGKILL" in line for line in bench.said)


async def test_a_child_that_keeps_dying_is_given_up_with_its_last_lines(bench: Bench) -> None:
    lives = bench.folder / "lives"
    go = bench.folder / "go"
    code = (
        "import os, time\n"
        f"open({str(lives)!r}, 'a').write('x'); print('here, but the disk is full', flush=True)\n"
        f"while not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        "raise SystemExit(3)"
    )
    await bench.supervisor.start(bench.spec("doomed", code))
    go.touch()
    async with asyncio.timeout(30):
        message = await bench.supervisor.failed()
    assert "doomed died 5 times in a row" in message and "the disk is full" in message
    assert lives.read_text() == "xxxxx"


async def test_a_child_that_ends_before_it_is_ready_fails_the_start(bench: Bench) -> None:
    with pytest.raises(ChildFailed, match=r"(?s)exit code 2.*no such table"):
        await bench.supervisor.start(bench.spec("broken", "print('no such table'); raise SystemExit(2)"))


async def test_a_child_that_never_gets_ready_fails_the_start(bench: Bench) -> None:
    async def never() -> bool:
        return False

    with pytest.raises(ChildFailed, match="was not ready within"):
        await bench.supervisor.start(bench.spec("slow", SLEEP, ready=never, start_timeout_s=0.1))


async def test_a_program_that_is_missing_is_said(bench: Bench) -> None:
    async def never() -> bool:
        return False

    with pytest.raises(ChildFailed, match="could not be started"):
        await bench.supervisor.start(Spec(name="none", command=lambda: ["/no/such/program"], ready=never))


async def test_a_log_that_cannot_be_written_is_said(bench: Bench) -> None:
    (bench.folder / "unwritable.log").mkdir()
    with pytest.raises(ChildFailed, match="unwritable cannot write its log"):
        await bench.supervisor.start(bench.spec("unwritable", SLEEP))


async def test_a_child_that_ignores_its_signal_is_killed(bench: Bench) -> None:
    await bench.supervisor.start(bench.spec("deaf", DEAF, stop_timeout_s=0.1))
    pid = bench.supervisor.pids["deaf"]
    await bench.supervisor.stop()
    assert not psutil.pid_exists(pid)
    assert any("was killed" in line for line in bench.said)


async def test_a_very_long_line_does_not_block_a_child(bench: Bench) -> None:
    code = "import sys; sys.stdout.write('x' * 3_000_000); print('\\nhere', flush=True)\n" + SLEEP
    await bench.supervisor.start(bench.spec("loud", code))


def test_a_log_file_is_bounded(tmp_path: Path) -> None:
    log = BoundedLog(tmp_path / "a.log", limit_bytes=1_000)
    for number in range(100):
        log.write(b"%050d\n" % number)
    log.close()
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"a.log", "a.log.1"} and max(sizes.values()) <= 1_000
    assert log.tail[-1].endswith("99")
