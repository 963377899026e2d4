"""A real Apache Kafka on this machine: three brokers that are controllers too (KRaft), on free loopback ports.

Invariant: the brokers are tied to the process that starts them and never outlive it; every topic has three replicas and
takes a write only when two have it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Self

from runtime.embedded import free_port, wait_for_port
from runtime.leash import leash

HERE = Path(__file__).parent
LIBS = HERE / "target" / "libs"
BROKERS = 3


class KafkaMissing(RuntimeError):
    """Java, Maven or the Kafka libraries are not there; the text says what is missing."""


def check_tools() -> None:
    """Raise KafkaMissing unless Java 17 or newer is here, and either Maven or the libraries."""
    java = shutil.which("java")
    if java is None:
        raise KafkaMissing("no java; Kafka 4 needs Java 17 or newer")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    if found is None or int(found[1]) < 17:
        raise KafkaMissing(f"java is {found[1] if found else 'unknown'}; Kafka 4 needs Java 17 or newer")
    if shutil.which("mvn") is None and not _resolved():
        raise KafkaMissing("no mvn, which brings Kafka from Maven Central")


def _resolved() -> bool:
    stamp = LIBS.parent / "resolved"
    return stamp.exists() and stamp.stat().st_mtime >= (HERE / "pom.xml").stat().st_mtime


def resolve() -> None:
    """Bring Kafka into target/libs unless it is there. Raises KafkaMissing."""
    check_tools()
    if _resolved():
        return
    shutil.rmtree(LIBS, ignore_errors=True)
    done = subprocess.run(
        ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "package"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise KafkaMissing(f"mvn could not bring Kafka:\n{(done.stdout + done.stderr)[-3000:]}")
    (LIBS.parent / "resolved").touch()


class Cluster:
    """Three brokers in one folder. `start` makes and starts them, `attach` gives control of running ones."""

    def __init__(self, folder: Path, ports: list[tuple[int, int]]) -> None:
        self.folder = folder
        self._ports = ports
        self._own: dict[int, subprocess.Popen[bytes]] = {}

    @classmethod
    def start(cls, folder: Path) -> Self:
        """Format, start and wait until all brokers are in. Raises KafkaMissing and TimeoutError."""
        resolve()
        ports = [(free_port(), free_port()) for _ in range(BROKERS)]
        cluster = cls(folder, ports)
        (folder / "ports.json").write_text(json.dumps(ports))
        cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        for number in range(BROKERS):
            cluster._configure(number)
        formats = [
            subprocess.Popen(
                cluster._java(
                    "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "-c", cluster._config(number)
                ),
                stdout=subprocess.DEVNULL,
                stderr=(folder / f"format-{number}.log").open("wb"),
            )
            for number in range(BROKERS)
        ]
        for number, process in enumerate(formats):
            if process.wait(60):
                raise RuntimeError((folder / f"format-{number}.log").read_text()[-2000:])
        for number in range(BROKERS):
            cluster.run(number)
        try:
            cluster.wait_ready()
        except BaseException:
            cluster.stop()
            raise
        return cluster

    @classmethod
    def attach(cls, folder: Path) -> Self:
        """Take control of a cluster that another process started."""
        return cls(folder, [(a, b) for a, b in json.loads((folder / "ports.json").read_text())])

    @property
    def bootstrap(self) -> str:
        """All brokers as host:port, comma separated."""
        return ",".join(f"127.0.0.1:{port}" for port, _ in self._ports)

    def pid(self, number: int) -> int:
        """The process id of a broker."""
        return int((self.folder / f"broker-{number}.pid").read_text())

    def run(self, number: int) -> None:
        """Start one broker; does not wait."""
        log = (self.folder / f"broker-{number}.log").open("ab")
        process = subprocess.Popen(
            self._java("kafka.Kafka", self._config(number)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            preexec_fn=leash(),
        )
        log.close()
        self._own[number] = process
        (self.folder / f"broker-{number}.pid").write_text(str(process.pid))

    def kill(self, number: int) -> None:
        """`kill -9` one broker and wait until it is gone."""
        pid = self.pid(number)
        os.kill(pid, signal.SIGKILL)
        if number in self._own:
            self._own.pop(number).wait()
            return
        deadline = time.monotonic() + 10
        while _alive(pid) and time.monotonic() < deadline:
            time.sleep(0.02)

    def wait_ready(self, timeout_s: float = 90) -> None:
        """Wait until every broker is registered and every partition has all its replicas. Raises TimeoutError."""
        asyncio.run(self.until_ready(timeout_s))

    async def until_ready(self, timeout_s: float = 90) -> None:
        """As `wait_ready`, for async code."""
        from aiokafka.admin import AIOKafkaAdminClient
        from aiokafka.errors import KafkaError

        deadline = time.monotonic() + timeout_s
        for port, _ in self._ports:
            await wait_for_port(port, timeout_s=timeout_s)
        reason = "no answer"
        while time.monotonic() < deadline:
            admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=5_000)
            try:
                await admin.start()
                found = await admin.describe_cluster()
                topics = await admin.describe_topics()
                behind = [
                    topic["topic"]
                    for topic in topics
                    for partition in topic["partitions"]
                    if len(partition["isr"]) < len(partition["replicas"])
                ]
                if len(found["brokers"]) == BROKERS and not behind:
                    return
                reason = f"{len(found['brokers'])} of {BROKERS} brokers; behind: {sorted(set(behind))}"
            except (KafkaError, OSError) as error:
                reason = repr(error)
            finally:
                await admin.close()
            await asyncio.sleep(0.3)
        tails = "\n".join(path.read_text(errors="replace")[-1500:] for path in sorted(self.folder.glob("broker-*.log")))
        raise TimeoutError(f"Kafka is not ready after {timeout_s:.0f} s ({reason})\n{tails}")

    def stop(self) -> None:
        """End the brokers that this object started."""
        for process in self._own.values():
            process.kill()
        for process in self._own.values():
            process.wait()
        self._own.clear()

    def _config(self, number: int) -> str:
        return str(self.folder / f"broker-{number}.properties")

    def _configure(self, number: int) -> None:
        port, controller = self._ports[number]
        voters = ",".join(f"{other + 1}@127.0.0.1:{self._ports[other][1]}" for other in range(BROKERS))
        lines = {
            "process.roles": "broker,controller",
            "node.id": str(number + 1),
            "controller.quorum.voters": voters,
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.folder / f"data-{number}"),
            "default.replication.factor": "3",
            "min.insync.replicas": "2",
            "offsets.topic.replication.factor": "3",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "3",
            "transaction.state.log.min.isr": "2",
            "share.coordinator.state.topic.replication.factor": "3",
            "share.coordinator.state.topic.min.isr": "2",
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": "0",
            "broker.session.timeout.ms": "6000",
            "unclean.leader.election.enable": "false",
        }
        text = "".join(f"{name}={value}\n" for name, value in lines.items())
        Path(self._config(number)).write_text(text)

    def _java(self, main: str, *arguments: str) -> list[str]:
        return [
            "java",
            "-Xmx384m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            f"{LIBS}/*",
            main,
            *arguments,
        ]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
