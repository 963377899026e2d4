"""`waywarden up` and `waywarden demo`: the whole product on one machine.

Invariant: whatever happens, everything that was started is stopped before the command ends. May import: runtime, store,
carriers, rich.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer

from runtime import demo as demo_data
from runtime import embedded
from runtime.children import ChildFailed
from runtime.cli.common import fail, part, read_settings
from runtime.demo import Demo
from runtime.home import AlreadyRunning, Home
from runtime.leash import follow_parent
from runtime.sealing import Links
from runtime.stack import Plan, Stack
from store import running

DataDir = Annotated[Path, typer.Option(help="Where the database, keys and logs are kept.", envvar="WAYWARDEN_DATA_DIR")]
HttpPort = Annotated[int, typer.Option(help="Port of board, pages and API; a free one is taken when it is not free.")]
LivePort = Annotated[int, typer.Option(help="Port of the live board's websockets; likewise.")]
Bind = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")]
_LOUD = {"Board", "Sign in as", "Password", "Messages sent"}
_PATIENCE_S = 30
Workers = Annotated[int, typer.Option(min=1, max=16, help="How many worker processes.")]


def up(
    data_dir: DataDir = Path(".waywarden"),
    http_port: HttpPort = 8080,
    live_port: LivePort = 8081,
    bind: Bind = "127.0.0.1",
    workers: Workers = 1,
    kafka: Annotated[str, typer.Option(help="host:port,… of a real Kafka in place of the embedded broker.")] = "",
    database_url: Annotated[str, typer.Option(help="A PostgreSQL of yours in place of the embedded one.")] = "",
) -> None:
    """Start everything on this machine: broker, database, worker, api, live, notifier, pull. Ctrl-C stops it."""
    plan = Plan(
        bind=bind,
        http_port=http_port,
        live_port=live_port,
        workers=workers,
        kafka=kafka,
        database_url=database_url,
    )
    _run(_Session(Home(data_dir), plan, None))


def demo(
    data_dir: DataDir = Path(".waywarden"),
    http_port: HttpPort = 8080,
    live_port: LivePort = 8081,
    bind: Bind = "127.0.0.1",
    workers: Workers = 1,
    simulate: Annotated[bool, typer.Option(help="Let a made-up carrier network push parcels.")] = True,
    parcels: Annotated[int, typer.Option(min=1, help="Parcels at the first start.")] = 1_500,
    rate: Annotated[float, typer.Option(min=0, help="New parcels a second after that.")] = 0.3,
) -> None:
    """Start everything with made-up parcels, an admin account and a mail catcher. Ctrl-C stops it; data are kept."""
    plan = Plan(bind=bind, http_port=http_port, live_port=live_port, workers=workers, mail=True)
    _run(_Session(Home(data_dir), plan, ["--parcels", str(parcels), "--rate", str(rate)] if simulate else []))


class _Session:
    """One run of `up` (`sim` None) or `demo`."""

    def __init__(self, home: Home, plan: Plan, sim: list[str] | None) -> None:
        self.home = home
        self.plan = plan
        self.sim = sim
        self.given = read_settings()
        self.demo: Demo | None = None

    async def run(self) -> str | None:
        """Run until a signal. Gives what went wrong, or None."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stop.set)
        began = time.monotonic()
        typer.echo(f"Waywarden is starting; its data are in {self.home.folder}")
        stack = Stack(self.home, self.plan, _say, self.given)
        failure: str | None = None
        try:
            if await _unless(stop, stack.start(lambda: self._before_services(stack))):
                self.home.write(
                    "run.json", self.home.read("run.json") | {"board": stack.board, "settings": stack.settings()}
                )
                self._show(stack, time.monotonic() - began)
                failure = await self._until_end(stack, stop)
        except ChildFailed as error:
            failure = str(error)
        except (embedded.PostgresError, asyncpg.PostgresError) as error:
            failure = f"The database: {error}"
        finally:
            typer.echo("\nStopping: intake first, then what is still on its way, then the rest …")
            await stack.stop()
        typer.echo("Stopped. " + ("" if self.plan.database_url else "The data are kept for the next start."))
        return failure

    async def _before_services(self, stack: Stack) -> None:
        if self.sim is None:
            return
        formats = [name for name, found in part("carriers.registry").FORMATS.items() if found.sign is not None]
        self.demo = await demo_data.ensure(self.home, stack.database_url, stack.keys, formats)

    async def _until_end(self, stack: Stack, stop: asyncio.Event) -> str | None:
        failed = asyncio.create_task(stack.supervisor.failed())
        stopped = asyncio.create_task(stop.wait())
        extra = []
        if self.sim and self.demo is not None:
            # Later starts have the earlier parcels already, so fewer new ones are made.
            arguments = ["--demo", "--seed", str(self.demo.starts), *self.sim]
            if self.demo.starts > 1:
                arguments += ["--parcels", "200"]
            extra.append(asyncio.create_task(stack.simulate(arguments)))
            extra.append(asyncio.create_task(self._show_link(stack)))
        try:
            await asyncio.wait([failed, stopped], return_when=asyncio.FIRST_COMPLETED)
            return failed.result() if failed.done() else None
        finally:
            for task in (failed, stopped, *extra):
                task.cancel()
            await asyncio.wait([failed, stopped, *extra])
            for task in extra:
                if not task.cancelled() and (error := task.exception()) is not None:
                    _say(str(error))

    def _show(self, stack: Stack, took_s: float) -> None:
        rows = [("Board", stack.board)]
        if self.demo is not None:
            password = self.demo.password if self.demo.password_holds else "(the one that you have set)"
            rows += [("Sign in as", self.demo.email), ("Password", password)]
        if self.plan.mail:
            rows.append(("Messages sent", stack.inbox))
        rows.append(("API", f"{stack.board}/docs"))
        services = ["worker", "api", "live", "notifier", *(["pull"] if stack.pulls else [])]
        metrics = (f"{name} {stack.ports[f'metrics {name}']}" for name in services)
        rows += [
            ("Live, Kafka", f"{stack.live_url}, {stack.kafka}"),
            ("Metrics", ", ".join(metrics)),
            ("Database", stack.database_url),
            ("Logs", str(self.home.logs)),
        ]
        typer.echo(f"\nWaywarden runs (started in {took_s:.0f} s). Ctrl-C stops it.\n")
        for name, text in rows:
            typer.echo(f"  {name:<14}  " + (typer.style(text, bold=True) if name in _LOUD else text))
        typer.echo("" if self.demo else '\n  For a first account see docs/quickstart.md, "Your own parcels".\n')

    async def _show_link(self, stack: Stack) -> None:
        """Print a consumer's page as soon as there is a parcel worth seeing; at the latest whichever there is then."""
        links = Links(stack.link_key)
        connection = await asyncpg.connect(stack.database_url)
        try:
            for second in range(90):
                found = await running.parcel_to_show(connection)
                if found is not None and (found.told or second >= _PATIENCE_S):
                    typer.echo(f"  A consumer's page:  {stack.board}/t/{links.token(found.parcel_id)}\n")
                    return
                await asyncio.sleep(1)
        finally:
            await connection.close()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do the work unless `stop` is set before it is done. Gives whether it was done."""
    task = asyncio.create_task(work)
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()
        return True
    task.cancel()
    await asyncio.wait([task])
    return False


def _say(line: str) -> None:
    typer.echo(f"  {time.strftime('%H:%M:%S')}  {line}")


def _run(session: _Session) -> None:
    if os.environ.pop("WAYWARDEN_TIED", ""):
        follow_parent()
    try:
        session.home.lock()
    except AlreadyRunning as error:
        fail(str(error))
    except PermissionError as error:
        fail(f"The data folder cannot be used: {error}. Choose another one with --data-dir.")
    try:
        failure = asyncio.run(session.run())
    finally:
        session.home.unlock()
    if failure:
        fail(failure)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (up, demo):
        app.command(rich_help_panel="All in one")(command)
