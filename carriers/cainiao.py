"""Cainiao: the logistics detail of its global tracking (JSON).

Wire format: Cainiao global tracking `detail`, and the data of its older page (in `section1` and `section2`). `time` is
epoch milliseconds, `timeStr` the same moment local to `timeZone`; the first decides, for it cannot be mistaken. The
older page has local times only. No signature.
Invariant: as `carriers.format`. May import: core, carriers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from carriers._bodies import json_of
from carriers._countries import country
from carriers._meanings import decide
from carriers._scans import Collected, scan_of, shapeless
from carriers._tables import codes_of
from carriers._times import Moment, moment, offset_zone, placed
from carriers._values import first, items, mapping, need_mapping, need_waybill, text
from carriers.format import Format, Push, Reading, Reason, Rejected
from carriers.names import zone_of

NAME = "cainiao"
CODES = codes_of(NAME)
_GMT = re.compile(r"^(?:GMT|UTC)?\s*([+-])(0?\d|1[0-5])(?::?([0-5]\d))?$", re.IGNORECASE)


def read(push: Push, received_at: datetime) -> Reading:
    """Read one parcel's detail, a list of them, or the answer that wraps them in `module`."""
    document = json_of(push.body)
    outer = mapping(document)
    if outer.get("success") is False:
        raise Rejected(Reason.ERROR_ANSWER, "Cainiao answers with an error")
    found = items(outer.get("module")) or items(outer.get("data")) or items(document)
    parcels = [one for one in found if "mailNo" in mapping(one)]
    if not parcels:
        raise shapeless("no mailNo")
    collected = Collected()
    for parcel in parcels:
        with collected.part(parcel):
            waybill = need_waybill(mapping(parcel).get("mailNo"))
            lists = [mapping(mapping(parcel).get(name)) for name in ("section2", "section1")]  # before 2021
            events = [one for part in (mapping(parcel), *lists) for one in items(part.get("detailList"))]
            # The latest trace stands in the list too, but for answers that give it ahead of the list.
            latest = mapping(parcel).get("latestTrace") or mapping(parcel).get("latestTrackingInfo")
            events += [one for one in items(latest) if one not in events]
            if not events:
                collected.nothing_new()
            for event in events:
                with collected.part(event):
                    entry = need_mapping(event, "a trace")
                    code, words = first(entry, "actionCode", "status", limit=80), first(entry, "desc", "standerdDesc")
                    group = mapping(entry.get("group"))
                    collected.add(
                        scan_of(
                            NAME,
                            NAME,
                            waybill,
                            _moment(entry, received_at),
                            decide(CODES, code, words),
                            code=code,
                            text=words,
                            place=text(group.get("nodeDesc"), 80) if "country" in group else None,
                            country=country(text(group.get("country"), 3)),
                            hubs_in_text=True,
                        )
                    )
    return collected.reading()


def _moment(entry: Mapping[str, object], received_at: datetime) -> Moment:
    local, zone = first(entry, "timeStr", limit=40), _GMT.match(first(entry, "timeZone", limit=20) or "")
    offset = f"{zone[1]}{zone[2]:0>2}:{zone[3] or '00'}" if zone else ""
    world = entry.get("time")
    if isinstance(world, str) and not world.isdigit():  # before 2021
        local, world = world[:40], None
    if not world:
        return moment(f"{local}{offset}" if local else None, zone_of(NAME), received_at)
    at = moment(world, zone_of(NAME), received_at)
    return placed(at.at.astimezone(offset_zone(offset)), "UTC", received_at) if offset else at


FORMAT = Format(NAME, read)
