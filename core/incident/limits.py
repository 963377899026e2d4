"""The limits by which incidents open and close, as policy gives them.

Invariant: plain values. May import: msgspec, core.incident.known.
"""

from __future__ import annotations

import msgspec

from core.incident.known import IncidentKind


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """When an incident opens and closes, out of policy `[incidents]`.

    `surprise`: minus the logarithm of the chance that so little is heard; `opens` and `closes`: shares of the expected;
    `least`: the expected parcels or scans without which nothing is said; `days` of learning before a key is judged;
    `settle_s`: so long after its end a bucket is closed; `late`, `slower`: factors on the usual lateness of a feed and
    time of a lane; `lorries`: of a lane, before it is judged; `grace_s`: after an incident nothing is learned or found
    for so long, after that of a feed `feed_grace_s`; `longest_s`: what lasts longer is the new usual; `restate_s`: what
    was measured is told anew this often; `first_s`: how long an incident of each kind is expected to last at first.
    """

    surprise: float
    opens: float
    closes: float
    least: float
    days: float
    settle_s: int
    late: float
    slower: float
    lorries: int
    grace_s: int
    feed_grace_s: int
    longest_s: int
    restate_s: int
    first_s: dict[IncidentKind, int]
