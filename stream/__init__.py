"""The stream workers: Faust reads partitions, one engine a partition folds, diagnoses and writes.

Invariant: agents hold no rule and no SQL and never raise. May import: core, carriers, store, runtime, faust.
"""
