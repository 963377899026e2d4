"""What each carrier sends: journeys' events put into the carriers' own payloads, with their own words and codes.

Invariant: an encoder knows the carrier's format, never our parser; the two meet only in the real intake.
May import: sim.journey, sim.small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.journey import Event, Journey
from sim.wire import aftership, canonical, easypost, kdniao, kuaidi100, seventeen_track, sf, ups

Encoder = Callable[[Journey, Sequence[Event], Sequence[Event]], tuple[bytes, str]]
"""Takes a journey, its whole history and what is new in it; gives body and content type, unsigned."""

ENCODERS: dict[str, Encoder] = {
    "17track": seventeen_track.encode,
    "aftership": aftership.encode,
    "canonical": canonical.encode,
    "easypost": easypost.encode,
    "kdniao": kdniao.encode,
    "kuaidi100": kuaidi100.encode,
    "sf": sf.encode,
    "ups": ups.encode,
}
