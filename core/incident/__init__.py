"""Incidents: one trouble that many parcels share.

`known` is what engines judge by, `pulse` what is counted, `gauge` and `lanes` compare counts with what is usual,
`tower` opens and closes.
"""

from core.incident.known import FEED, Incident, IncidentKind, Incidents, passes_at

__all__ = ["FEED", "Incident", "IncidentKind", "Incidents", "passes_at"]
