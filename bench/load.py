"""A load whose outcome is known beforehand: registered parcels, their scans, and exactly which exceptions must follow.

Invariant: a parcel's scans are hours old and its promise is days off, so nothing but the planted damage is ever found.
May import: core, aiohttp's client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import msgspec

from core.scan import parcel_id_of

CARRIER = "yunda"
_STEPS = (
    ("announced", None),
    ("picked_up", None),
    ("in_transit", "departed"),
    ("in_transit", "arrived"),
    ("out_for_delivery", None),
    ("delivered", None),
)
_DAMAGE_AT = 3


@dataclass(frozen=True)
class Load:
    """`parcels` waybills; every `damaged_every`-th has a damage scan after its arrival."""

    parcels: int
    damaged_every: int = 3
    prefix: str = "BENCH"
    start: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0) - timedelta(hours=6))

    def waybill(self, number: int) -> str:
        """Give the waybill of the parcel with this number."""
        return f"{self.prefix}{number:08d}"

    def parcel_id(self, number: int) -> str:
        """Give its parcel id."""
        return parcel_id_of(CARRIER, self.waybill(number))

    def email(self, number: int) -> str:
        """Give its consumer's address."""
        return f"{self.waybill(number).lower()}@example.com"

    def damaged(self, number: int) -> bool:
        """Say whether it gets damaged."""
        return number % self.damaged_every == 0

    @property
    def expected_damaged(self) -> set[str]:
        """Give the parcels that must have one damage exception and one case each."""
        return {self.parcel_id(number) for number in range(self.parcels) if self.damaged(number)}

    @property
    def expected_recipients(self) -> set[str]:
        """Give the addresses that must hear of damage."""
        return {self.email(number) for number in range(self.parcels) if self.damaged(number)}

    @property
    def expected_scans(self) -> int:
        """Give how many different scans there are in all."""
        return self.parcels * len(_STEPS) + len(self.expected_damaged)

    def registrations(self) -> list[dict[str, object]]:
        """Give the registrations, each with its own e-mail address."""
        return [
            {
                "carrier": CARRIER,
                "waybill": self.waybill(number),
                "service": "standard",
                "promised_at": (self.start + timedelta(days=6)).isoformat(),
                "language": "zh-CN",
                "contact": {"name": "测试", "email": self.email(number)},
            }
            for number in range(self.parcels)
        ]

    def lines(self) -> Iterable[bytes]:
        """Give the scans as NDJSON lines, step by step over all parcels, so that each parcel's are in order."""
        for index, (milestone, detail) in enumerate(_STEPS):
            for number in range(self.parcels):
                yield self._line(number, index, milestone, detail)
                if index == _DAMAGE_AT and self.damaged(number):
                    yield self._line(number, index, "exception", "damaged", 60)

    def _line(self, number: int, index: int, milestone: str, detail: str | None, plus_s: int = 0) -> bytes:
        at = self.start + timedelta(minutes=30 * index, seconds=number % 600 + plus_s)
        scan = {
            "carrier": CARRIER,
            "waybill": self.waybill(number),
            "happened_at": at.isoformat(),
            "milestone": milestone,
            "facility": "杭州转运中心",
            "place": "杭州",
            "code": f"{index}{'D' if plus_s else ''}",
            "text": "快件已到达【杭州转运中心】" if milestone == "in_transit" else None,
        }
        if detail:
            scan["detail"] = detail
        return msgspec.json.encode({name: value for name, value in scan.items() if value is not None})


class Sender:
    """Posts until it is accepted, through crashes and restarts. A refusal raises: the load is known to be good."""

    def __init__(self, session: aiohttp.ClientSession, base: str, key: str) -> None:
        """`key` is an API key that may register and push."""
        self._session = session
        self._base = base
        self._headers = {"Authorization": f"Bearer {key}"}
        self.retries = 0

    async def register(self, registrations: Sequence[dict[str, object]], bulk: int = 500) -> None:
        """Register all."""
        for start in range(0, len(registrations), bulk):
            body = msgspec.json.encode(registrations[start : start + bulk])
            await self._post("/v1/parcels", body, "application/json")

    async def scans(self, lines: Sequence[bytes]) -> None:
        """Push lines of canonical scans in one request."""
        await self._post("/v1/scans", b"\n".join(lines), "application/x-ndjson")

    async def _post(self, path: str, body: bytes, content_type: str) -> None:
        while True:
            try:
                async with self._session.post(
                    self._base + path, data=body, headers=self._headers | {"Content-Type": content_type}
                ) as answer:
                    if answer.status < 300:
                        return
                    text = await answer.text()
                    if answer.status < 500 and answer.status != 429:
                        raise RuntimeError(f"{path} refused with {answer.status}: {text[:500]}")
            except (aiohttp.ClientError, TimeoutError):
                pass  # the service is being killed on purpose; `retries` shows how often
            self.retries += 1
            await asyncio.sleep(0.1)
