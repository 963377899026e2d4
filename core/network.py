"""What an engine knows of the whole network when it judges one parcel: what is usual, and what is wrong everywhere.

Invariant: a value that is handed in; two judgements with equal networks are equal. May import: core.baseline,
core.container, core.incident.
"""

from __future__ import annotations

import msgspec

from core.baseline.learned import Asked, Baselines
from core.baseline.sums import Sums
from core.container import Containers
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


NO_CONTAINERS = Containers()


class Network(msgspec.Struct, frozen=True, eq=False):
    """The learned, the incidents and the containers under way, as they were when they were read last."""

    baselines: Baselines
    incidents: Incidents
    containers: Containers = NO_CONTAINERS


NOTHING = Network(Baselines(Sums().frozen(), _NOBODY), Incidents())
"""Nothing learned, nothing wrong: policy's limits alone."""
