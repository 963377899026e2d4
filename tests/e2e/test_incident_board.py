"""Incidents on the board: one row for many parcels, live, with what is under it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from board_world import BoardWorld, Site
from incident_rows import HUB
from playwright.async_api import Browser, Page, expect
from test_board import CHROMIUM, RULES, row, signed_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.chromium,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium: apt-get install chromium"),
]


async def test_a_jam_is_one_row_and_not_its_parcels(
    board_browser: Browser, room: Site, board_world: BoardWorld
) -> None:
    other, _ = await board_world.exception("damage_reported", hours=1)
    async with signed_in(board_browser, room) as page:
        strip = page.get_by_test_id("incidents")
        await expect(row(page, other)).to_be_visible()
        await expect(strip).to_have_count(0)
        # It opens, and is there without a reload.
        await board_world.incident("jam", parcels=1, total=1)
        await expect(strip).to_contain_text("Hub jam", timeout=5_000)
        under = await board_world.under("jam", 3, "delay")
        await board_world.incident("jam", parcels=412, total=415)
        jam = strip.locator("[data-incident=jam]")
        await expect(jam).to_contain_text("412 parcels under it")
        for words in (HUB, "3 of 412 parcels left in 1 h", "likely over by", "since"):
            await expect(jam).to_contain_text(words)
        await expect(strip).to_contain_text("412 parcels under incidents are not listed one by one.")
        assert await page.locator("[role=row][data-key]").count() == 1, "its parcels are not in the list"
        # Its panel names them; from a parcel the way leads back.
        await jam.click()
        sheet = page.get_by_role("region", name="Incident", exact=True)
        await expect(sheet.get_by_role("heading", name=re.compile(HUB))).to_be_visible()
        await expect(sheet.get_by_test_id("children").get_by_role("listitem")).to_have_count(3)
        await expect(sheet).to_contain_text("1 % of the usual")
        await expect(sheet).to_contain_text("Cases of its parcels (3)")
        assert "incident=jam" in page.url
        await sheet.get_by_test_id("children").get_by_role("button").first.click()
        parcel = page.get_by_role("region", name="Parcel", exact=True)
        await expect(parcel.get_by_test_id("under")).to_contain_text("Under this incident")
        await expect(parcel).to_contain_text("held up with others at 杭州转运中心")
        assert any(one in page.url for one in under)
        await parcel.get_by_test_id("under").click()
        await expect(sheet.get_by_test_id("children")).to_be_visible()
        # Over: the row stays while the backlog is worked off, then goes; the panel says so.
        await board_world.incident("jam", until=board_world.now, parcels=120, total=415)
        await expect(jam).to_contain_text("The backlog is being worked off.", timeout=5_000)
        await expect(jam).to_contain_text("over since")
        await board_world.incident("jam", until=board_world.now)
        await expect(strip).to_have_count(0, timeout=5_000)
        await expect(sheet).to_contain_text("Closed")
        await page.keyboard.press("Escape")
        await expect(sheet).to_have_count(0)


async def test_delay_cases_under_it_are_folded_and_can_be_seen(
    board_browser: Browser, room: Site, board_world: BoardWorld
) -> None:
    await board_world.incident("jam", parcels=3)
    await board_world.under("jam", 2, "delay")
    await board_world.under("jam", 1, "damage")
    _, free = await board_world.exception("late", hours=3, case_state="open")
    async with signed_in(board_browser, room, "/?list=cases") as page:
        rows = page.locator("[role=row][data-key]")
        await expect(rows).to_have_count(2)
        await expect(row(page, free)).to_be_visible()
        strip = page.get_by_test_id("incidents")
        await expect(strip).to_contain_text("2 delay cases under incidents are folded away.")
        await strip.get_by_role("button", name="Show them").click()
        await expect(rows).to_have_count(4)
        assert "unfold=1" in page.url
        await strip.get_by_role("button", name="Fold cases under incidents").click()
        await expect(rows).to_have_count(2)
        # When it is over they are cases like any other.
        await board_world.incident("jam", until=board_world.now)
        await expect(rows).to_have_count(4, timeout=10_000)


async def test_by_keyboard_and_over_a_restart(board_browser: Browser, room: Site, board_world: BoardWorld) -> None:
    await board_world.incident("jam", parcels=412)
    await board_world.incident("silent", "feed_silent", carrier="zto", hours=1, parcels=1980)
    for n in range(4):
        await board_world.incident(f"lane{n}", "lane_degraded", facility="杭州", facility_to=f"站{n}", hours=9)
    async with signed_in(board_browser, room) as page:
        strip = page.get_by_test_id("incidents")
        await expect(strip.get_by_role("listitem")).to_have_count(3)
        await strip.get_by_role("button", name="Show all 6").click()
        await expect(strip.get_by_role("listitem")).to_have_count(6)
        await expect(strip).to_contain_text("1,980 parcels wait for news")
        await expect(strip).to_contain_text("takes 41 h, usually 14 h")
        await page.keyboard.press("i")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("region", name="Incident", exact=True)).to_be_focused()
        await page.keyboard.press("Escape")
        await room.stop_live()
        await board_world.incident("jam", until=board_world.now)
        await room.start_live()
        await expect(strip.locator("[data-incident=jam]")).to_have_count(0, timeout=20_000)
        await expect(strip.get_by_role("listitem")).to_have_count(5)


async def test_its_parcels_come_in_pages(board_browser: Browser, room: Site, board_world: BoardWorld) -> None:
    await board_world.incident("jam", parcels=55)
    await board_world.under("jam", 55)
    async with signed_in(board_browser, room, "/?incident=jam") as page:
        sheet = page.get_by_role("region", name="Incident", exact=True)
        children = sheet.get_by_test_id("children").get_by_role("listitem")
        await expect(children).to_have_count(50)
        await sheet.get_by_role("button", name="Show more parcels").click()
        await expect(children).to_have_count(55)
        # Whoever reads further down is not thrown back by what comes.
        await board_world.under("jam", 1)
        await board_world.incident("jam", parcels=56)
        await expect(sheet).to_contain_text("Others have come or gone.")
        await expect(children).to_have_count(55)
        await sheet.get_by_role("button", name="Refresh").click()
        await expect(children).to_have_count(50)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
async def test_everybody_can_read_it(
    board_browser: Browser, room: Site, board_world: BoardWorld, theme: str, language: str, tmp_path: Path
) -> None:
    for _ in range(12):
        await board_world.exception()
    await board_world.incident("jam", parcels=4120, total=4300)
    await board_world.under("jam", 8, "delay")
    await board_world.incident(
        "lane", "lane_degraded", facility="杭州转运中心", facility_to="成都转运中心", hours=30, parcels=58
    )
    await board_world.incident("silent", "feed_silent", carrier="fedex", hours=0.7, parcels=1980)
    await board_world.incident("slow", "feed_late", carrier="usps", hours=5, parcels=77)
    (parcel_id,) = await board_world.under("jam", 1)
    axe = Axe()

    async def check(page: Page, what: str) -> None:
        await page.screenshot(path=tmp_path / f"{what}.png")
        assert await page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
        found = await axe.run(page, options=RULES)
        problems = [
            (problem["id"], [node["target"] for node in problem["nodes"]][:4], problem["nodes"][0]["failureSummary"])
            for problem in found.response["violations"]
        ]
        assert not problems, (what, problems)

    async with signed_in(board_browser, room, theme=theme, language=language) as page:
        for width in (1440, 390):
            await page.set_viewport_size({"width": width, "height": 900})
            for name, path in (
                ("list", "/"),
                ("cases", "/?list=cases"),
                ("panel", "/?incident=jam"),
                ("feed", "/?incident=silent"),
                ("parcel", f"/?parcel={parcel_id}"),
            ):
                await page.goto(room.url + path)
                await page.get_by_test_id("incidents").wait_for()
                if name == "panel":
                    await page.get_by_test_id("children").locator("li").first.wait_for()
                if name == "parcel":
                    await page.get_by_test_id("under").wait_for()
                await check(page, f"{name}-{width}")
