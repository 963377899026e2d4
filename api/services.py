"""What the handlers work with: made once by `api.app.run`, or by a test.

Invariant: the clock and randomness are here, so a handler never asks the system for them. May import: core,
store, runtime.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
from aiohttp import web
from prometheus_client import CollectorRegistry

from api.accept import Accept
from api.book import Book
from api.keys import KeyRing, SecretBook
from api.load import Load
from api.metrics import ApiMetrics
from api.passwords import PasswordChecks
from core.policy import Policy
from runtime.policy import read_policy
from runtime.sealing import Links, Sealer
from runtime.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything a handler may use, typed."""

    settings: Settings
    pool: asyncpg.Pool
    intake: Accept
    keys: KeyRing
    secrets: SecretBook
    passwords: PasswordChecks
    sealer: Sealer
    links: Links
    metrics: ApiMetrics
    registry: CollectorRegistry
    now: Callable[[], datetime]
    random: Callable[[int], bytes]
    load: Load = field(default_factory=Load)
    policy: Policy = field(default_factory=read_policy)
    book: Book = field(default_factory=Book)


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
