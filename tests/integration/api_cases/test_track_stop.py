"""A consumer stops the messages about a parcel and has them again: by the page, by the mail, by one click."""

from __future__ import annotations

import re

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient
from api_world import World
from test_track_http import path, read

pytestmark = pytest.mark.integration


async def parcel(world: World, language: str = "en") -> str:
    return await world.parcel("SF777", language=language, contact={"email": "mei@example.org"})


async def stopped(world: World) -> int:
    return int(await world.pool.fetchval("SELECT count(*) FROM message_stop"))


def form_to(page: str, action: str) -> dict[str, str]:
    form = next(part for part in page.split("<form ")[1:] if f'/{action}"' in part.partition(">")[0])
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form.partition("</form>")[0]))


async def press(client: TestClient, world: World, parcel_id: str, action: str) -> str:
    """Press the page's own button and give the page that it leads to."""
    page = await read(client, path(world, parcel_id))
    where = f"{path(world, parcel_id)}/{action}"
    async with client.post(where, data=form_to(page, action), allow_redirects=False) as answer:
        assert answer.status == 303
        return await read(client, answer.headers["Location"])


async def test_the_page_stops_and_resumes(world: World, client: TestClient) -> None:
    parcel_id = await parcel(world)
    page = await press(client, world, parcel_id, "stop")
    assert await stopped(world) == 1
    assert "Messages are stopped." in page and "What you report here is still answered" in page
    assert "/resume" in page and '/stop"' not in page

    page = await press(client, world, parcel_id, "resume")
    assert await stopped(world) == 0
    assert "We write to you again" in page and '/stop"' in page
    # A bookmark of the confirmation says only what is true.
    await press(client, world, parcel_id, "stop")
    assert "We write to you again" not in await read(client, f"{path(world, parcel_id)}?done=resumed")


@pytest.mark.parametrize("multipart", [False, True])
async def test_one_click_needs_nothing_but_the_link(world: World, client: TestClient, multipart: bool) -> None:
    parcel_id = await parcel(world)
    for _ in range(2):  # mail programs repeat
        form = FormData({"List-Unsubscribe": "One-Click"}, default_to_multipart=multipart)
        async with client.post(f"{path(world, parcel_id)}/stop", data=form, allow_redirects=False) as answer:
            # RFC 8058: no redirect, no cookie.
            assert answer.status == 200 and "Set-Cookie" not in answer.headers
            assert "Messages are stopped." in await answer.text()
        assert await stopped(world) == 1


@pytest.mark.parametrize(
    ("language", "ask", "answered"),
    [
        ("zh-CN", "不再接收", "您在页面上反馈的问题"),
        ("zh-TW", "不再接收", "您在頁面上回報的問題"),
        ("en", "Stop", "is still answered"),
    ],
)
async def test_looking_changes_nothing(
    world: World, client: TestClient, language: str, ask: str, answered: str
) -> None:
    """Mail scanners open every link of a mail; only a pressed button stops."""
    parcel_id = await parcel(world, language)
    page = await read(client, f"{path(world, parcel_id)}/stop")
    assert ask in page and answered in page and "SF777" in page
    assert await stopped(world) == 0
    async with client.post(
        f"{path(world, parcel_id)}/stop", data=form_to(page, "stop"), allow_redirects=False
    ) as answer:
        assert answer.status == 303
    assert await stopped(world) == 1


async def test_a_wrong_link_stops_nothing(world: World, client: TestClient) -> None:
    await parcel(world)
    for action in ("stop", "resume"):
        async with client.post(f"/t/{'x' * 32}/{action}", data={"List-Unsubscribe": "One-Click"}) as answer:
            assert answer.status == 404
    assert await stopped(world) == 0


async def test_who_gets_no_mail_is_not_asked(world: World, client: TestClient) -> None:
    parcel_id = await world.parcel("SF777", contact={"phone": "13812345678"})
    assert '/stop"' not in await read(client, path(world, parcel_id))


async def test_one_address_stops_for_many(world: World, client: TestClient) -> None:
    """A mail provider sends the clicks of all its people from few addresses."""
    parcel_id = await parcel(world)
    for _ in range(150):
        async with client.post(f"{path(world, parcel_id)}/stop", data={"List-Unsubscribe": "One-Click"}) as answer:
            assert answer.status == 200


async def test_staff_see_that_messages_are_stopped(world: World, client: TestClient) -> None:
    parcel_id = await parcel(world)
    await press(client, world, parcel_id, "stop")
    _, headers = await world.staff()
    async with client.get(f"/v1/parcels/{parcel_id}", headers=headers) as answer:
        assert (await answer.json())["messages_stopped_at"] is not None
