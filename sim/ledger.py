"""What happens to a batch of parcels, written down while it is walked through the network.

Invariant: true times; what the carriers make of them (gaps, clocks, delays) comes later. May import: numpy, sim.step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.step import Place, Step

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(eq=False)
class Rows:
    """Events side by side: parcel (its place in the batch), step, moment, hub, next hub (or -1), place, container."""

    parcel: NDArray[np.int64]
    step: NDArray[np.int64]
    at: NDArray[np.float64]
    hub: NDArray[np.int64]
    to: NDArray[np.int64]
    place: NDArray[np.int64]
    container: NDArray[np.int64]

    def take(self, which: NDArray[Any]) -> Rows:
        """Give the rows at these places, or where a mask holds."""
        return Rows(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True)
class Label:
    """One truth about some parcels. `until` is NaN while it never ends; `incident` is its place in the log, or -1."""

    kind: str
    parcel: NDArray[np.int64]
    since: NDArray[np.float64]
    until: NDArray[np.float64]
    how: str | None = None
    incident: int = -1
    hub: NDArray[np.int64] | None = None


@dataclass
class Ledger:
    """Takes events and truths in any order."""

    parts: list[tuple[NDArray[Any], ...]] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    def put(
        self,
        step: Step,
        parcel: NDArray[np.int64],
        at: NDArray[np.float64],
        hub: NDArray[np.int64],
        place: Place = Place.HUB,
        to: NDArray[np.int64] | None = None,
        container: NDArray[np.int64] | None = None,
    ) -> None:
        """Write an event of each of these parcels down."""
        size = len(parcel)
        if not size:
            return
        self.parts.append(
            (
                parcel,
                np.full(size, int(step)),
                np.floor(at),
                hub,
                np.full(size, -1) if to is None else to,
                np.full(size, int(place)),
                np.zeros(size, np.int64) if container is None else container,
            )
        )

    def label(
        self,
        kind: str,
        parcel: NDArray[np.int64],
        since: NDArray[np.float64],
        until: NDArray[np.float64] | None = None,
        how: str | None = None,
        incident: int = -1,
        hub: NDArray[np.int64] | None = None,
    ) -> None:
        """Write a truth down."""
        if len(parcel):
            end = np.full(len(parcel), np.nan) if until is None else np.floor(until)
            self.labels.append(Label(kind, parcel, np.floor(since), end, how, incident, hub))

    def rows(self) -> Rows:
        """Give all events so far, in no order."""
        if not self.parts:
            none = np.zeros(0, np.int64)
            return Rows(none, none, none.astype(float), none, none, none, none)
        return Rows(*(np.concatenate(column) for column in zip(*self.parts, strict=True)))
