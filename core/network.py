"""What an engine knows of the whole network when it judges one parcel: what is usual, and what is wrong everywhere.

Invariant: a value that is handed in; two judgements with equal networks are equal. May import: core.baseline,
core.incident.
"""

from __future__ import annotations

import msgspec

from core.baseline.learned import Asked, Baselines
from core.baseline.sums import Sums
from core.incident import Incidents

_NOBODY = Asked(
    stalled_share=0.999,
    stalled_margin=1,
    stalled_floor=0,
    lost_share=0.999,
    lost_margin=1,
    lost_floor=0,
    least=1,
    warn=1.0,
)


class Network(msgspec.Struct, frozen=True, eq=False):
    """The learned and the incidents, as they were when they were read last."""

    baselines: Baselines
    incidents: Incidents


NOTHING = Network(Baselines(Sums().frozen(), _NOBODY), Incidents())
"""Nothing learned, nothing wrong: policy's limits alone."""
