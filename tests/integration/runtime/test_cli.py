"""The command line: every command explains itself, and accounts and keys do what they say on a real database."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from runtime.cli.main import app
from runtime.home import Home

ROOT_COMMAND: Any = get_command(app)


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if hasattr(group, "commands"):
        for name, command in group.commands.items():
            yield from _commands(command, (*path, name))
    else:
        yield path, group


ALL = dict(_commands(ROOT_COMMAND))


class Cli:
    """Runs commands in this process."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env

    def __call__(self, *arguments: str, stdin: str = "", code: int = 0) -> str:
        result: Result = CliRunner().invoke(app, list(arguments), input=stdin, env=self._env)
        assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
        return result.output


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cli]:
    before = dict(os.environ)
    for name in list(os.environ):
        if name.startswith("WAYWARDEN_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    yield Cli({})
    # `--set` and joining a run change the environment itself.
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def with_database(cli: Cli, database_url: str) -> Cli:
    return Cli({"WAYWARDEN_DATABASE_URL": database_url, "WAYWARDEN_KEYS": f"k1:{b64encode(bytes(32)).decode()}"})


def test_the_commands_that_people_were_promised_exist() -> None:
    wanted = "up demo worker api live notifier migrate simulate bench doctor keys version"
    assert {(name,) for name in wanted.split()} <= set(ALL)
    wanted = "replay quarantine, replay dead, map add, map unread, staff add, key revoke, secret retire"
    assert {tuple(each.split()) for each in wanted.split(", ")} <= set(ALL)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_and_option_says_what_it_is(path: tuple[str, ...]) -> None:
    command = ALL[path]
    assert command.help and command.help[0].isupper(), path
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{' '.join(path)} {parameter.name}"


def test_a_wrong_setting_is_named(cli: Cli) -> None:
    assert "WAYWARDEN_HTTP_PORT" in cli("--set", "http_port=many", "doctor", code=1)
    assert "NAME=VALUE" in cli("--set", "no_such_thing=1", "version", code=2)


@pytest.mark.parametrize("setting", ["database_url=nonsense", "kafka=", "http_port=99999", "metrics_port=-1"])
@pytest.mark.parametrize("command", ["worker", "doctor"])
def test_what_can_never_work_ends_at_once(cli: Cli, setting: str, command: str) -> None:
    out = cli("--set", setting, command, code=1)
    assert f"WAYWARDEN_{setting.partition('=')[0].upper()}" in out and "Traceback" not in out


def test_keys_are_fresh_each_time(cli: Cli) -> None:
    made = {cli("keys") for _ in range(3)}
    assert len(made) == 3
    assert all(re.fullmatch(r"WAYWARDEN_KEYS=k\w+:\S{44}\nWAYWARDEN_LINK_KEY=\S{44}\n", text) for text in made)


def test_a_database_that_is_away_is_said_in_plain_words(cli: Cli) -> None:
    out = cli("--set", "database_url=postgresql://x@127.0.0.1:1/x", "staff", "list", code=1)
    assert "cannot be reached" in out and "WAYWARDEN_DATABASE_URL" in out and "Traceback" not in out


def test_simulating_without_keys_says_what_to_do(cli: Cli) -> None:
    assert "--demo" in cli("simulate", code=1)


@pytest.mark.integration
def test_staff_come_and_go(with_database: Cli) -> None:
    cli = with_database
    out = cli("staff", "add", "mei@example.com", "--role", "supervisor", "--name", "Mei")
    assert re.search(r"\(shown once\): [a-z0-9-]{19}\n", out)
    assert "already" in cli("staff", "add", "mei@example.com", code=1)
    assert "one of zh-CN" in cli("staff", "add", "x@example.com", "--language", "fr", code=1)
    assert "one of agent" in cli("staff", "add", "x@example.com", "--role", "boss", code=1)
    assert "12 characters" in cli("staff", "password", "mei@example.com", "--stdin", stdin="short\n", code=1)
    assert "Password set" in cli("staff", "password", "mei@example.com", "--stdin", stdin="a long enough one\n")
    assert "shut out" in cli("staff", "disable", "mei@example.com")
    assert "no account" in cli("staff", "disable", "nobody@example.com", code=1)
    cli("staff", "add", "somebody.with.a.long.name@customer-care.example.com", "--language", "en")
    listed = cli("staff", "list")
    assert "somebody.with.a.long.name@customer-care.example.com" in listed, "nothing is cut off, however narrow"
    assert "mei@example.com" in listed and "supervisor" in listed and "argon2" not in listed


@pytest.mark.integration
def test_shops_and_their_keys(with_database: Cli) -> None:
    cli = with_database
    assert "add it first" in cli("key", "add", "merchant", "acme", code=1)
    cli("shop", "add", "acme", "--name", "Acme")
    key = re.search(r"wk_(\w{12})_(\w{48})", cli("key", "add", "merchant", "acme"))
    assert key is not None
    listed = cli("key", "list")
    assert key[1] in listed and key[2] not in listed
    assert "revoked" in cli("key", "revoke", key[1])
    assert "no key" in cli("key", "revoke", "000000000000", code=1)


@pytest.mark.integration
def test_intake_secrets(with_database: Cli) -> None:
    cli = with_database
    assert "standard input" in cli("secret", "add", "kuaidi100", code=1)
    assert "no format kuaidi10." in cli("secret", "add", "kuaidi10", stdin="very secret\n", code=1)
    number = re.search(r"Secret (\d+)", cli("secret", "add", "kuaidi100", stdin="very secret\n"))
    assert number is not None
    listed = cli("secret", "list")
    assert "kuaidi100" in listed and "very secret" not in listed
    cli("secret", "retire", number[1])
    assert "no intake secret" in cli("secret", "retire", "99999", code=1)


@pytest.mark.integration
def test_commands_find_the_run_of_this_folder(cli: Cli, database_url: str) -> None:
    home = Home(Path(".waywarden"))
    home.lock()
    home.write("run.json", {"pid": 1, "settings": {"WAYWARDEN_DATABASE_URL": database_url}})
    try:
        assert "none" in cli("staff", "list")
    finally:
        home.unlock()
        del os.environ["WAYWARDEN_DATABASE_URL"]
    assert "cannot be reached" in cli("staff", "list", code=1)


@pytest.mark.integration
def test_the_doctor_tells_what_is_wrong(with_database: Cli) -> None:
    out = with_database("--set", "kafka=127.0.0.1:1", "doctor", code=1)
    assert "parcels 0" in out and "Kafka at 127.0.0.1:1 cannot be reached" in out
    assert "WAYWARDEN_LINK_KEY" in out and "(not set)" in out


def test_the_doctor_keeps_passwords_to_itself(cli: Cli) -> None:
    out = cli("--set", "database_url=postgresql://ww:se/kret@127.0.0.1:1/x", "--set", "kafka=x:1", "doctor", code=1)
    assert "postgresql://ww:…@127.0.0.1:1/x" in out and "kret" not in out


@pytest.mark.integration
def test_migrate_says_where_the_database_is(with_database: Cli) -> None:
    assert "at head" in with_database("migrate")


def test_mappings_are_added_listed_and_taken_back(with_database: Cli) -> None:
    cli = with_database
    assert cli("map", "list") == "none\n"
    assert "Mapping 1 is in force" in cli(
        "map", "add", "kuaidi100", "exception", "--code", "X77", "--text", "包裹 17 破损", "--detail", "damaged"
    )
    assert "Mapping 2 is in force" in cli(
        "map", "add", "kuaidi100", "customs", "--code", "x77", "--text", "包裹 18 破损"
    )
    listed = cli("map", "list", "--source", "kuaidi100")
    assert "包裹 0 破损" in listed and "customs" in listed and "exception" not in listed
    assert "exception" in cli("map", "list", "--retired")
    assert "not in force any more" in cli("map", "remove", "2")
    assert "no mapping 2" in cli("map", "remove", "2", code=1)
    assert cli("map", "list") == "none\n"
    assert cli("map", "unread") == "none\n"
    assert "--code, --text" in cli("map", "add", "kuaidi100", "customs", code=1)
    assert "no meaning" in cli("map", "add", "kuaidi100", "unknown", "--code", "X", code=1)
    assert "There is no format" in cli("map", "add", "nobody", "customs", "--code", "X", code=1)


def test_replay_says_what_it_can_do(cli: Cli) -> None:
    told = cli("replay")
    assert "quarantine" in told and "dead" in told and "--carrier" in told
    assert "behind the command" in cli("replay", "--carrier", "sf", "dead", code=1)
