"""The live board over websockets: snapshot, then deltas, resumable by (epoch, offset).

Invariant: a client sees every change or is told to reload. May import: core, store, runtime, websockets.
"""
