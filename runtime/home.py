"""The data folder of `waywarden up` and `demo`: one run at a time, secrets made once, what this run is.

Invariant: files with secrets are made with mode 0600 and replaced whole, never half. May import: the standard library.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from base64 import b64encode
from pathlib import Path
from typing import Any


class AlreadyRunning(RuntimeError):
    """Another `waywarden up` or `demo` uses this folder."""


class Home:
    """One data folder. Take the lock before using anything else of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._lock: int | None = None

    @property
    def logs(self) -> Path:
        """Where the children's logs are."""
        return self.folder / "logs"

    def lock(self) -> None:
        """Make the folder and take it for this process. Raises AlreadyRunning, saying who has it and how to stop it.

        The kernel drops the lock when the process ends in any way.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o711 if os.geteuid() == 0 else 0o700)  # root's PostgreSQL runs as `nobody`, who must enter
        self.logs.mkdir(exist_ok=True, mode=0o700)
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            run = self.read("run.json")
            where = f", board at {run['board']}" if run.get("board") else ""
            who = f"process {run['pid']}" if run.get("pid") else "another process"
            stop = f" or `kill {run['pid']}`" if run.get("pid") else ""
            raise AlreadyRunning(
                f"Waywarden already runs on {self.folder} ({who}{where}). "
                f"Stop it with Ctrl-C where it runs{stop}, or use another folder: --data-dir."
            ) from None
        self._lock = handle
        self.write("run.json", {"pid": os.getpid()})

    def is_running(self) -> bool:
        """Tell whether an `up` or `demo` runs on this folder."""
        try:
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def unlock(self) -> None:
        """Give the folder back."""
        if self._lock is not None:
            (self.folder / "run.json").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def read(self, name: str) -> dict[str, Any]:
        """Read a JSON file of the folder; empty when it is not there or was cut short."""
        try:
            found = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def write(self, name: str, content: dict[str, Any]) -> None:
        """Write a JSON file that only this user may read."""
        fresh = self.folder / f".{name}.new"
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump(content, out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self.folder / name)

    def keys(self) -> dict[str, str]:
        """Give the sealing keys and the link key of this folder; makes them the first time."""
        found = self.read("keys.json")
        if not found:
            if (self.folder / "keys.json").exists():
                raise RuntimeError(f"{self.folder}/keys.json cannot be read; put it back, or sealed data stay closed")
            found = {"keys": new_sealing_key(), "link_key": new_link_key()}
            self.write("keys.json", found)
        return {"keys": str(found["keys"]), "link_key": str(found["link_key"])}


def new_sealing_key() -> str:
    """Make a sealing key as WAYWARDEN_KEYS takes it."""
    return f"k{secrets.token_hex(3)}:{b64encode(secrets.token_bytes(32)).decode()}"


def new_link_key() -> str:
    """Make a key as WAYWARDEN_LINK_KEY takes it."""
    return b64encode(secrets.token_bytes(32)).decode()


def new_password() -> str:
    """Make a password that can be typed: four groups, about 77 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
