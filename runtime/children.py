"""One child process: started tied to us, its output kept in a bounded log file, stopped in bounded time.

Invariant: a child never outlives this process (`runtime.leash`), and its log never grows beyond two files of
`_LOG_BYTES`. May import: runtime.leash.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runtime.leash import leash

_LOG_BYTES = 8_000_000
_TAIL_LINES = 12
_LINE_BYTES = 65_536


class ChildFailed(RuntimeError):
    """A child did not get ready or cannot be kept alive; the text has its last log lines."""


@dataclass(frozen=True, kw_only=True)
class Spec:
    """How a child is started, known to be ready, and stopped.

    `command` and `env` are asked at every start, so a restarted broker can bring a new address. `then_restart` names
    the children that stand on this one: when it died they are stopped first and start anew after it.
    """

    name: str
    command: Callable[[], Sequence[str]]
    ready: Callable[[], Awaitable[bool]]
    env: Callable[[], Mapping[str, str]] = field(default=lambda: {})
    before_restart: Callable[[], None] = field(default=lambda: None)
    then_restart: tuple[str, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 20
    start_timeout_s: float = 60
    orphan_signal: signal.Signals = signal.SIGKILL
    user: int | None = None
    group: int | None = None
    cwd: str | None = None


class BoundedLog:
    """A log file that is turned over to `<name>.log.1` when full; the last lines are in memory too."""

    def __init__(self, path: Path, limit_bytes: int = _LOG_BYTES) -> None:
        self._path = path
        self._limit = limit_bytes
        self._file = path.open("ab")
        self._size = self._file.tell()
        self.tail: deque[str] = deque(maxlen=_TAIL_LINES)

    def write(self, line: bytes) -> None:
        """Add one line."""
        if self._size + len(line) > self._limit:
            self._file.close()
            self._path.replace(self._path.with_suffix(".log.1"))
            self._file = self._path.open("ab")
            self._size = 0
        self._file.write(line)
        self._file.flush()
        self._size += len(line)
        self.tail.append(line.decode(errors="replace").rstrip())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Child:
    """A running child. Make it by `Child.start`."""

    def __init__(self, spec: Spec, process: asyncio.subprocess.Process, log: BoundedLog) -> None:
        self.spec = spec
        self.log = log
        self.stopping = False
        self._process = process
        self._reading = asyncio.create_task(self._read(), name=f"log of {spec.name}")

    @classmethod
    async def start(cls, spec: Spec, logs: Path) -> Child:
        """Start the process; does not wait until it is ready. Raises ChildFailed when the program cannot be run."""
        as_other_user = spec.user is not None
        try:
            # Before the process: on a full disk nothing is started that nobody would read.
            log = BoundedLog(logs / f"{spec.name}.log")
        except OSError as error:
            raise ChildFailed(f"{spec.name} cannot write its log: {error}") from error
        try:
            process = await asyncio.create_subprocess_exec(
                *spec.command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                limit=_LINE_BYTES,
                env={**os.environ, **spec.env()},
                user=spec.user,
                group=spec.group,
                extra_groups=[] if as_other_user else None,
                cwd=spec.cwd,
                # A group of its own: Ctrl-C in the terminal reaches us alone, and we stop the children in order.
                process_group=0,
                preexec_fn=leash(spec.orphan_signal),
            )
        except OSError as error:
            log.close()
            raise ChildFailed(f"{spec.name} could not be started: {error}") from error
        return cls(spec, process, log)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def exited(self) -> int:
        """Wait for the end; give the exit code, negative for a signal."""
        code = await self._process.wait()
        await self._reading
        return code

    async def until_ready(self) -> None:
        """Wait until it is ready. Raises ChildFailed when it ends first or takes longer than it may."""
        exited = asyncio.create_task(self._process.wait())
        try:
            async with asyncio.timeout(self.spec.start_timeout_s):
                while not await self.spec.ready():
                    await asyncio.wait([exited], timeout=0.05)
                    if exited.done():
                        break
                # Looked at last: what answered may be a stranger on the port that our child could not get.
                await asyncio.wait([exited], timeout=0)
                if exited.done():
                    await self._reading
                    raise ChildFailed(f"{self.spec.name} {how_it_ended(exited.result())}{self.last_lines()}")
        except TimeoutError:
            raise ChildFailed(
                f"{self.spec.name} was not ready within {self.spec.start_timeout_s:.0f} s{self.last_lines()}"
            ) from None
        finally:
            exited.cancel()

    async def stop(self) -> bool:
        """Stop it: its signal, then SIGKILL. Gives False when it had to be killed."""
        self.stopping = True
        clean = True
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(self.spec.stop_signal)
            try:
                async with asyncio.timeout(self.spec.stop_timeout_s):
                    await self._process.wait()
            except TimeoutError:
                clean = False
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
                await self._process.wait()
        await self._reading
        return clean

    def last_lines(self) -> str:
        """Give its last log lines as an indented block, for a message."""
        return "".join(f"\n    {line[:400]}" for line in self.log.tail)

    async def _read(self) -> None:
        stream = self._process.stdout
        if stream is None:
            raise RuntimeError("the child has no output to read")
        try:
            # Chunks and not lines: a line longer than the limit must not end the reading, or the child would block.
            rest = b""
            while chunk := await stream.read(_LINE_BYTES):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self.log.write(line + b"\n")
                if len(rest) > _LINE_BYTES:
                    self.log.write(rest + b"\n")
                    rest = b""
            if rest:
                self.log.write(rest + b"\n")
        finally:
            self.log.close()


def how_it_ended(code: int) -> str:
    """Say an exit code in words."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended by itself (exit code {code})"
