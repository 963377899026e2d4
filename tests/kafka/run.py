"""`make test-kafka`: starts a real Kafka, runs all tests that use a broker on it, stops it.

Invariant: the exit code is pytest's; 3 when Java, Maven or Kafka are missing.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.kafka.cluster import BROKERS, Cluster, KafkaMissing

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Run it; `arguments` go to pytest."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # brokers that are not there yet are no news
    folder = Path(tempfile.mkdtemp(prefix="ww-kafka-"))
    began = time.monotonic()
    print("Starting Apache Kafka (the first time, Maven brings it) …", flush=True)
    try:
        cluster = Cluster.start(folder)
    except KafkaMissing as error:
        print(f"The tests on a real Kafka cannot run: {error}")
        return 3
    try:
        print(f"{BROKERS} brokers are ready after {time.monotonic() - began:.0f} s: {cluster.bootstrap}", flush=True)
        env = os.environ | {
            "WAYWARDEN_TEST_KAFKA": cluster.bootstrap,
            "WAYWARDEN_TEST_KAFKA_FOLDER": str(folder),
            "WAYWARDEN_REPLICATION": "3",
        }
        command = [sys.executable, "-m", "pytest", "-q", "-m", "(broker or kafka) and not chromium", *arguments]
        return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
