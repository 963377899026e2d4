"""Makes the events of the log out of arrays: registrations, scans, consumers' words.

Invariant: a scan is what `carriers.canonical` makes of the same line; the same row gives the same scan.
May import: the standard library, numpy, carriers.canonical, core, sim.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from carriers.canonical import Line, scan_from
from core.event import Registered, Registration, Report, Reported, ReportKind, Scanned, Tier
from core.scan import Scan, parcel_id_of
from sim.batch import CATEGORIES, CHINA, COUNTRY, TIERS, VALUES, Batch
from sim.chance import mixed
from sim.habits import Receptions
from sim.hubs import HUBS
from sim.network import Network
from sim.phrases import MEANT, facility, next_facility, text
from sim.step import NAMELESS, Place, Step

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BASE = 128
"""More than there are hubs, with -1 as the last: part of a template's key."""
_SLICE = 8_192
_ANY = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))
_STRIDE = 387_420_489_011  # shares no factor with 10, so numbers far apart follow each other, and never one twice


def waybill(network: Network, carrier: int, number: int) -> str:
    """Give the waybill of a parcel of the log: unique, of the carrier's own form."""
    one = network.carriers[carrier]
    digits = min(one.digits, 12)
    return f"{one.prefix}{(number * _STRIDE + network.seed * 1_009 + 41_041) % 10**digits:0{one.digits}d}"


