"""What becomes of notices: told, merged, held for the morning, or stopped with a reason that can be seen."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from notifier_world import Post, Receiver, Sink

from store import outbox

pytestmark = pytest.mark.integration

NIGHT = timedelta(hours=14)  # 10:00 in Shanghai + 14 h = midnight


async def _retract(post: Post, exception_id: str) -> None:
    """What the stream does in its transaction when an exception turns out never to have been."""
    from store.statements import load

    await post.pool.execute(load("sink")["cancel_notices"], [exception_id])


async def test_several_at_once_become_one_message(post: Post, sink: Sink) -> None:
    await post.parcel(language="en")
    await post.notice("n1", "late", about="e1")
    await post.notice("n2", "damage_reported", about="e2")
    await post.turn()
    (mail,) = sink.mails
    assert "damaged" in mail["Subject"]
    assert await post.rows("state, notices") == [("sent", ["n2", "n1"])]
    assert post.count("waywarden_notices_merged_total") == 1


async def test_what_can_wait_waits_for_the_morning_and_what_cannot_does_not(post: Post, sink: Sink) -> None:
    post.now += NIGHT
    await post.parcel("sf:SF1")
    await post.parcel("sf:SF2", mail="an@example.org")
    await post.notice("n1", "late", "sf:SF1", "e1")
    await post.notice("n2", "damage_reported", "sf:SF2", "e2")
    await post.turn()
    assert [mail["To"] for mail in sink.mails] == ["an@example.org"]
    assert await post.rows("reason, next_at", "notice_id = 'n1'") == [("quiet_hours", post.now + timedelta(hours=8))]

    post.now += timedelta(hours=8)
    await post.exception("e1", "open")
    await post.turn()
    assert len(sink.mails) == 2


async def test_what_ended_in_the_night_is_not_told_in_the_morning(post: Post, sink: Sink) -> None:
    post.now += NIGHT
    await post.parcel()
    await post.notice("n1", "late", about="e1")
    await post.turn()
    await post.exception("e1", "cleared")
    post.now += timedelta(hours=8)
    await post.turn()
    assert sink.mails == []
    assert await post.rows() == [("cancelled", "overtaken")]


async def test_the_budget_stops_the_sixth_message_visibly(post: Post, sink: Sink) -> None:
    for n in range(7):
        await post.parcel(f"sf:SF{n}")
        await post.notice(f"n{n}", "late", f"sf:SF{n}", f"e{n}")
    await post.parcel("sf:SF9")
    await post.notice("n9", "loss_reported", "sf:SF9", "e9")
    await post.turn()
    assert len(sink.mails) == 6
    assert await post.rows("state, reason", "state = 'suppressed'") == [("suppressed", "budget")] * 2
    assert post.count("waywarden_deliveries_suppressed_total", channel="email", reason="budget") == 2

    post.now += timedelta(hours=24, seconds=1)
    await post.notice("n10", "stalled", "sf:SF9", "e10")
    await post.turn()
    assert len(sink.mails) == 7


async def test_the_same_words_are_not_sent_twice(post: Post, sink: Sink) -> None:
    await post.parcel()
    await post.notice("n1", "late", about="e1", place="杭州")
    await post.turn()
    await post.notice("n2", "late", about="e2", place="杭州")
    await post.turn()
    assert len(sink.mails) == 1
    assert await post.rows("reason", "state = 'suppressed'") == [("already_told",)]


async def test_old_notices_stopped_consumers_and_unknown_templates(post: Post, sink: Sink) -> None:
    await post.parcel("sf:SF1")
    await post.notice("n1", "late", "sf:SF1", "e1")
    post.now += timedelta(days=4)
    await post.parcel("sf:SF2")
    await post.pool.execute("INSERT INTO message_stop VALUES ('sf:SF2', $1)", post.now)
    await post.notice("n2", "late", "sf:SF2", "e2")
    await post.parcel("sf:SF3")
    await post.notice("n3", "no_such_template", "sf:SF3", "e3")
    await post.parcel("sf:SF4")
    await post.notice("n4", "late", "sf:SF4", "e4", expected_at="tomorrow")
    await post.parcel("sf:SF5")
    await post.pool.execute(
        "UPDATE registration SET contact = '{\"email\": \"k9.x\"}'::jsonb WHERE parcel_id = 'sf:SF5'"
    )
    await post.notice("n5", "late", "sf:SF5", "e5")
    await post.turn()
    assert sink.mails == []
    assert sorted(await post.rows("notice_id, state, reason")) == [
        ("n1", "suppressed", "stale"),
        ("n2", "suppressed", "stopped"),
        ("n3", "parked", "template_missing"),
        ("n4", "parked", "render_failed"),
        ("n5", "parked", "unseal_failed"),
    ]
    assert post.count("waywarden_notices_routed_total", template="unknown", reason="template_missing") == 1


async def test_a_correction_follows_only_what_was_told(post: Post, sink: Sink, receiver: Receiver) -> None:
    await post.parcel("sf:SF1", shop=True)
    await post.parcel("sf:SF2", mail="an@example.org", shop=True)
    await post.notice("n1", "loss_suspected", "sf:SF1", "e1")
    await post.turn()
    await _retract(post, "e1")
    await post.notice("n2", "corrected", "sf:SF1", "e1", kind="loss_suspected")
    await post.notice("n3", "corrected", "sf:SF2", "e2", kind="loss_suspected")
    await post.turn()
    assert ["更正" in mail["Subject"] for mail in sink.mails] == [False, True]
    assert await post.rows("notice_id, reason", "state = 'suppressed'") == [("n3", "never_told")]
    assert [event["type"] for event in receiver.events] == ["parcel.loss_suspected", "parcel.corrected"]


async def test_a_correction_that_nobody_needs_still_tells_what_does_hold(post: Post, sink: Sink) -> None:
    await post.parcel(language="en")
    await post.notice("n1", "corrected", about="e1", kind="loss_suspected", still="late")
    await post.turn()
    (mail,) = sink.mails
    assert "will be late" in mail["Subject"]


async def test_retracted_before_it_was_sent_it_is_not_sent(post: Post, sink: Sink) -> None:
    await post.parcel()
    await post.notice("n1", "late", about="e1")
    await post.notice("n2", "late", "sf:SF1", "e2")
    await _retract(post, "e1")
    await post.route()
    await _retract(post, "e2")
    await post.turn()
    assert sink.mails == []
    assert await post.rows() == [("cancelled", "retracted")]


async def test_of_a_merged_message_only_the_retracted_part_is_dropped(post: Post, sink: Sink) -> None:
    await post.parcel(language="en")
    await post.notice("n1", "damage_reported", about="e1")
    await post.notice("n2", "late", about="e2")
    await post.route()
    await _retract(post, "e1")
    await post.turn()
    (mail,) = sink.mails
    assert "late" in mail["Subject"]
    assert "damage" not in str(mail.get_body(("plain",)))
    assert sorted(await post.rows("state, notices")) == [("cancelled", ["n1", "n2"]), ("sent", ["n2"])]


async def test_a_correction_waits_for_the_message_under_way(post: Post, sink: Sink) -> None:
    at_the_door, let_in = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        at_the_door.set()
        await let_in.wait()
        return "250 queued"

    await post.parcel()
    await post.notice("n1", "late", about="e1")
    await post.route()
    sink.script.append(slow)
    await post.dispatcher.round()
    await at_the_door.wait()
    await _retract(post, "e1")
    await post.notice("n2", "corrected", about="e1", kind="late")
    assert await post.route() == 0

    let_in.set()
    await post.dispatcher.finish(5)
    # It was cancelled while it was on its way, and it is out: the row says so, and the correction follows.
    assert await post.rows("state") == [("sent",)]
    post.now += timedelta(seconds=2)
    await post.turn()
    assert len(sink.mails) == 2


async def test_two_routers_make_each_message_once(post: Post, sink: Sink) -> None:
    for n in range(30):
        await post.parcel(f"sf:SF{n}", mail=f"c{n}@example.org")
        await post.notice(f"n{n}", "late", f"sf:SF{n}", f"e{n}")
    done = await asyncio.gather(*(post.route() for _ in range(4)))
    assert sum(done) == 30
    two = post.another("two")
    while sum(await asyncio.gather(post.send(), post.send(two))):
        pass
    assert len(sink.mails) == 30
    assert len(set(sink.ids())) == 30


async def test_the_queues_are_measured(post: Post) -> None:
    from notifier.app import measure

    await post.parcel()
    await post.notice("n1")
    await measure(post.pool, post.metrics, post.now + timedelta(seconds=90))
    assert post.count("waywarden_outbox_oldest_pending_seconds") == 90
    assert post.count("waywarden_outbox_pending") == 1
    await post.route()
    await measure(post.pool, post.metrics, post.now + timedelta(seconds=30))
    assert post.count("waywarden_deliveries_due") == 1
    assert post.count("waywarden_deliveries_oldest_due_seconds") == 30
    async with post.pool.acquire() as connection:
        assert (await outbox.depth(connection, post.now)).parked == 0
