"""From a jam to the mailbox, through the real engine and the real notifier: one message to a person, one correction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from incident_rows import HUB, put_incident
from notifier_world import SECRET, Post, Receiver, Sink
from prometheus_client import CollectorRegistry
from stream_support import (
    CARRIER,
    NOON,
    POLICY,
    Clock,
    FakeLog,
    engine,
    feed,
    kit,
    pid,
    registered,
    scan,
    scanned,
    until,
)

from core.event import Contact
from core.scan import Detail
from stream.engine import Engine
from stream.incident_metrics import IncidentMetrics
from stream.lookout import Lookout

pytestmark = pytest.mark.integration

MAIL = "mei@example.org"


async def look(lookout: Lookout, running: Engine, pool: asyncpg.Pool, clock: Clock) -> None:
    """Let the worker hear of incidents, and its parcels be looked at, each at its moment within five minutes."""
    await lookout.read()
    running.look()

    async def called() -> bool:
        soon = clock.now + timedelta(minutes=5)
        return bool(await pool.fetchval("SELECT count(*) > 0 FROM parcel WHERE due_at <= $1", soon))

    async def looked() -> bool:
        running.look()
        return not await pool.fetchval("SELECT count(*) FROM parcel WHERE due_at <= $1", clock.now)

    await until(called)
    clock.now += timedelta(minutes=5)
    await until(looked)


async def test_one_message_to_a_person_and_one_correction(pool: asyncpg.Pool) -> None:
    sink, shop = Sink(), Receiver()
    await sink.start()
    await shop.start()
    post = Post(pool, sink, shop)
    await pool.execute(
        "INSERT INTO shop (shop_id, name, webhook_url, webhook_secret) VALUES ('shop-1', '小店', $1, $2)",
        shop.url,
        SECRET,
    )
    clock = Clock(NOON)
    ours = kit(pool, clock=clock)
    metrics = IncidentMetrics(CollectorRegistry())
    lookout = ours.lookout = Lookout(pool, ours.topic, ours.worker, POLICY, ours.thinker, metrics, clock)

    def joins(n: int, mail: str) -> Any:
        contact = Contact(email=post.sealer.seal(mail, f"{pid(n)}|email"))
        return registered(n, contact=contact, language="en", destination="CN", promised_at=NOON + timedelta(hours=30))

    try:
        async with engine(ours, FakeLog(end=0)) as running:
            lying = {"detail": Detail.ARRIVED, "facility": HUB}
            await feed(running, [joins(1, MAIL), joins(2, MAIL), joins(3, MAIL), joins(4, "an@example.org")])
            await feed(running, [scanned(n, scan(n, -1.0, **lying)) for n in (1, 2, 4)])
            await put_incident(pool, "jam", NOON, carrier=CARRIER, facility=HUB, hours=2)
            await look(lookout, running, pool, clock)
            post.now = clock.now
            await post.turn()
            assert sink.mails == []
            # The third gets into it while the message waits.
            clock.now = post.now = NOON + timedelta(minutes=10)
            await feed(running, [scanned(3, scan(3, 0.1, **lying))])
            await post.turn()
            clock.now = post.now = NOON + timedelta(minutes=21)
            await post.turn()
            subjects = {mail["To"]: mail["Subject"] for mail in sink.mails}
            assert len(sink.mails) == 2
            assert subjects[MAIL].startswith("3 of your parcels are held up: now expected by")
            assert subjects["an@example.org"].startswith("Your parcel is held up: now expected")

            # The date moves three times: people hear of it once.
            for hours in (46, 94, 190):
                clock.now = NOON + timedelta(hours=hours - 24)
                await put_incident(
                    pool, "jam", clock.now, carrier=CARRIER, facility=HUB, expected_at=NOON + timedelta(hours=hours)
                )
                await look(lookout, running, pool, clock)
                post.now = clock.now
                await post.turn()
                post.now += timedelta(minutes=16)
                await post.turn()
                if hours == 46:
                    first = [mail["Subject"] for mail in sink.mails if mail["To"] == MAIL]
                    assert first[1].startswith("3 of your parcels need longer: now expected by")
            hers = [mail["Subject"] for mail in sink.mails if mail["To"] == MAIL]
            assert sum("need longer" in subject for subject in hers) == 1
            assert sum("held up" in subject for subject in hers) == 1
        rows = await pool.fetch("SELECT kind, incident_id FROM exception WHERE kind = 'jammed'")
        assert {row["incident_id"] for row in rows} == {"jam"} and len(rows) == 4
    finally:
        await post.email.close()
        await post.webhook.close()
        await shop.stop()
        await sink.stop()
