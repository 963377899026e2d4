"""Messages: outbox to consumer, through stages and channels.

Invariant: at least once with an idempotency key. May import: core, store, runtime.
"""
