"""PostgreSQL: every query as a named statement in `sql/<noun>.sql`, the pool, the feed.

Invariant: SQL lives in the .sql files. May import: core, runtime, asyncpg.
"""
