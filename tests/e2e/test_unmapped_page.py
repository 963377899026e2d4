"""The page of unmapped codes in a real Chromium: listed, mapped by hand and by keyboard, stored scans read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from board_world import BoardWorld, Site
from playwright.async_api import Browser, Page, expect
from test_board import CHROMIUM, RULES, signed_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.chromium,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium: apt-get install chromium"),
]
TEXT = "快件在【杭州转运中心】 zz 12 号 qq"


@pytest.fixture
async def odd_world(board_world: BoardWorld) -> BoardWorld:
    await board_world.unread("X77", TEXT, 5)
    await board_world.unread("X77", "qq zz", 2)
    await board_world.unread("X78", None, 3)
    await board_world.unread(None, "Held zz at depot 17, call 13812345678", 4, "dhl", "dhl")
    return board_world


def row(page: Page, what: str) -> Any:
    return page.locator("section.page li").filter(has_text=what)


async def test_a_code_is_mapped_and_stored_scans_follow(
    board_browser: Browser, room: Site, odd_world: BoardWorld
) -> None:
    pool = odd_world.pool
    async with signed_in(board_browser, room) as page:
        await page.get_by_role("button", name="Unmapped", exact=True).click()
        await expect(page).to_have_url(f"{room.url}/?page=unmapped")
        await expect(page.get_by_text("14 scans that nobody can read")).to_be_visible()
        rows = page.locator("section.page li")
        await expect(rows).to_have_count(3)
        await expect(rows.nth(0)).to_contain_text("X77")
        await expect(rows.nth(0)).to_contain_text("2 different texts")
        await expect(row(page, "Held zz at depot")).to_contain_text("call 0")
        # Filtered, and back.
        await page.get_by_label("Code or text").fill("depot")
        await expect(rows).to_have_count(1)
        await page.get_by_label("Code or text").fill("")
        await page.get_by_label("Format", exact=True).select_option("kuaidi100")
        await expect(rows).to_have_count(2)
        # Nothing is mapped without a milestone.
        await row(page, "X77").get_by_role("button", name="Map X77").click()
        form = page.get_by_role("form", name="What does it mean?")
        await form.get_by_role("button", name="Map it").click()
        await expect(form).to_contain_text("Choose a milestone.")
        await form.get_by_label("Milestone").select_option("exception")
        await form.get_by_label("Detail").select_option("damaged")
        await form.get_by_label("Caused by").select_option("carrier")
        await form.get_by_label("Why (for colleagues)").fill("asked the hub")
        await form.get_by_role("button", name="Map it").click()
        await page.get_by_role("button", name="Read stored scans again").click()
        await expect(page.get_by_text("7 stored scans re-read, 7 parcels.")).to_be_visible()
        stored = await pool.fetchrow(
            "SELECT source, carrier, code, text, milestone, detail, culprit, note FROM mapping"
        )
        assert tuple(stored or ()) == (
            "kuaidi100", None, "X77", None, "exception", "damaged", "carrier", "asked the hub",
        )  # fmt: skip
        # No broker and no worker here: the events wait in the inbox.
        assert await pool.fetchval("SELECT count(*) FROM inbox") == 7
        await page.get_by_role("button", name="Done").click()

        await page.get_by_role("button", name="Mappings").click()
        mine = row(page, "X77")
        await expect(mine).to_contain_text("Exception · Damaged · Carrier")
        await expect(mine).to_contain_text("林静")
        await mine.get_by_role("button", name="Take back").click()
        await expect(mine).to_contain_text("New scans are read without it.")
        assert await pool.fetchval("SELECT count(*) FROM mapping WHERE retired_at IS NULL") == 0


async def test_everything_can_be_done_by_keyboard(board_browser: Browser, room: Site, odd_world: BoardWorld) -> None:
    async with signed_in(board_browser, room) as page:
        await page.keyboard.press("3")
        await expect(page.locator("section.page li")).to_have_count(3)
        await page.locator(".page button.opener").first.focus()
        await page.keyboard.press("j")
        await page.keyboard.press("k")
        await page.keyboard.press("Enter")
        form = page.get_by_role("form", name="What does it mean?")
        await expect(form.get_by_label("Milestone")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(form).to_have_count(0)
        await expect(page.locator(".page button.opener").first).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.type("Customs")
        await page.keyboard.press("Enter")
        await expect(form.get_by_label("Milestone")).to_have_value("customs")
        # The text alone, for this carrier only.
        await form.get_by_text("This text alone").first.click()
        await form.get_by_text("only").click()
        await form.get_by_label("Why (for colleagues)").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Read stored scans again")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("5 stored scans re-read")).to_be_visible()
        await expect(page.get_by_role("button", name="Done")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator(".page button.opener").first).to_be_focused()
        await page.keyboard.press("1")
        await expect(page.get_by_role("grid")).to_be_visible()
    stored = await odd_world.pool.fetchrow("SELECT carrier, code, text FROM mapping")
    assert tuple(stored or ()) == ("zto", "X77", "快件在【】 zz 0 号 qq")


async def test_an_agent_reads_and_does_not_map(board_browser: Browser, room: Site, odd_world: BoardWorld) -> None:
    await odd_world.staff("agent@waywarden.example", "小陈", "en")
    await odd_world.pool.execute("UPDATE staff SET role = 'agent' WHERE email LIKE 'agent@%'")
    async with signed_in(board_browser, room, "/?page=unmapped", email="agent@waywarden.example") as page:
        await expect(page.get_by_text("Supervisors map codes.")).to_be_visible()
        await expect(page.locator(".page button.opener").first).to_be_disabled()
        await page.locator("button.parcel").first.click()
        await expect(page.get_by_role("region", name="Parcel")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
async def test_it_reads_well_everywhere(
    board_browser: Browser, room: Site, odd_world: BoardWorld, tmp_path: Path, width: int, height: int, theme: str,
    language: str,
) -> None:  # fmt: skip
    async with signed_in(
        board_browser, room, "/?page=unmapped", width=width, height=height, theme=theme, language=language
    ) as page:
        await page.locator(".page button.opener").first.click()
        await expect(page.locator("form input[type=radio]")).to_have_count(5)
        found = await Axe().run(page, options=RULES)
        assert not found.response["violations"], found.generate_report()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.evaluate("document.querySelector('section.page').scrollWidth <= innerWidth")
        await page.screenshot(path=tmp_path / f"unmapped-{language}-{theme}-{width}.png")
