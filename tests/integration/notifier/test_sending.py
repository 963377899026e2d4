"""From the outbox to a real SMTP server and a real webhook receiver, with everything that they may answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from notifier_world import DAY, SECRET, Post, Receiver, Sink

from notifier.channel import Failed, Message
from notifier.channels.webhook import WebhookChannel
from store import outbox

pytestmark = pytest.mark.integration


async def test_a_notice_becomes_a_mail_and_a_webhook(post: Post, sink: Sink, receiver: Receiver) -> None:
    await post.parcel(language="zh-TW", shop=True)
    await post.notice("n1", "late", expected_at=(DAY + timedelta(days=2)).isoformat(), place="杭州")

    await post.turn()

    (mail,) = sink.mails
    assert mail["To"] == "mei@example.org"
    assert "11月23日" in mail["Subject"]
    text = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert text is not None and html is not None
    link = f"https://parcels.example/t/{post.links.token('sf:SF1')}"
    assert link in text.get_content().replace("=\n", "")
    assert "順豐速運" in html.get_content()
    assert link in html.get_content()
    (event,) = receiver.events
    assert event["type"] == "parcel.late"
    assert event["data"]["waybill"] == "SF1"
    assert "@" not in str(event)
    assert sorted(await post.rows("channel, state")) == [("email", "sent"), ("webhook", "sent")]
    assert post.count("waywarden_deliveries_sent_total", channel="email") == 1
    assert await post.pool.fetchval("SELECT state FROM outbox") == "routed"


async def test_addresses_and_links_are_never_kept_in_clear(post: Post) -> None:
    await post.parcel()
    await post.notice("n1")
    await post.turn()
    kept = str(await post.pool.fetch("SELECT * FROM delivery"))
    assert "mei@example.org" not in kept
    assert post.links.token("sf:SF1") not in kept


async def test_without_a_route_the_notice_is_done_and_counted(post: Post) -> None:
    await post.parcel(mail=None)
    await post.notice("n1")
    await post.turn()
    assert await post.rows() == []
    assert await post.pool.fetchval("SELECT state FROM outbox") == "routed"
    assert post.count("waywarden_notices_routed_total", template="late", reason="no_route") == 1


async def test_a_transient_refusal_is_tried_again_on_the_schedule(post: Post, sink: Sink) -> None:
    await post.parcel()
    await post.notice("n1")
    sink.script.extend(["451 try later", "421 too busy"])
    await post.turn()
    assert await post.rows("state, last_error, attempts") == [("pending", "smtp_451", 1)]
    assert await post.send() == 0

    post.now += timedelta(seconds=5)
    await post.send()
    assert await post.rows("last_error, attempts") == [("smtp_421", 2)]
    post.now += timedelta(minutes=5)
    await post.send()
    assert await post.rows("state, attempts") == [("sent", 3)]
    assert len(sink.mails) == 1


@pytest.mark.parametrize(("answer", "reason"), [("554 refused", "smtp_554"), ("552 too big", "smtp_552")])
async def test_a_permanent_refusal_is_parked(post: Post, sink: Sink, answer: str, reason: str) -> None:
    await post.parcel()
    await post.notice("n1")
    sink.script.append(answer)
    await post.turn()
    assert await post.rows() == [("parked", reason)]
    assert post.count("waywarden_deliveries_parked_total", channel="email", reason=reason) == 1


async def test_an_unknown_mailbox_is_parked(post: Post) -> None:
    await post.parcel(mail="nobody@example.org")
    await post.notice("n1")
    await post.turn()
    assert await post.rows() == [("parked", "smtp_550")]


async def test_an_address_that_is_none_is_parked(post: Post, sink: Sink) -> None:
    await post.parcel(mail="mei@example.org\r\nBcc: all@example.org")
    await post.notice("n1")
    await post.turn()
    assert await post.rows() == [("parked", "bad_address")]
    assert sink.mails == []


async def test_a_server_that_hangs_is_a_timeout(post: Post, sink: Sink) -> None:
    hang = asyncio.Event()

    async def never() -> str:
        await hang.wait()
        return "451 late"

    await post.parcel()
    await post.notice("n1")
    sink.script.append(never)
    post.email._timeout_s = 0.5
    await post.turn()
    hang.set()
    post.email._timeout_s = 15
    assert await post.rows("state, last_error") == [("pending", "timeout")]
    post.now += timedelta(seconds=5)
    await post.send()
    assert await post.rows("state") == [("sent",)]


async def test_a_server_that_is_away_is_waited_for(post: Post, sink: Sink) -> None:
    await post.parcel()
    await post.notice("n1")
    await sink.stop()
    await post.turn()
    assert await post.rows("state, last_error") == [("pending", "connection")]


async def test_after_the_last_try_it_is_parked_and_can_be_sent_again(post: Post, sink: Sink) -> None:
    await post.parcel()
    await post.notice("n1")
    sink.script.extend(["451 no"] * 10)
    await post.route()
    for _ in range(10):
        await post.send()
        post.now += timedelta(days=2)
    assert await post.rows("state, reason, attempts") == [("parked", "exhausted", 10)]
    assert await post.send() == 0

    async with post.pool.acquire() as connection:
        (row,) = await outbox.parked(connection)
        assert row["last_error"] == "smtp_451"
        assert await outbox.parked(connection, after=(row["created_at"], row["delivery_id"])) == []
        assert await outbox.unpark(connection, row["delivery_id"], post.now)
        assert not await outbox.unpark(connection, row["delivery_id"], post.now)
    await post.send()
    assert await post.rows("state") == [("sent",)]


async def test_connections_are_kept(post: Post, sink: Sink) -> None:
    for n in range(3):
        await post.parcel(f"sf:SF{n}", mail=f"c{n}@example.org")
        await post.notice(f"n{n}", parcel_id=f"sf:SF{n}", about=f"e{n}")
        await post.turn()
    assert len(sink.mails) == 3
    assert sink.connections == 1


async def test_a_webhook_keeps_its_id_and_honours_retry_after(post: Post, receiver: Receiver) -> None:
    await post.parcel(mail=None, shop=True)
    await post.notice("n1")
    receiver.script.extend([(503, {"retry-after": "120"}), (500, {})])
    await post.turn()
    (next_at,) = await post.pool.fetchrow("SELECT next_at FROM delivery")
    assert next_at == post.now + timedelta(seconds=120)
    for wait in (120, 300):
        post.now += timedelta(seconds=wait)
        await post.send()
    assert len(set(receiver.ids)) == 1
    assert len(receiver.ids) == 3
    assert len(receiver.events) == 1
    assert await post.rows("state") == [("sent",)]


async def test_gone_disables_the_shops_webhook(post: Post, receiver: Receiver) -> None:
    await post.parcel("sf:SF1", mail=None, shop=True)
    await post.notice("n1")
    receiver.script.append((410, {}))
    await post.turn()
    assert await post.rows() == [("parked", "http_410")]
    assert await post.pool.fetchval("SELECT webhook_disabled_at FROM shop") == post.now

    await post.notice("n2")
    await post.turn()
    assert len(receiver.ids) == 1


async def test_a_redirect_is_not_followed(post: Post, receiver: Receiver) -> None:
    await post.parcel(mail=None, shop=True)
    await post.notice("n1")
    receiver.script.append((307, {"location": receiver.url}))
    await post.turn()
    assert await post.rows("last_error") == [("http_307",)]
    assert len(receiver.ids) == 1


async def test_a_private_address_is_refused(post: Post, receiver: Receiver) -> None:

    strict = WebhookChannel(lambda: datetime.now(UTC), private_allowed=False, timeout_s=2)
    port = receiver.url.rpartition(":")[2].partition("/")[0]
    for host in ("localhost", "127.0.0.1"):
        message = Message(
            key="k", recipient=f"https://{host}:{port}/hook", language="en", created_at=DAY, body="{}", secret=SECRET
        )
        assert await strict.send(message) == Failed(permanent=True, reason="private_address")
    await strict.close()
    assert receiver.ids == []


async def test_a_lease_that_ran_out_is_taken_by_another(post: Post, sink: Sink) -> None:
    await post.parcel()
    await post.notice("n1")
    await post.route()
    # A process that leases and dies.
    async with post.pool.acquire() as connection:
        until = post.now + timedelta(seconds=60)
        assert len(await outbox.lease(connection, "email", post.now, until, "dead", 8)) == 1
    assert await post.send() == 0
    post.now += timedelta(seconds=60)
    assert await post.send(post.another("two")) == 1
    assert await post.rows("state, attempts") == [("sent", 2)]


async def test_one_slow_shop_leaves_room_for_others(post: Post, receiver: Receiver) -> None:
    await post.parcel(mail=None, shop=True)
    for n in range(12):
        await post.notice(f"n{n}", about=f"e{n}")
    await post.route()
    started = await post.dispatcher.round()
    assert started == 4
    await post.dispatcher.finish(5)
    await post.turn()
    assert len(receiver.events) == 12
