"""The words and times that carriers write beside their codes.

Invariant: the texts are those of `sim.phrases`, as in the logs. May import: sim.journey, sim.phrases.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sim.journey import Event
from sim.phrases import text
from sim.step import Place


def zh(event: Event) -> str:
    """Give the text that a Chinese courier writes."""
    return _text(event, chinese=True)


def en(event: Event) -> str:
    """Give the text that an international carrier writes."""
    return _text(event, chinese=False)


def _text(event: Event, chinese: bool) -> str:
    place = Place.DESTINATION if event.place is Place.TOWN else event.place
    return text(event.step, event.hub, event.to, place, event.at.minute, chinese)


def beijing(event: Event) -> datetime:
    """Give the event's time on China's clock, which SF writes wherever a parcel is."""
    return event.at.astimezone(timezone(timedelta(hours=8)))


def local(event: Event) -> datetime:
    """Give the event's time on the clock at its hub."""
    return event.at.astimezone(timezone(timedelta(seconds=event.offset_s)))