@dataclass(eq=False)
class Told:
    """Scans on their way to us, one array a fact, as small as they can wait."""

    heard: NDArray[np.float64]
    said: NDArray[np.float64]
    number: NDArray[np.int64]
    template: NDArray[np.int64]
    offset: NDArray[np.int32]
    grams: NDArray[np.int32]
    container: NDArray[np.int64]

    def take(self, which: NDArray[Any]) -> Told:
        """Give the rows at these places, or where a mask holds."""
        return Told(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    @staticmethod
    def joined(parts: list[Told]) -> Told:
        """Give all rows of the parts."""
        return Told(*(np.concatenate([getattr(part, name) for part in parts]) for name in Told.__dataclass_fields__))


def told(batch: Batch, heard: Receptions, offset_s: NDArray[np.float64]) -> Told:
    """Give the scans of a batch."""
    rows = heard.rows
    carrier = batch.carrier[rows.parcel]
    number = batch.number[rows.parcel]
    variant = (mixed(number, rows.step, rows.hub, 31) & np.uint64(3)).astype(np.int64)
    template = ((carrier * len(Step) + rows.step) * _BASE + rows.hub) * _BASE + rows.to + 1
    template = ((template * len(Place) + rows.place) * 4 + variant) * 2 + heard.named
    return Told(
        heard=np.round(heard.heard, 3),
        said=heard.said,
        number=number,
        template=template,
        offset=offset_s.astype(np.int32),
        grams=heard.grams.astype(np.int32),
        container=rows.container,
    )


class Teller:
    """Makes structs, with what many scans share kept ready."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._templates: dict[int, tuple[Any, ...]] = {}

    def scans(self, rows: Told) -> Iterator[tuple[float, Scanned]]:
        """Give the scans in order of reception, with the moment of it."""
        order = np.lexsort((rows.template, rows.number, rows.said, rows.heard))
        for start in range(0, len(order), _SLICE):
            yield from self._slice(rows.take(order[start : start + _SLICE]))

    def _slice(self, rows: Told) -> Iterator[tuple[float, Scanned]]:
        templates, stamp, tz = self._templates, datetime.fromtimestamp, UTC
        for heard, said, number, key, offset, grams, container in zip(
            rows.heard.tolist(),
            rows.said.tolist(),
            rows.number.tolist(),
            rows.template.tolist(),
            rows.offset.tolist(),
            rows.grams.tolist(),
            rows.container.tolist(),
            strict=True,
        ):
            found = templates.get(key)
            if found is None:
                found = templates[key] = self._template(key)
            slug, form, front, add, modulus, tail, model = found
            bill = form % ((number * _STRIDE + add) % modulus)
            facts = b"%b%b\x1f%d%b" % (front, bill.encode(), said * 1000, tail)
            milestone, detail, culprit, place_at, place_to, place, country, signer, code, words = model
            yield (
                heard,
                Scanned(
                    parcel_id=f"{slug}:{bill}",
                    received_at=stamp(heard, tz),
                    scans=(
                        Scan(
                            scan_id=blake2b(facts, digest_size=8).hexdigest(),
                            carrier=slug,
                            waybill=bill,
                            happened_at=stamp(said, tz),
                            milestone=milestone,
                            source="canonical",
                            detail=detail,
                            culprit=culprit,
                            facility=place_at,
                            facility_to=place_to,
                            place=place,
                            country=country,
                            weight_g=grams or None,
                            signer=signer,
                            offset_s=offset,
                            code=code,
                            text=words,
                            container=f"{container:X}" if container else None,
                        ),
                    ),
                ),
            )

    def _template(self, key: int) -> tuple[Any, ...]:
        rest, named = divmod(key, 2)
        rest, variant = divmod(rest, 4)
        rest, place_number = divmod(rest, len(Place))
        rest, to_number = divmod(rest, _BASE)
        rest, hub_number = divmod(rest, _BASE)
        carrier_number, step_number = divmod(rest, len(Step))
        network, step, place = self.network, Step(step_number), Place(place_number)
        carrier, hub = network.carriers[carrier_number], HUBS[hub_number]
        to = HUBS[to_number - 1] if to_number else None
        chinese = speaks_chinese(network, carrier_number)
        milestone, detail, culprit, signer, code = MEANT[step]
        # In the town it is the delivering station that scans, but nobody has scanned what is only announced.
        where = Place.DESTINATION if place is Place.TOWN else place
        at = facility(hub, where, chinese) if step is not Step.ANNOUNCED else None
        onward = next_facility(hub, place, to, chinese) if to is not None else None
        words = text(step, hub, to, where, variant, chinese)
        bare = not named and step in NAMELESS
        if bare:
            at, onward, words = None, None, "快件运输中" if chinese else "In transit"
        line = Line(
            carrier=carrier.slug,
            waybill="X",
            happened_at=_ANY,
            milestone=milestone,
            detail=detail,
            culprit=culprit,
            facility=at,
            facility_to=onward,
            place=None if bare else hub.zh if chinese else hub.en,
            country=hub.country,
            signer=signer,
            code=code,
            text=words,
        )
        scan = scan_from(line, _ANY)
        digits = min(carrier.digits, 12)
        tail = f"\x1f{scan.code or ''}\x1f{scan.text or ''}\x1f{scan.facility or ''}".encode()
        model = (
            scan.milestone,
            scan.detail,
            scan.culprit,
            scan.facility,
            scan.facility_to,
            scan.place,
            scan.country,
            scan.signer,
            scan.code,
            scan.text,
        )
        form = f"{carrier.prefix}%0{carrier.digits}d"
        front = f"{carrier.slug}\x1f".encode()
        return carrier.slug, form, front, network.seed * 1_009 + 41_041, 10**digits, tail, model

    def registrations(self, batch: Batch) -> Iterator[tuple[float, Registered]]:
        """Give the registrations of a batch, with the moment of each."""
        network = self.network
        columns = (
            batch.number,
            batch.carrier,
            batch.service,
            batch.nodes[:, 0],
            batch.destination,
            batch.registered,
            batch.promised,
            batch.value,
            batch.category,
            batch.tier,
        )
        for number, carrier, service, start, end, at, promised, value, category, tier in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            one = network.carriers[carrier]
            bill = waybill(network, carrier, number)
            chinese = speaks_chinese(network, carrier)
            yield (
                at,
                Registered(
                    parcel_id=parcel_id_of(one.slug, bill),
                    registration=Registration(
                        at=datetime.fromtimestamp(at, UTC),
                        shop="sim",
                        order=f"WW{number:09d}",
                        service=one.services[service].name,
                        promised_at=datetime.fromtimestamp(promised, UTC),
                        declared_minor=VALUES[value],
                        category=CATEGORIES[category],
                        origin=HUBS[start].zh if chinese else HUBS[start].en,
                        destination=HUBS[end].zh if chinese else HUBS[end].en,
                        language="zh-CN"
                        if COUNTRY[end] == CHINA
                        else "zh-TW"
                        if HUBS[end].country in ("TW", "HK")
                        else "en",
                        tier=Tier(TIERS[tier]),
                    ),
                ),
            )

    def report(self, batch: Batch, parcel: int, at: float, kind: str) -> Reported:
        """Give what a consumer said of a parcel."""
        carrier, number = int(batch.carrier[parcel]), int(batch.number[parcel])
        slug = self.network.carriers[carrier].slug
        identity = parcel_id_of(slug, waybill(self.network, carrier, number))
        digest = blake2b(f"{identity} {kind} {int(at)}".encode(), digest_size=8).hexdigest()
        report = Report(report_id=digest, at=datetime.fromtimestamp(int(at), UTC), kind=ReportKind(kind))
        return Reported(parcel_id=identity, report=report)


def speaks_chinese(network: Network, carrier: int) -> bool:
    """Say whether the carrier writes Chinese."""
    return network.carriers[carrier].format in ("sf", "kuaidi100", "kdniao", "canonical")
