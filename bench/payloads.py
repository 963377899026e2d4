"""Says how well real payloads are read: `python -m bench.payloads [DIR]`.

Without a folder: the payloads in `../shared/payloads`, against what a person read out of their raw text
(`bench/data/payloads.tsv`: file, format, then `moment milestone` for each event, `none` where there is no event,
`refused` where the payload has to be refused; `a|b` where either is right, `*` for an unknown rest of a moment).
With a folder: its sub-folders are named as formats are, and every file is read and told of; where it holds an
`expect.tsv` of the same form, it is measured.

Invariant: nothing of a payload is written anywhere but to the terminal. May import: carriers, bench.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench.report import write
from carriers.format import Push, Reason, Rejected
from carriers.registry import FORMATS

HERE = Path(__file__).parent
PAYLOADS = HERE.parents[1] / "shared" / "payloads"
JUDGED = HERE / "data" / "payloads.tsv"
RECEIVED = datetime(2026, 12, 1, tzinfo=UTC)
ON_PURPOSE = (Reason.ERROR_ANSWER, Reason.SHAPE, Reason.BAD_TIME, Reason.NO_WAYBILL)
"""Why a payload may be refused: it says that it is an error, is of another kind, or tells neither when nor of what."""
# What nobody here had seen, as it was read the first time: transcribed from public test fixtures and documentation
# (45 sources, every format but CSV and canonical), judged while transcribing, before anything was mended for it.
UNSEEN = {
    "first_look": {
        "commit": "be7526b",
        "files": 139,
        "fully_read": 116,
        "without_any_fault": 105,
        "events": 334,
        "times_right": 283,
        "milestones_right": 268,
        "crashes": 0,
    },
    # Twelve more (FedEx, GLS, Kuaidi100, UPS, USPS), after most of the mending; GLS's web form was just being added.
    "second_look": {
        "commit": "59a6620",
        "files": 12,
        "fully_read": 10,
        "without_any_fault": 9,
        "events": 51,
        "times_right": 45,
        "milestones_right": 43,
        "crashes": 0,
    },
    "today": {
        "files": 151,
        "fully_read": 150,
        "without_any_fault": 150,
        "events": 385,
        "times_right": 378,
        "milestones_right": 378,
        "crashes": 0,
    },
}


class Judged(msgspec.Struct, frozen=True):
    """What a person reads out of one file: its events as `moment milestone`; None where it has to be refused."""

    wire: str
    events: tuple[str, ...] | None


class Found(msgspec.Struct, frozen=True):
    """What a format reads out of one file. `refused`: why as a whole; `parts`: why which parts."""

    events: tuple[str, ...] = ()
    refused: str | None = None
    parts: tuple[str, ...] = ()


class Verdict(msgspec.Struct, frozen=True):
    """How the two compare. `read`: every event at its moment, none too many, and refused only what has to be."""

    events: int
    timely: int
    right: int
    read: bool
    crashed: bool


def judged(path: Path) -> Mapping[str, Judged]:
    """Read a judgement. Raises ValueError naming a row that is none."""
    rows: dict[str, list[list[str]]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row and not row[0].startswith("#"):
                if len(row) != 3 or row[1] not in FORMATS:
                    raise ValueError(f"{path.name}: {row} is no row of file, format and event")
                rows[row[0]].append(row)
    return {
        name: Judged(
            found[0][1],
            None if found[0][2] == "refused" else tuple(row[2] for row in found if row[2] != "none"),
        )
        for name, found in rows.items()
    }


def read(wire: str, body: bytes) -> Found:
    """Read a file as one push, received when all of them were old."""
    try:
        reading = FORMATS[wire].read(Push(body), RECEIVED)
    except Rejected as why:
        return Found(refused=f"{why.reason}: {why.detail}")
    return Found(
        tuple(f"{scan.happened_at:%Y-%m-%dT%H:%M:%S} {scan.milestone}" for scan in reading.scans),
        None,
        tuple(f"{part.reason}: {part.detail}" for part in reading.rejects),
    )


def compare(person: Judged, found: Found) -> Verdict:
    """Say how far the program read what the person did."""
    crashed = found.refused is not None and found.refused.startswith(Reason.FAILED)
    if person.events is None:
        return Verdict(0, 0, 0, not found.events and not crashed and (found.refused or found.parts) != (), crashed)
    left = list(found.events)
    right = timely = 0
    for event in sorted(person.events, key=lambda told: "*" in told):
        when, _, milestones = event.partition(" ")
        at_once = [one for one in left if one.startswith(when.rstrip("*"))]
        hit = next((one for one in at_once if one.partition(" ")[2] in milestones.split("|")), None)
        right += hit is not None
        timely += bool(at_once)
        if at_once:
            left.remove(hit or at_once[0])
    known = all(part.startswith(ON_PURPOSE) for part in found.parts)
    whole = timely == len(person.events) and not left and known and found.refused is None
    return Verdict(len(person.events), timely, right, whole, crashed)


def figures(folder: Path, persons: Mapping[str, Judged]) -> dict[str, object]:
    """Measure the files of a folder that a person has judged."""
    verdicts = {
        name: compare(person, read(person.wire, (folder / name).read_bytes())) for name, person in persons.items()
    }
    events = sum(verdict.events for verdict in verdicts.values())
    carrying = [verdict for verdict in verdicts.values() if verdict.events]
    return {
        "files": len(verdicts),
        "fully_read": sum(verdict.read for verdict in verdicts.values()),
        "files_with_events": len(carrying),
        "files_with_events_fully_read": sum(verdict.read for verdict in carrying),
        "events": events,
        "times_right": sum(verdict.timely for verdict in verdicts.values()),
        "milestones_right": sum(verdict.right for verdict in verdicts.values()),
        "crashes": sum(verdict.crashed for verdict in verdicts.values()),
        "wrong": [name for name, verdict in verdicts.items() if not verdict.read or verdict.right < verdict.events],
        "per_file": {
            name: f"{verdict.events} events, {verdict.timely} timely, {verdict.right} right"
            for name, verdict in verdicts.items()
        },
    }


def tell(folder: Path) -> None:
    """Read every file of a folder whose sub-folders are named as formats, and say what was read."""
    for path in sorted(one for one in folder.glob("*/*") if one.parent.name in FORMATS):
        found = read(path.parent.name, path.read_bytes())
        print(f"## {path.relative_to(folder)}: {found.refused or f'{len(found.events)} events'}")
        for line in (*found.events, *(f"refused part, {part}" for part in found.parts)):
            print(f"   {line}")


def summary(found: Mapping[str, object], names: Iterable[str]) -> str:
    """Give the figures as one line."""
    return ", ".join(f"{name.replace('_', ' ')} {found[name]}" for name in names)


def main(arguments: Sequence[str]) -> None:
    """Measure the shared payloads, or tell of a folder."""
    shown = ("files", "fully_read", "events", "times_right", "milestones_right", "crashes", "wrong")
    if arguments:
        folder = Path(arguments[0])
        tell(folder)
        if (folder / "expect.tsv").is_file():
            print(summary(figures(folder, judged(folder / "expect.tsv")), shown))
        return
    if not PAYLOADS.is_dir():
        sys.exit(f"{PAYLOADS} is not there: nothing was measured")
    found = figures(PAYLOADS, judged(JUDGED))
    print(summary(found, shown))
    write(
        "payloads",
        command="python -m bench.payloads",
        method="Every file of ../shared/payloads, against what a person read out of its raw text. "
        "unseen: files that nobody here had seen, transcribed from public fixtures and not committed; "
        "first_look (of 139) was taken before any mending, and the formats were mended with them after it.",
        figures={**found, "unseen": UNSEEN},
        target="100 % of the files with events fully read with right times, >= 97 % of the milestones right; "
        "unseen files: no crash, >= 95 % fully read",
    )


if __name__ == "__main__":
    main(sys.argv[1:])
