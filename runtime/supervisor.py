"""Keeps children running: started in order, restarted with growing pauses when they die, stopped in reverse order.

Invariant: a child that dies fast `_DEATHS` times in a row is given up with its last log lines, and the whole run
ends; nothing is restarted for ever in silence. May import: runtime.children.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from runtime.children import Child, ChildFailed, Spec, how_it_ended

_DEATHS = 5
_FAST_S = 20.0
_PAUSE_S = (0.5, 1, 2, 5, 10)


class Supervisor:
    """Runs a set of children. `say` gets one short line of text for people whenever something happens."""

    def __init__(
        self,
        logs: Path,
        say: Callable[[str], None],
        pauses_s: tuple[float, ...] = _PAUSE_S,
        fast_s: float = _FAST_S,
    ) -> None:
        self._logs = logs
        self._say = say
        self._pauses_s = pauses_s
        self._fast_s = fast_s
        self._children: dict[str, Child] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._specs: dict[str, Spec] = {}
        self._resting: dict[str, Spec] = {}
        self._failure: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def pids(self) -> dict[str, int]:
        """The process ids by name."""
        return {name: child.pid for name, child in self._children.items()}

    async def failed(self) -> str:
        """Wait until a child is given up; give the message."""
        return await asyncio.shield(self._failure)

    async def start(self, *specs: Spec) -> None:
        """Start children at the same time and wait until all are ready. Raises ChildFailed; then stop the rest."""
        tasks = [asyncio.create_task(self._start(spec)) for spec in specs]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def stop(self, *names: str) -> None:
        """Stop children at the same time, or all of them last started first. Bounded by their own limits."""
        if names:
            await asyncio.gather(*(self._stop(name) for name in names))
            return
        for name in reversed(list(self._specs)):
            await self._stop(name)

    def running(self, name: str) -> bool:
        """Tell whether a child of this name was started and not stopped."""
        return name in self._specs

    async def _start(self, spec: Spec) -> None:
        began = time.monotonic()
        child = await Child.start(spec, self._logs)
        self._specs[spec.name] = spec
        self._children[spec.name] = child
        await child.until_ready()
        self._say(f"{spec.name:<10} ready after {time.monotonic() - began:.1f} s")
        self._watchers[spec.name] = asyncio.create_task(self._watch(spec), name=f"watch {spec.name}")

    async def _stop(self, name: str) -> None:
        self._specs.pop(name, None)
        watcher = self._watchers.pop(name, None)
        if watcher is not None and watcher is not asyncio.current_task():
            watcher.cancel()
            await asyncio.wait([watcher])
        child = self._children.pop(name, None)
        if child is not None and not await child.stop():
            self._say(f"{name:<10} did not stop in {child.spec.stop_timeout_s:.0f} s and was killed")

    async def _watch(self, spec: Spec) -> None:
        """Restart the child whenever it dies, until it is stopped or given up."""
        deaths = 0
        began = time.monotonic()
        while True:
            child = self._children[spec.name]
            code = await child.exited()
            if child.stopping:
                return
            deaths = deaths + 1 if time.monotonic() - began < self._fast_s else 1
            if deaths >= _DEATHS:
                self._give_up(
                    f"{spec.name} died {deaths} times in a row; given up. Its last lines:{child.last_lines()}"
                )
                return
            pause_s = self._pauses_s[min(deaths, len(self._pauses_s)) - 1]
            self._say(f"{spec.name:<10} {how_it_ended(code)}; restarting in {pause_s:g} s (log: {spec.name}.log)")
            await asyncio.gather(*(self._rest(name) for name in spec.then_restart))
            await asyncio.sleep(pause_s)
            began = time.monotonic()
            spec.before_restart()
            try:
                child = await Child.start(spec, self._logs)
                self._children[spec.name] = child
                await child.until_ready()
            except ChildFailed as error:
                # Not ready in time: end it, so that the next round sees a death and counts it.
                await self._children[spec.name].stop()
                self._children[spec.name].stopping = False
                self._say(str(error).partition("\n")[0])
                continue
            self._say(f"{spec.name:<10} ready again")
            await asyncio.gather(*(self._wake(name) for name in spec.then_restart))

    async def _rest(self, name: str) -> None:
        """Stop a child that stands on a dead one, to be woken later."""
        spec = self._specs.get(name)
        if spec is not None:
            await self._stop(name)
            self._resting[name] = spec

    async def _wake(self, name: str) -> None:
        spec = self._resting.pop(name, None)
        if spec is None:
            return
        try:
            await self._start(spec)
        except ChildFailed as error:
            self._give_up(str(error))

    def _give_up(self, message: str) -> None:
        if not self._failure.done():
            self._failure.set_result(message)
