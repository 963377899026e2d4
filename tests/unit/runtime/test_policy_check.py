"""`waywarden policy check`: a policy file is refused with what would be right, or explained."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import Result
from typer.testing import CliRunner

from core.finding import Kind
from core.policy_view import Scope, view
from runtime.cli.main import app
from runtime.cli.policies import texts_missing
from runtime.policy import read_files

OWN = """
[kinds.stalled]
limit = "40h"
[[override]]
carrier = "sf"
source = "contract with SF"
[override.late]
limit = "2h"
[[override]]
carrier = "sff"
source = "somebody"
[override.late]
limit = "3h"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.toml"
    file.write_text(OWN, "utf-8")
    return file


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["policy", "check", *map(str, words)])


def row(told: str, kind: str, what: str) -> list[str]:
    """Give value, origin and source of a row."""
    lines = iter(told.splitlines())
    block = next(line for line in lines if line.startswith(f"{kind} "))
    while f"  {what}  " not in block:
        block = next(lines)
        assert block.startswith(" "), f"{kind} tells nothing of {what}"
    return [part.strip() for part in block[block.index(f"  {what}  ") + len(what) + 2 :].split("  ") if part]


def test_the_default_is_explained() -> None:
    done = run()
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("The policy is sound: policy/default.toml.\n\nWhat holds for whom no rule names:\n")
    assert row(done.stdout, "stalled", "limit when customs")[:2] == ["120h", "default"]
    assert row(done.stdout, "stalled", "severity")[:2] == ["minor, major after 48h", "default"]
    assert row(done.stdout, "stalled", "case") == ["delay", "default"]
    assert row(done.stdout, "stalled", "message")[0] == "stalled, when over cleared, we say asked_carrier"
    assert row(done.stdout, "repacked", "message") == ["none: for the control room alone"]
    for kind in Kind:
        assert f"\n{kind.value} " in done.stdout
    assert "priority.value" in done.stdout and "0: 1.0, 50000: 1.5" in done.stdout
    assert "  carrier dhl: claim_closing\n" in done.stdout
    assert done.stdout.endswith("What differs from the default:\n\n  nothing: no file of your own is given\n")


def test_an_own_file_says_whose_each_value_is_and_what_it_changes(own: Path) -> None:
    done = run(own, "--carrier", "sf", "--service", "same_city")
    assert done.exit_code == 0
    assert f"sound: {own} over policy/default.toml." in done.stdout
    assert "What holds for carrier sf, service same_city:" in done.stdout
    assert row(done.stdout, "stalled", "limit")[:2] == ["40h", "own"]
    assert row(done.stdout, "stalled", "limit when in_transit")[:2] == ["12h", "service same_city or instant (default)"]
    value, origin, number = row(done.stdout, "late", "limit")
    assert (value, origin) == ("2h", "carrier sf (own)")
    assert f"  {number} contract with SF\n" in done.stdout
    changes = done.stdout.partition("What differs from the default:")[2]
    assert "  kinds.stalled.limit: 48h -> 40h\n  for carrier sf: late.limit: 0s -> 2h\n" in changes
    assert done.stderr == "note: no carrier is called sff; did you mean sf?\n"


def test_one_kind_alone_and_people_whom_no_rule_names(own: Path) -> None:
    done = run(own, "--kind", "late", "--shop", "nobody", "--carrier", "zzzzzz")
    assert "late " in done.stdout and "stalled" not in done.stdout and "For all alike" not in done.stdout
    assert "note: no rule names shop nobody; what holds for all holds for it" in done.stderr
    assert "note: no carrier is called zzzzzz\n" in done.stderr


def test_the_file_of_the_settings_is_taken(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYWARDEN_POLICY_FILE", str(own))
    assert f"sound: {own} over" in run().stdout


def test_the_example_of_the_how_to_is_sound(own: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "howto-policy.md").read_text("utf-8")
    own.write_text(page.partition("```toml\n")[2].partition("```")[0], "utf-8")
    done = run(own, "--carrier", "sf", "--shop", "acme")
    assert (done.exit_code, done.stderr) == (0, "")
    assert row(done.stdout, "late", "limit")[:2] == ["2h", "carrier sf, shop acme (own)"]
    assert row(done.stdout, "late", "severity")[:2] == ["minor", "default + own"]


def test_json_tells_the_same(own: Path) -> None:
    done = run(own, "--json", "--kind", "late", "--carrier", "sf")
    told = msgspec.json.decode(done.stdout)
    assert (told["sound"], told["files"], list(told["kinds"])) == (True, ["policy/default.toml", str(own)], ["late"])
    assert told["kinds"]["late"][0] == {
        "key": "limit",
        "value": "2h",
        "file": str(own),
        "own": True,
        "whose": "carrier sf",
        "source": "contract with SF",
    }


def test_what_is_wrong_ends_with_1_and_names_file_key_and_what_would_be_right(own: Path) -> None:
    own.write_text('[kinds.stalled]\nlimt = "40h"\nseverity = "majr"\n', "utf-8")
    done = run(own)
    assert (done.exit_code, done.stdout) == (1, "")
    first, *lines = sorted(done.stderr.splitlines(), reverse=True)
    assert first == "The policy cannot be used:"
    assert lines[1].startswith(f"  {own}: kinds.stalled.limt: is not known; did you mean limit? known here: limit, ")
    assert lines[0].startswith(f'  {own}: kinds.stalled.severity: cannot be "majr"; did you mean major? it must be')
    told = msgspec.json.decode(run(own, "--json").stdout)
    assert told["sound"] is False
    assert {(flaw["file"], flaw["key"]) for flaw in told["flaws"]} == {
        (str(own), "kinds.stalled.limt"),
        (str(own), "kinds.stalled.severity"),
    }


def test_a_message_that_nobody_has_written_is_refused(own: Path) -> None:
    own.write_text('[kinds.stalled]\nnotice = "stalld"\ncleared = "clear"\ndoing = "nothing"\n', "utf-8")
    done = run(own)
    assert done.exit_code == 1
    assert f'{own}: kinds.stalled.notice: "stalld" has no text; did you mean stalled?' in done.stderr
    assert 'kinds.stalled.cleared: "clear" has no text; did you mean cleared?' in done.stderr
    assert 'kinds.stalled.doing: "nothing" has no text; known here: ' in done.stderr
    assert list(texts_missing(view(read_files(), Scope()))) == []


def test_a_file_that_cannot_be_read_or_is_no_toml_is_named(own: Path) -> None:
    own.write_text("= what", "utf-8")
    assert f"{own}: is no TOML: Invalid statement (at line 1, column 1)" in run(own).stderr
    missing = run(own.with_name("none.toml"))
    assert missing.exit_code == 1
    assert "none.toml: cannot be read: " in missing.stderr
