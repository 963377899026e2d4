"""A consumer who stopped the messages gets none, but for answers to what they reported; the shop goes on hearing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from notifier_world import Post, Receiver, Sink

pytestmark = pytest.mark.integration


async def stop(post: Post) -> None:
    await post.pool.execute("INSERT INTO message_stop VALUES ('sf:SF1', $1)", post.now)


async def reported(post: Post, exception_id: str, case_id: str | None = None) -> None:
    """An exception that rests on the consumer's own report."""
    await post.exception(exception_id, "open")
    await post.pool.execute(
        "UPDATE exception SET evidence = $2, case_id = $3 WHERE exception_id = $1",
        exception_id, {"rule": "not_received", "source": "test", "reports": ["r1"]}, case_id,
    )  # fmt: skip


async def about_case(post: Post, notice_id: str, template: str, case_id: str, **data: Any) -> None:
    await post.notice(notice_id, template, about=None, **data)
    await post.pool.execute("UPDATE outbox SET case_id = $2 WHERE notice_id = $1", notice_id, case_id)


async def test_nothing_but_answers_to_their_own_report(post: Post, sink: Sink, receiver: Receiver) -> None:
    await post.parcel(shop=True)
    await stop(post)
    await reported(post, "own", "own-case")
    await post.exception("other", "open")
    await post.pool.execute("UPDATE exception SET case_id = 'other-case' WHERE exception_id = 'other'")
    await post.notice("n1", "late", about="other")
    await about_case(post, "n2", "case_accepted", "other-case")
    await post.turn()
    assert sink.mails == []
    assert await post.rows("state, reason", "channel = 'email'") == [("suppressed", "stopped")] * 2

    await post.notice("n3", "not_received", about="own")
    await post.turn()
    await about_case(post, "n4", "case_resolved", "own-case", resolution="refunded")
    await post.turn()
    assert len(sink.mails) == 2
    # What the shop hears is the shop's.
    assert {event["type"] for event in receiver.events} >= {"parcel.late", "parcel.not_received"}


async def test_what_was_waiting_is_not_sent_any_more(post: Post, sink: Sink) -> None:
    await post.parcel()
    await post.notice("n1", "late", about="e1")
    sink.script.append("451 try later")
    await post.turn()
    await stop(post)
    post.now += timedelta(seconds=10)
    await post.turn()
    assert sink.mails == []
    assert await post.rows() == [("cancelled", "stopped")]
    assert post.count("waywarden_deliveries_suppressed_total", channel="email", reason="stopped") == 1


async def test_an_answer_that_was_waiting_is_sent(post: Post, sink: Sink) -> None:
    await post.parcel()
    await reported(post, "own", "own-case")
    await about_case(post, "n1", "case_waiting", "own-case", ask="A photo, please")
    sink.script.append("451 try later")
    await post.turn()
    await stop(post)
    post.now += timedelta(seconds=10)
    await post.turn()
    assert len(sink.mails) == 1


async def test_messages_come_again_after_resuming(post: Post, sink: Sink) -> None:
    await post.parcel()
    await stop(post)
    await post.notice("n1", "late", about="e1")
    await post.turn()
    await post.pool.execute("DELETE FROM message_stop")
    await post.notice("n2", "stalled", about="e2")
    await post.turn()
    assert len(sink.mails) == 1


async def test_every_mail_says_how_to_stop(post: Post, sink: Sink) -> None:
    await post.parcel(language="en")
    await post.notice("n1", "late")
    await post.turn()
    (mail,) = sink.mails
    stop_here = f"https://parcels.example/t/{post.links.token('sf:SF1')}/stop"
    assert mail["List-Unsubscribe"] == f"<{stop_here}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None and stop_here in part.get_content()
