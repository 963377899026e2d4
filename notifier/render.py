"""Turns notices into words: one text and one HTML form in the consumer's language and zone.

The languages are data in `templates/<language>.toml`; the two layouts are shared. A template may use exactly the words
in `_FACTS`; each may be None, so every sentence must hold without it. The consumer's link is put in only when a message
is sent, so it is stored nowhere. Invariant: an unknown word or template raises, it never leaves a hole in a message.
May import: jinja2, msgspec, notifier.notice, notifier.rules.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from notifier.notice import Notice
from notifier.rules import LANGUAGES

_FOLDER = Path(__file__).parent / "templates"
_FACTS = (
    "carrier",  # the carrier's name in the language, never None
    "waybill",
    "order",
    "shop",
    "expected",  # dates as words in the consumer's zone
    "promised",
    "place",
    "facility",  # where an incident is: a hub, or where its lane begins
    "facility_to",  # where the lane ends
    "parcels",  # how many of the person's parcels a message is about
    "words",  # what the carrier wrote
    "attempts",  # failed deliveries so far
    "silence",  # how long nothing was heard, as words
    "kind",  # what `cleared` and `corrected` are about, as words
    "still",  # what holds all the same, as words
    "before",  # the date that was promised before, as words
    "delivered",  # True when the parcel has arrived
    "case_no",
    "resolution",
    "ask",  # what the consumer should do, in the words of staff
)

# What is measured of these kinds is how long nothing was heard.
_SILENT = frozenset({"not_picked_up", "stalled", "loss_suspected"})

# Beside this news a delivery date would be a false comfort.
_UNDATED = frozenset({"loss_suspected", "loss_reported", "return_to_sender", "not_received"})


class TemplateMissingError(LookupError):
    """A notice asks for a template that a language does not have."""


class Section(msgspec.Struct, frozen=True):
    """One thing that happened, told."""

    title: str
    happened: str
    doing: str


class Listed(msgspec.Struct, frozen=True):
    """One of several parcels that a message is about. Its link is put in when the message is sent."""

    parcel_id: str
    name: str
    expected: str | None


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """A message's content before it is laid out: what both forms are made of, and what the database keeps.

    `parcels`: all of them where it is about several; then `facts` are empty.
    """

    language: str
    subject: str
    greeting: str
    sections: tuple[Section, ...]
    expected_label: str
    expected: str | None
    doing_label: str
    facts: tuple[tuple[str, str], ...]
    button: str
    footer: str
    parcels: tuple[Listed, ...] = ()


def _when(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and value:
        return datetime.fromisoformat(value)
    return None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _expected(notice: Notice) -> datetime | None:
    """Give when the parcel should come. A date that has passed is no expectation any more."""
    given = _when(notice.data["expected_at"]) if "expected_at" in notice.data else notice.expected_at
    return None if given is None or given < notice.at else given


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def doings() -> list[str]:
    """Name what a policy may say that we are doing; every language has the same."""
    tables = tomllib.loads((_FOLDER / f"{LANGUAGES[0]}.toml").read_text(encoding="utf-8"))
    return list(tables["doing"])


class _Language:
    def __init__(self, name: str, environment: jinja2.Environment) -> None:
        tables = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        self.name = name
        self.words = {key: environment.from_string(text) for key, text in tables["words"].items()}
        self.carriers: dict[str, str] = tables["carriers"]
        self.kinds: dict[str, str] = tables["kinds"]
        self.doing = {key: environment.from_string(text) for key, text in tables["doing"].items()}
        self.says = {key: parts.get("is") for key, parts in tables["templates"].items()}
        self.templates = {
            key: {part: environment.from_string(text) for part, text in parts.items() if part != "is"}
            for key, parts in tables["templates"].items()
        }

    def word(self, key: str, **facts: Any) -> str:
        return self.words[key].render(facts)

    def date(self, moment: datetime | None, zone: tzinfo) -> str | None:
        return None if moment is None else self.word("date", d=moment.astimezone(zone))

    def span(self, seconds: int | None) -> str | None:
        """Round down: a message must not say more than was measured."""
        if seconds is None or seconds < 3600:
            return None
        length = timedelta(seconds=seconds)
        return self.word("days", n=length.days) if length.days >= 3 else self.word("hours", n=seconds // 3600)


class Renderer:
    """Renders notices. Compiles all templates once; raises at once when one is broken."""

    def __init__(self) -> None:
        plain = jinja2.Environment(
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701 - plain text
            trim_blocks=True,
        )
        rich = jinja2.Environment(
            undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._languages = {name: _Language(name, plain) for name in LANGUAGES}
        self._text = plain.from_string((_FOLDER / "layout.txt").read_text(encoding="utf-8"))
        self._html = rich.from_string((_FOLDER / "layout.html").read_text(encoding="utf-8"))

    def templates(self, language: str) -> frozenset[str]:
        """Give the names of the templates that a language has."""
        return frozenset(self._languages[language].templates)

    def parts(self, notices: Sequence[Notice], language: str, zone: tzinfo) -> Parts:
        """Put the notices of one parcel into words, the leading one first, or those of several in one incident.

        Raises TemplateMissingError, jinja2.TemplateError or ValueError when one cannot be told.
        """
        words = self._languages[language]
        newest = {notice.parcel_id: notice for notice in notices}
        if len(newest) > 1:
            return self._several(list(newest.values()), words, zone)
        return self._one(notices, words, zone)

    def _several(self, notices: Sequence[Notice], words: _Language, zone: tzinfo) -> Parts:
        """Give one message about parcels that share an incident: said once, by the latest date, with all of them."""
        dates = [date for notice in notices if (date := _expected(notice)) is not None]
        last = max(dates).isoformat() if len(dates) == len(notices) else None
        lead = msgspec.structs.replace(notices[0], data=notices[0].data | {"expected_at": last})
        parts = self._one((lead,), words, zone, len(notices))
        listed = []
        for notice in notices:
            facts = self._facts(notice, words, zone)
            name = " · ".join(value for value in (facts["carrier"], facts["waybill"], facts["order"]) if value)
            listed.append(Listed(notice.parcel_id, name, facts["expected"]))
        return msgspec.structs.replace(parts, parcels=tuple(listed), facts=())

    def _one(self, notices: Sequence[Notice], words: _Language, zone: tzinfo, parcels: int = 1) -> Parts:
        facts = [self._facts(notice, words, zone) | {"parcels": parcels} for notice in notices]
        sections = []
        for notice, known in zip(notices, facts, strict=True):
            template = words.templates.get(notice.template)
            if template is None:
                raise TemplateMissingError(f"no template {notice.template!r} in {words.name}")
            doing = template["doing"]
            wanted = _text(notice.data.get("doing"))
            if wanted is not None and wanted != words.says[notice.template]:
                doing = words.doing.get(wanted, doing)
            told = (template["title"], template["happened"], doing)
            sections.append(Section(*(" ".join(part.render(known).split()) for part in told)))
        lead = facts[0]
        undated = lead["delivered"] or notices[0].template in _UNDATED
        listed = (("waybill", lead["waybill"]), ("carrier", lead["carrier"]), ("order", lead["order"]))
        subject = words.templates[notices[0].template]["subject"].render(lead)
        return Parts(
            language=words.name,
            subject=" ".join(subject.split()),
            greeting=words.word("greeting"),
            sections=tuple(sections),
            expected_label=words.word("expected"),
            expected=None if undated else next((one["expected"] for one in facts if one["expected"]), None),
            doing_label=words.word("doing"),
            facts=tuple((words.word(name), value) for name, value in listed if value),
            button=words.word("button"),
            footer=words.word("footer", shop=lead["shop"]),
        )

    def _facts(self, notice: Notice, words: _Language, zone: tzinfo) -> dict[str, Any]:
        data: Mapping[str, Any] = notice.data
        expected = _expected(notice)
        carrier = notice.carrier or notice.parcel_id.partition(":")[0]
        kind = _text(data.get("kind"))
        measured_s = _number(data.get("measured_s")) if kind in _SILENT else None
        facts: dict[str, Any] = {
            "carrier": words.carriers.get(carrier, carrier.upper()),
            "waybill": notice.waybill or notice.parcel_id.partition(":")[2] or None,
            "order": notice.order_ref or _text(data.get("order")),
            "shop": notice.shop_name,
            "expected": words.date(expected, zone),
            "promised": words.date(_when(data.get("promised_at")), zone),
            "place": _text(data.get("place")),
            "facility": _text(data.get("facility")),
            "facility_to": _text(data.get("facility_to")),
            "words": _text(data.get("words")),
            "reported": bool(_number(data.get("reported"))),
            "attempts": _number(data.get("measured")) if kind == "repeated_attempts" else None,
            "silence": words.span(measured_s),
            "kind": words.kinds.get(kind) if kind else None,
            "still": words.kinds.get(still) if (still := _text(data.get("still"))) else None,
            "before": words.date(_when(data.get("before")), zone),
            "delivered": notice.milestone == "delivered",
            "case_no": _text(data.get("case_no")) or (notice.case_id or "")[:8].upper() or None,
            "resolution": _text(data.get("resolution")),
            "ask": _text(data.get("ask")),
        }
        return facts

    def body(self, parts: Parts) -> str:
        """Give what a message says without greeting, link and footer: what staff and the consumer's page show."""
        return "\n\n".join(f"{one.title}\n{one.happened}\n{one.doing}" for one in parts.sections)

    def text(self, parts: Parts, link: str, links: Sequence[str] = ()) -> str:
        """Give the plain text of a message. `links` are the pages of its several parcels."""
        return self._text.render(**self._layout(parts, link, links))

    def html(self, parts: Parts, link: str, links: Sequence[str] = ()) -> str:
        """Give the HTML of a message; every value is escaped."""
        return self._html.render(**self._layout(parts, link, links))

    def _layout(self, parts: Parts, link: str, links: Sequence[str]) -> dict[str, Any]:
        word = self._languages[parts.language].word("stop")
        several = tuple(zip(parts.parcels, links, strict=True))
        stops = [(f"{word} ({one.name})", stop_link(page)) for one, page in several] or [(word, stop_link(link))]
        return _fields(parts) | {"link": link, "parcels": several, "stops": stops}


def stop_link(link: str) -> str:
    """Give where the messages about the parcel of a link are stopped."""
    return f"{link}/stop"


def _fields(parts: Parts) -> dict[str, Any]:
    return {name: getattr(parts, name) for name in parts.__struct_fields__}
