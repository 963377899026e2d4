"""The page of figures in a real Chromium: what was right and what was missed, chances, the room's clocks."""

from __future__ import annotations

from pathlib import Path

import kpi_world
import pytest
from axe_playwright_python.async_playwright import Axe
from board_world import BoardWorld, Site
from playwright.async_api import Browser, expect
from test_board import CHROMIUM, RULES, signed_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.chromium,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium: apt-get install chromium"),
]


async def test_figures_by_keyboard_and_by_hand(board_browser: Browser, room: Site, board_world: BoardWorld) -> None:
    await kpi_world.fill(board_world)
    async with signed_in(board_browser, room) as page:
        await page.keyboard.press("4")
        await expect(page).to_have_url(f"{room.url}/?page=kpi")
        await expect(page).to_have_title("How right we are · Waywarden")
        aims = page.locator("ul.aims li")
        await expect(aims.filter(has_text="Early warnings right")).to_contain_text("90.6%")
        await expect(aims.filter(has_text="Early warnings right")).to_contain_text("Reached")
        await expect(aims.filter(has_text="Delivered on time")).to_contain_text("Not reached")
        early = page.get_by_role("row").filter(has_text="Likely late").first
        await expect(early).to_contain_text("164 of 181")
        await expect(early).to_contain_text("164 of 202")
        await expect(page.get_by_role("row").filter(has_text="Attempt failed")).to_contain_text("2 taken back")
        # By carrier, and one carrier alone.
        await early.get_by_role("button").press("Enter")
        await expect(page.locator("tr.of")).to_have_count(4)
        await page.get_by_label("Carrier").select_option("jd")
        await expect(page.locator("tr.of")).to_have_count(1)
        await page.get_by_label("Carrier").select_option("")
        await expect(page.get_by_role("img", name="Chance given against share")).to_be_visible()
        await expect(page.get_by_role("img", name="Chance given").locator("circle")).to_have_count(10)
        await expect(page.get_by_role("row").filter(has_text="First answer")).to_contain_text("of 40")
        await page.get_by_role("button", name="90 days").click()
        await expect(page.locator("ul.mistakes li")).to_have_count(20)
        await page.keyboard.press("1")
        await expect(page.get_by_role("grid")).to_be_visible()


async def test_a_mistake_opens_its_parcel(board_browser: Browser, room: Site, board_world: BoardWorld) -> None:
    await board_world.exception("late", waybill="SF123000123000")
    await board_world.pool.execute(
        "INSERT INTO verdict (verdict_id, parcel_id, carrier, kind, verdict, why, at, opened_at, found)"
        " VALUES ('v', 'sf:SF123000123000', 'sf', 'late', 'wrong', 'retracted', $1, $1, false)",
        board_world.ago(3),
    )
    async with signed_in(board_browser, room, "/?page=kpi") as page:
        await expect(page.get_by_text("a late scan showed that it never was")).to_be_visible()
        await page.get_by_role("button", name="Open parcel SF123000123000").click()
        await expect(page.get_by_role("region", name="Parcel")).to_be_visible()


async def test_before_anything_was_counted(board_browser: Browser, room: Site, board_world: BoardWorld) -> None:
    async with signed_in(board_browser, room, "/?page=kpi") as page:
        await expect(page.get_by_text("No exceptions and no verdicts in this period.")).to_be_visible()
        await expect(page.get_by_text("No chance was given yet")).to_be_visible()
        await expect(page.locator("ul.aims li").filter(has_text="nothing counted yet")).to_have_count(5)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
async def test_it_reads_well_everywhere(
    board_browser: Browser, room: Site, board_world: BoardWorld, tmp_path: Path, width: int, height: int, theme: str,
    language: str,
) -> None:  # fmt: skip
    await kpi_world.fill(board_world)
    async with signed_in(
        board_browser, room, "/?page=kpi", width=width, height=height, theme=theme, language=language
    ) as page:
        await page.locator("button.kind").first.click()
        await expect(page.locator("tr.of").first).to_be_visible()
        found = await Axe().run(page, options=RULES)
        assert not found.response["violations"], found.generate_report()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.evaluate("document.querySelector('section.page').scrollWidth <= innerWidth")
        await page.set_viewport_size({"width": width, "height": 2400})
        await page.screenshot(path=tmp_path / f"kpi-{language}-{theme}-{width}.png")
