from __future__ import annotations

import json
import os
from base64 import b64decode
from pathlib import Path

import pytest

from runtime.home import AlreadyRunning, Home, new_password
from runtime.sealing import Links, Sealer


def test_a_second_run_in_the_same_folder_is_told_who_has_it(tmp_path: Path) -> None:
    first, second = Home(tmp_path / "data"), Home(tmp_path / "data")
    first.lock()
    first.write("run.json", {"pid": os.getpid(), "board": "http://127.0.0.1:8080"})
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}, board at http://127.0.0.1:8080"):
        second.lock()
    first.unlock()
    second.lock()
    second.unlock()


def test_keys_are_made_once_and_fit_what_reads_them(tmp_path: Path) -> None:
    home = Home(tmp_path)
    keys = home.keys()
    assert Home(tmp_path).keys() == keys
    sealer = Sealer(keys["keys"])
    assert sealer.open(sealer.seal("x", "c"), "c") == "x"
    assert len(b64decode(keys["link_key"])) == 32
    Links(keys["link_key"])


def test_a_damaged_key_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"keys": "k1')
    with pytest.raises(RuntimeError, match="put it back"):
        Home(tmp_path).keys()


def test_secrets_are_for_this_user_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        home = Home(tmp_path / "data")
        home.lock()
        home.keys()
    finally:
        os.umask(old)
    assert home.folder.stat().st_mode & 0o066 == 0
    assert (home.folder / "keys.json").stat().st_mode & 0o777 == 0o600
    assert json.loads((home.folder / "run.json").read_text())["pid"] == os.getpid()
    home.unlock()


def test_passwords_are_long_and_differ() -> None:
    made = {new_password() for _ in range(50)}
    assert len(made) == 50 and all(len(password) == 19 for password in made)
