from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from runtime.lifecycle import Lifecycle, cancel, pause, serve, until_stopped


async def test_cleanups_run_last_first_and_one_that_fails_or_hangs_stops_none() -> None:
    done: list[str] = []

    async def note(name: str) -> None:
        done.append(name)

    async def fail() -> None:
        done.append("fail")
        raise RuntimeError("broken clean-up")

    async with Lifecycle() as life:
        life.on_stop("first", lambda: note("first"))
        life.on_stop("hangs", asyncio.Event().wait, timeout_s=0.01)
        life.on_stop("fails", fail)
        life.on_stop("last", lambda: note("last"))
    assert done == ["last", "fail", "first"]


async def test_a_background_task_is_gone_after_close() -> None:
    life = Lifecycle()

    async def forever() -> None:
        await asyncio.Event().wait()

    task = life.task("forever", forever())
    await life.close()
    assert task.cancelled()


async def test_cancel_does_not_raise_what_the_task_had_raised() -> None:
    async def broken() -> None:
        raise ValueError("old news")

    task = asyncio.create_task(broken())
    await cancel(task)
    assert task.done()


async def test_pause_ends_early_when_it_is_time_to_stop() -> None:
    stop = asyncio.Event()
    assert not await pause(stop, 0.001)
    stop.set()
    assert await pause(stop, 60)


async def test_until_stopped_raises_what_a_task_raised() -> None:
    async def broken() -> None:
        raise ValueError("at once")

    with pytest.raises(ValueError, match="at once"):
        await until_stopped(asyncio.Event(), asyncio.create_task(broken()))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_sets_the_stop_event(number: int) -> None:
    async def service(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), number)
        await stop.wait()

    async with asyncio.timeout(5):
        await serve(service)


async def test_a_service_that_ignores_the_stop_event_is_cancelled() -> None:
    async def stubborn(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError, match="did not stop"):
        await serve(stubborn, grace_s=0.02)


async def test_a_second_signal_does_not_wait_for_the_grace() -> None:
    async def stubborn(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

    async with asyncio.timeout(5):
        with pytest.raises(TimeoutError):
            await serve(stubborn, grace_s=60)


async def test_what_the_service_raises_comes_out() -> None:
    async def broken(stop: asyncio.Event) -> None:
        raise LookupError("no database")

    with pytest.raises(LookupError, match="no database"):
        await serve(broken)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("await stop.wait()", 0),
        ("threading.Thread(target=threading.Event().wait).start(); await stop.wait()", 0),
        ("raise OSError('no broker')", 1),
    ],
    ids=["clean", "a library's thread is left", "fails"],
)
def test_the_process_of_a_service_always_ends(body: str, code: int) -> None:
    program = (
        "import asyncio, os, signal, threading\n"
        "from runtime.cli.services import run_service\n"
        "from runtime.settings import Settings\n"
        "async def main(stop):\n"
        "    asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)\n"
        f"    {body}\n"
        "run_service('test', Settings(), main)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == code, done.stderr
