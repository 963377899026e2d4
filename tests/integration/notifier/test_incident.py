"""One message to a person about an incident, however many of their parcels are in it and whenever they get into it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from notifier_world import Post, Receiver, Sink

pytestmark = pytest.mark.integration

HUB = "杭州转运中心"
GATHER = timedelta(minutes=15)
AGAIN = timedelta(hours=12)


async def held_up(post: Post, n: int, template: str = "jammed", incident: str = "i1", **data: object) -> None:
    """Write the notice that parcel `n` is in an incident; it was found in it now."""
    expected = (post.now + timedelta(days=2 + n)).isoformat()
    data = {"kind": "jammed", "incident": incident, "facility": HUB, "expected_at": expected, **data}
    await post.notice(f"{template}-{n}", template, f"sf:SF{n}", f"e{n}", **data)


async def parcels(post: Post, *numbers: int, mail: str = "mei@example.org") -> None:
    for n in numbers:
        await post.parcel(f"sf:SF{n}", mail=mail, language="en")


def text(mail: object) -> str:
    return str(mail.get_body(("plain",)).get_content())  # type: ignore[attr-defined]


async def test_three_parcels_of_one_person_in_one_jam_are_one_message(post: Post, sink: Sink) -> None:
    await parcels(post, 1, 2, 3)
    await parcels(post, 4, mail="an@example.org")
    for n in (1, 2, 4):
        await held_up(post, n)
    await post.turn()
    assert sink.mails == [], "it waits for the others"
    post.now += timedelta(minutes=10)
    await held_up(post, 3)
    await post.turn()
    assert sink.mails == []
    post.now += GATHER - timedelta(minutes=10)
    await post.turn()
    mails = {mail["To"]: mail for mail in sink.mails}
    assert len(sink.mails) == 2
    assert mails["mei@example.org"]["Subject"] == "3 of your parcels are held up: now expected by Thu 26 Nov"
    said = text(mails["mei@example.org"])
    assert said.count(HUB) == 1
    for n, date in ((1, "Tue 24 Nov"), (2, "Wed 25 Nov"), (3, "Thu 26 Nov")):
        assert f"SF{n} (Now expected: {date})" in said
        assert post.links.token(f"sf:SF{n}") in said
    assert mails["an@example.org"]["Subject"] == "Your parcel is held up: now expected Fri 27 Nov"
    assert "SF1" not in text(mails["an@example.org"])
    told = await post.rows("state, cardinality(notices)", "recipient_key <> '' AND state = 'sent'")
    assert sorted(told) == [("sent", 1), ("sent", 3)]
    assert await post.pool.fetchval("SELECT count(*) FROM delivery_about WHERE parcel_id = 'sf:SF3'") == 1


async def test_what_gets_into_it_later_is_told_of_together_and_not_soon(post: Post, sink: Sink) -> None:
    await parcels(post, 1, 2, 3)
    await held_up(post, 1)
    await post.turn()
    post.now += GATHER
    await post.turn()
    assert len(sink.mails) == 1
    for n in (2, 3):
        post.now += timedelta(hours=1)
        await held_up(post, n)
        await post.turn()
    post.now += AGAIN - timedelta(hours=2, seconds=1)
    await post.turn()
    assert len(sink.mails) == 1
    post.now += timedelta(hours=12)
    await post.turn()
    assert len(sink.mails) == 2
    assert sink.mails[1]["Subject"].startswith("2 of your parcels")


async def test_what_moved_on_before_it_was_told_is_not_told(post: Post, sink: Sink) -> None:
    await parcels(post, 1)
    await held_up(post, 1)
    await post.turn()
    await post.exception("e1", "cleared")
    post.now += GATHER
    await post.turn()
    assert sink.mails == []
    assert await post.rows() == [("cancelled", "overtaken")]


async def test_a_jam_that_is_taken_back_leaves_the_others(post: Post, sink: Sink) -> None:
    from store.statements import load

    await parcels(post, 1, 2)
    await held_up(post, 1)
    await held_up(post, 2)
    await post.turn()
    await post.pool.execute(load("sink")["cancel_notices"], ["e1"])
    post.now += GATHER
    await post.turn()
    (mail,) = sink.mails
    assert mail["Subject"].startswith("Your parcel is held up")
    assert "SF2" in text(mail) and "SF1" not in text(mail)


async def test_who_stopped_one_parcel_hears_of_the_other(post: Post, sink: Sink) -> None:
    await parcels(post, 1, 2)
    await held_up(post, 1)
    await held_up(post, 2)
    await post.turn()
    await post.pool.execute("INSERT INTO message_stop VALUES ('sf:SF2', $1)", post.now)
    post.now += GATHER
    await post.turn()
    (mail,) = sink.mails
    assert "SF1" in text(mail) and "SF2" not in text(mail)
    assert ("suppressed", "stopped") in await post.rows()


async def test_a_date_that_moved_is_one_correction_for_all(post: Post, sink: Sink, receiver: Receiver) -> None:
    await parcels(post, 1, 2)
    for n in (1, 2):
        await held_up(post, n)
    await post.turn()
    post.now += GATHER
    await post.turn()
    post.now += timedelta(hours=24)
    for n in (1, 2):
        await held_up(post, n, "jam_lasts", before=(post.now + timedelta(days=1)).isoformat(), still="jammed")
    await post.turn()
    post.now += GATHER
    await post.turn()
    assert [mail["Subject"] for mail in sink.mails] == [
        "2 of your parcels are held up: now expected by Wed 25 Nov",
        "2 of your parcels need longer: now expected by Thu 26 Nov",
    ]
    # What is said of the second parcel later follows the message that told of both.
    await post.notice("c2", "corrected", "sf:SF2", "e2", kind="jammed")
    await post.turn()
    assert "correction" in sink.mails[-1]["Subject"] and len(sink.mails) == 3


async def test_a_date_that_moved_before_anybody_was_told_is_the_date_that_is_told(
    post: Post, sink: Sink, receiver: Receiver
) -> None:
    await post.parcel("sf:SF1", language="en", shop=True)
    await held_up(post, 1)
    await post.route()
    await post.pool.execute("UPDATE delivery SET next_at = next_at + interval '1 day'")
    post.now += timedelta(hours=24)
    await held_up(post, 1, "jam_lasts", still="jammed")
    await post.turn()
    post.now += GATHER
    await post.turn()
    (mail,) = sink.mails
    assert mail["Subject"].startswith("Your parcel is held up: now expected Wed 25 Nov")
    assert [event["type"] for event in receiver.events] == ["parcel.jammed"]


async def test_other_news_of_a_parcel_takes_its_jam_along(post: Post, sink: Sink) -> None:
    await parcels(post, 1, 2)
    await held_up(post, 1)
    await post.notice("d1", "damage_reported", "sf:SF1", "d1", kind="damage_reported")
    await held_up(post, 2)
    await post.turn()
    (mail,) = sink.mails
    assert "damage" in mail["Subject"] and "piling up" in text(mail)
    post.now += AGAIN + GATHER
    await post.turn()
    assert len(sink.mails) == 2 and "SF2" in text(sink.mails[1])


async def test_by_night_it_waits_for_the_morning_and_still_takes_others_in(post: Post, sink: Sink) -> None:
    post.now += timedelta(hours=14)
    await parcels(post, 1, 2)
    await held_up(post, 1)
    await post.turn()
    post.now += timedelta(hours=5)
    await held_up(post, 2)
    await post.turn()
    assert sink.mails == []
    await post.exception("e1", "open")
    post.now += timedelta(hours=3, minutes=16)
    await post.turn()
    (mail,) = sink.mails
    assert mail["Subject"].startswith("2 of your parcels")


async def test_what_the_jam_took_the_place_of_is_not_told_beside_it(post: Post, sink: Sink) -> None:
    await parcels(post, 1, 2)
    for n in (1, 2):
        await post.notice(f"stalled-{n}", "stalled", f"sf:SF{n}", f"s{n}", kind="stalled")
        await post.exception(f"s{n}", "cleared", f"sf:SF{n}")
        await held_up(post, n)
    await post.pool.execute("UPDATE exception SET close_reason = 'superseded by jammed'")
    await post.turn()
    post.now += GATHER
    await post.turn()
    (mail,) = sink.mails
    assert mail["Subject"].startswith("2 of your parcels are held up")
    assert await post.rows("reason", "state = 'suppressed'") == [("overtaken",), ("overtaken",)]
