"""Wire formats: one file a format, payload in, canonical scans or a typed rejection out; code tables beside it as data.

Invariant: pure; a parser raises nothing but `Rejected`; an unknown code becomes `Milestone.UNKNOWN`, never a dropped
scan. May import: core, msgspec, defusedxml.
"""
