"""From silence to "it moves again", through the real engine and the real notifier: told once, to whom it matters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from notifier_world import SECRET, Post, Receiver, Sink
from stream_support import NOON, Clock, FakeLog, engine, feed, kit, pid, registered, scan, scanned, until

from core.event import Contact, Registered
from core.scan import Milestone
from stream.engine import Engine

pytestmark = pytest.mark.integration

MAIL = "mei@example.org"
SILENT = timedelta(hours=38)  # past the limit of 36 h; 10:00 in Shanghai
NIGHT = timedelta(hours=52)  # midnight there


class Town:
    """An engine's clock, a notifier, a mail server and a shop."""

    def __init__(self, pool: asyncpg.Pool, post: Post, sink: Sink, shop: Receiver) -> None:
        self.pool = pool
        self.post = post
        self.sink = sink
        self.shop = shop
        self.clock = Clock(NOON)

    async def at(self, running: Engine, after: timedelta) -> None:
        """Let it be that long after noon, the engine look, and the notifier do what there is to do."""
        self.clock.now = self.post.now = NOON + after
        running.look()
        await until(lambda: self._looked())
        await self.post.turn()

    async def _looked(self) -> bool:
        return not await self.pool.fetchval("SELECT count(*) FROM parcel WHERE due_at <= $1", self.clock.now)

    async def hear(self, running: Engine, n: int, hours: float, milestone: Milestone = Milestone.IN_TRANSIT) -> None:
        """Let a scan come that is made so many hours after noon."""
        self.clock.now = self.post.now = max(self.clock.now, NOON + timedelta(hours=hours))
        await feed(running, [scanned(n, scan(n, hours, milestone, "已到达【武汉转运中心】", place="武汉"))])
        await self.post.turn()

    def joins(self, n: int, mail: str | None = MAIL) -> Registered:
        sealed = Contact(email=self.post.sealer.seal(mail, f"{pid(n)}|email")) if mail else None
        return registered(n, contact=sealed, language="en", destination="CN", order="A-1")

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.sink.mails]

    async def cleared(self) -> int:
        return int(await self.pool.fetchval("SELECT count(*) FROM outbox WHERE template = 'cleared'"))


@pytest.fixture
async def town(pool: asyncpg.Pool) -> AsyncIterator[Town]:
    sink, shop = Sink(), Receiver()
    await sink.start()
    await shop.start()
    post = Post(pool, sink, shop)
    await pool.execute(
        "INSERT INTO shop (shop_id, name, webhook_url, webhook_secret) VALUES ('shop-1', '小店', $1, $2)",
        shop.url,
        SECRET,
    )
    yield Town(pool, post, sink, shop)
    await post.email.close()
    await post.webhook.close()
    await shop.stop()
    await sink.stop()


async def test_it_is_told_once_however_often_it_is_heard(town: Town) -> None:
    async with engine(kit(town.pool, clock=town.clock), FakeLog(end=0)) as running:
        await feed(running, [town.joins(1), scanned(1, scan(1, 0))])
        await town.at(running, SILENT)
        assert town.subjects() == ["No news of your parcel for a while; we are looking into it"]

        await town.hear(running, 1, 39)
        for hours in (39, 40, 41):  # once more, and on
            await town.hear(running, 1, hours)
        assert len(town.subjects()) == 2
        assert town.subjects()[1].startswith("Good news: your parcel is moving again")
        body = town.sink.mails[1].get_body(("plain",))
        assert body is not None and "武汉" in body.get_content()

        # What the shop hears of the silence and of its end can be put together.
        stalled, cleared = town.shop.events
        assert (stalled["type"], cleared["type"]) == ("parcel.stalled", "parcel.cleared")
        assert stalled["data"]["exception_id"] == cleared["data"]["exception_id"] is not None
        assert len(set(town.shop.ids)) == 2
    # Read again by a worker that remembers nothing, it changes nothing.
    async with engine(kit(town.pool, clock=town.clock), FakeLog(end=0)) as running:
        await town.hear(running, 1, 39)
        await town.at(running, SILENT + timedelta(hours=4))
    assert len(town.subjects()) == 2 and await town.cleared() == 1


async def test_a_second_silence_is_told_again_and_so_is_its_end(town: Town) -> None:
    async with engine(kit(town.pool, clock=town.clock), FakeLog(end=0)) as running:
        await feed(running, [town.joins(1), scanned(1, scan(1, 0))])
        await town.at(running, SILENT)
        await town.hear(running, 1, 39)
        await town.at(running, SILENT + timedelta(hours=48))
        await town.hear(running, 1, 87)
    assert [subject[:4] for subject in town.subjects()] == ["No n", "Good", "No n", "Good"]
    ids = [event["data"]["exception_id"] for event in town.shop.events]
    assert ids[0] == ids[1] != ids[2] == ids[3]


async def test_who_was_not_told_of_the_silence_does_not_hear_of_its_end(town: Town) -> None:
    async with engine(kit(town.pool, clock=town.clock), FakeLog(end=0)) as running:
        # One without an address, one who stopped messages, one that nobody registered.
        await feed(running, [town.joins(1, None), town.joins(2), *(scanned(n, scan(n, 0)) for n in (1, 2, 3))])
        await town.pool.execute("INSERT INTO message_stop VALUES ($1, $2)", pid(2), NOON)
        await town.at(running, SILENT)
        for n in (1, 2, 3):
            await town.hear(running, n, 39)
    assert town.subjects() == []
    assert await town.cleared() == 2  # the shops of the first two were told
    assert [event["type"] for event in town.shop.events].count("parcel.cleared") == 2


async def test_a_silence_that_ends_in_the_night_is_no_news_in_the_morning(town: Town) -> None:
    async with engine(kit(town.pool, clock=town.clock), FakeLog(end=0)) as running:
        await feed(running, [town.joins(1), scanned(1, scan(1, 14))])
        await town.at(running, NIGHT)
        assert await town.post.rows("state, reason", "channel = 'email'") == [("pending", "quiet_hours")]
        await town.hear(running, 1, 53)
        await town.at(running, NIGHT + timedelta(hours=10))
    assert town.subjects() == []
    # The shop's machine does not sleep.
    assert [event["type"] for event in town.shop.events] == ["parcel.stalled", "parcel.cleared"]


async def test_the_delivery_of_a_silent_parcel_is_good_news_too(town: Town) -> None:
    async with engine(kit(town.pool, clock=town.clock), FakeLog(end=0)) as running:
        await feed(running, [town.joins(1), scanned(1, scan(1, 0))])
        await town.at(running, SILENT)
        await town.hear(running, 1, 39, Milestone.DELIVERED)
    assert town.subjects()[1:] == ["Your parcel has arrived"]


async def test_a_late_scan_that_disproves_the_silence_is_an_apology_not_good_news(town: Town) -> None:
    async with engine(kit(town.pool, clock=town.clock), FakeLog(end=0)) as running:
        await feed(running, [town.joins(1), scanned(1, scan(1, 0))])
        await town.at(running, SILENT)
        await feed(running, [scanned(1, scan(1, 20), received=town.clock.now)])
        await town.post.turn()
        await town.hear(running, 1, 39)
    assert [subject[:12] for subject in town.subjects()] == ["No news of y", "A correction"]
    assert [event["type"] for event in town.shop.events] == ["parcel.stalled", "parcel.corrected"]
    assert len({event["data"]["exception_id"] for event in town.shop.events}) == 1
