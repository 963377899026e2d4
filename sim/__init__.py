"""A carrier network that makes parcels and scans together with the truth of what went wrong.

Invariant: seeded; the same seed gives the same world. May import: core, carriers, runtime.
"""
