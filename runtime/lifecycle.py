"""The life of a process: signals become one stop event, clean-ups run last first, and stopping takes bounded time.

Invariant: a clean-up that fails or hangs is logged and never keeps the next one from running. May import: structlog,
uvloop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, NoReturn, Self

import structlog

log = structlog.get_logger()

Cleanup = Callable[[], Awaitable[object]]


class Lifecycle:
    """The named clean-ups of a service, run last registered first when the `async with` block is left.

    ```python
    async with Lifecycle() as life:
        pool = await open_pool(...)
        life.on_stop("pool", pool.close)
        ops = OpsServer(registry, port, ready)
        await ops.start()
        life.on_stop("ops server", ops.stop)
        await stop.wait()
    ```
    """

    def __init__(self) -> None:
        self._cleanups: list[tuple[str, Cleanup, float]] = []

    def on_stop(self, name: str, cleanup: Cleanup, timeout_s: float = 5) -> None:
        """Register what undoes a start. It gets `timeout_s` seconds, then it is cancelled and the next one runs."""
        self._cleanups.append((name, cleanup, timeout_s))

    def task(self, name: str, work: Coroutine[Any, Any, None], timeout_s: float = 5) -> asyncio.Task[None]:
        """Start a background task that is cancelled and awaited on stop. The caller watches whether it fails."""
        running = asyncio.create_task(work, name=name)
        self.on_stop(name, lambda: cancel(running), timeout_s)
        return running

    async def close(self) -> None:
        """Run the clean-ups, last registered first. Never raises for a clean-up that fails; each is logged."""
        while self._cleanups:
            name, cleanup, timeout_s = self._cleanups.pop()
            try:
                async with asyncio.timeout(timeout_s):
                    await cleanup()
            except TimeoutError:
                log.error("cleanup_timed_out", cleanup=name, timeout_s=timeout_s)
            except Exception:
                log.exception("cleanup_failed", cleanup=name)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def cancel(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait until it is gone. A failure that it had before is not raised here."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task_failed", task=task.get_name(), error=repr(error))


async def pause(stop: asyncio.Event, seconds: float) -> bool:
    """Wait `seconds`, or less when `stop` is set. Gives True when it is time to stop."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    return stop.is_set()


async def until_stopped(stop: asyncio.Event, *tasks: asyncio.Task[Any]) -> None:
    """Wait until `stop` is set or one of the tasks ends. Raises what a failed task raised."""
    waiting = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {waiting}:
            task.result()
    finally:
        waiting.cancel()


async def serve(main: Callable[[asyncio.Event], Awaitable[None]], grace_s: float = 15) -> None:
    """Run a service until it ends by itself or SIGINT or SIGTERM comes.

    The first signal sets the stop event; the service then has `grace_s` seconds. After that, or at a second signal,
    it is cancelled. Raises what the service raised, TimeoutError when it had to be cancelled.
    """
    stop = asyncio.Event()
    hurry = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            hurry.set()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    service = asyncio.ensure_future(main(stop))
    try:
        await until_stopped(stop, service)
        if not service.done():
            urgent = asyncio.create_task(hurry.wait())
            await asyncio.wait([service, urgent], timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
            urgent.cancel()
        if not service.done():
            log.error("stop_timed_out", grace_s=grace_s)
            service.cancel()
            await asyncio.wait([service], timeout=2)
            raise TimeoutError(f"did not stop within {grace_s:.0f} s; cancelled")
        service.result()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def run(main: Callable[[asyncio.Event], Awaitable[None]], grace_s: float = 15) -> None:
    """Run `serve` on a fresh uvloop as the whole process. Blocks until the service has ended.

    A task that ignores its cancellation would keep the loop from closing: the process ends for good 10 s after its
    grace, whatever hangs.
    """
    import uvloop

    async def watched(stop: asyncio.Event) -> None:
        deadman = asyncio.create_task(_arm_deadman(stop, grace_s + 10))
        try:
            await main(stop)
        finally:
            # Left running when the stop came: it watches the closing of the loop as well.
            if not stop.is_set():
                await cancel(deadman)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(watched, grace_s))


async def _arm_deadman(stop: asyncio.Event, seconds: float) -> None:
    await stop.wait()
    timer = threading.Timer(seconds, os._exit, (70,))
    timer.daemon = True
    timer.start()


def leave(code: int) -> NoReturn:
    """End the process. Threads of libraries that nobody stopped (Faust's worker threads) cannot keep it alive."""
    left = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        log.warning("threads_left", threads=left)
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
