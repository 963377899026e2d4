"""What the business means: pure functions and frozen values.

Invariant: no I/O, no clock, no randomness, no asyncio. May import: the standard library and msgspec.
"""
