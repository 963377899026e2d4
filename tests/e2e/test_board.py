"""The control-room board in a real Chromium, against the real api and live gateway on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from board_world import EMAIL, PASSWORD, BoardWorld, Site
from playwright.async_api import Browser, Page, expect

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.chromium,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium: apt-get install chromium"),
]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@asynccontextmanager
async def signed_in(
    browser: Browser, site: Site, path: str = "/", *, width: int = 1440, height: int = 900, theme: str = "light",
    language: str | None = "en", email: str = EMAIL,
) -> AsyncIterator[Page]:  # fmt: skip
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )  # fmt: skip
    if language is not None:
        await context.add_init_script(f"localStorage['waywarden.prefs'] ??= JSON.stringify({{language: '{language}'}})")
    page = await context.new_page()
    foreign: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if not _own(request.url, site) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(site.url + path)
    await page.get_by_label(re.compile("E-mail|邮箱|電子郵件")).fill(email)
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("link")).to_have_class(re.compile("live"), timeout=15_000)
    yield page
    assert not foreign, "the board asks nobody but its own server"
    assert not errors
    await context.close()


def _own(url: str, site: Site) -> bool:
    return url.startswith((site.url, site.settings.live_url, "data:", "blob:"))


def row(page: Page, key: str) -> Any:
    return page.locator(f"[data-key='{key}']")


async def test_a_day_at_the_board(board_browser: Browser, room: Site, board_world: BoardWorld, tmp_path: Path) -> None:
    for _ in range(25):
        await board_world.exception()
    async with signed_in(board_browser, room) as page:
        assert await page.locator("[role=row][data-key]").count() > 10
        # Something new happens: it is there without a reload, and on top because it is the worst.
        key, case_id = await board_world.exception("loss_suspected", severity=4, waybill="SF777000777000", hours=500)
        await expect(row(page, key)).to_be_visible(timeout=5_000)
        await expect(row(page, key)).to_contain_text("No scan for")
        await expect(row(page, key)).to_contain_text("Critical")
        # Looked at, taken, solved.
        await row(page, key).click()
        sheet = page.get_by_role("region", name="Parcel")
        await expect(sheet.get_by_role("heading", name="SF777000777000")).to_be_visible()
        await expect(sheet).to_contain_text("limit 7 d")
        await expect(sheet).to_contain_text("您的包裹可能会晚到")
        await expect(sheet).to_contain_text("138******00")
        await page.screenshot(path=tmp_path / "panel.png")
        await sheet.get_by_role("button", name="Acknowledge").click()
        await expect(sheet.get_by_test_id("state")).to_have_text("Acknowledged")
        await sheet.get_by_role("button", name="Resolve", exact=True).click()
        await sheet.get_by_role("button", name="Resolve", exact=True).nth(1).click()
        await expect(sheet).to_contain_text("Write something here.")
        await sheet.get_by_label("How was it resolved?").fill("Found at the hub.")
        await sheet.get_by_role("button", name="Resolve", exact=True).nth(1).click()
        await expect(sheet.get_by_test_id("state")).to_have_text("Resolved")
        await expect(sheet).to_contain_text("Found at the hub.")
        stored = await board_world.pool.fetchrow("SELECT state, resolution FROM cases WHERE case_id = $1", case_id)
        assert dict(stored or {}) == {"state": "resolved", "resolution": "Found at the hub."}
        # It is over by itself: the row goes.
        await board_world.clear(key)
        await expect(row(page, key)).to_have_count(0, timeout=10_000)


async def test_a_colleague_was_faster(board_browser: Browser, room: Site, board_world: BoardWorld) -> None:
    await board_world.staff("chen@waywarden.example", "陳怡君", "zh-TW")
    _, case_id = await board_world.exception("damage_reported", hours=1, case_state="open")
    async with (
        signed_in(board_browser, room, f"/?case={case_id}") as mine,
        signed_in(board_browser, room, f"/?case={case_id}", email="chen@waywarden.example") as hers,
    ):
        for page in (mine, hers):
            await expect(page.get_by_test_id("state")).to_have_text("Open")
        await mine.get_by_role("button", name="Note", exact=True).click()
        await mine.get_by_label("Note for colleagues").fill("I called the hub.")
        # Mine is cut off from the news, so it acts on what it saw.
        await room.stop_live()
        await hers.get_by_test_id("case").get_by_role("button", name="Acknowledge").click()
        await expect(hers.get_by_test_id("state")).to_have_text("Acknowledged")
        await mine.get_by_role("button", name="Save").click()
        await expect(mine.get_by_role("alert").filter(has_text="A colleague changed this case")).to_be_visible()
        await expect(mine.get_by_test_id("state")).to_have_text("Acknowledged")
        await expect(mine.get_by_label("Note for colleagues")).to_have_value("I called the hub.")
        await mine.get_by_role("button", name="Save").click()
        await expect(mine.get_by_role("region", name="Parcel")).to_contain_text("I called the hub.")
        await expect(mine.get_by_role("region", name="Parcel")).to_contain_text("陳怡君")
        assert await board_world.pool.fetchval("SELECT count(*) FROM case_event WHERE type = 'CaseNoted'") == 1
        await room.start_live()


async def test_a_row_says_what_a_colleague_did(board_browser: Browser, room: Site, board_world: BoardWorld) -> None:
    _, case_id = await board_world.exception("damage_reported", hours=1, case_state="open")
    async with (
        signed_in(board_browser, room, "/?list=cases") as watching,
        signed_in(board_browser, room, "/?list=cases&state=open") as filtered,
        signed_in(board_browser, room, f"/?case={case_id}") as acting,
    ):
        await expect(row(watching, case_id)).to_contain_text("Open")
        await filtered.get_by_role("button", name="Pause").click()
        await acting.get_by_test_id("case").get_by_role("button", name="Acknowledge").click()
        await expect(row(watching, case_id)).to_contain_text("Acknowledged", timeout=5_000)
        # A list that is held still keeps the row, and says that it no longer belongs there.
        await expect(row(filtered, case_id)).to_contain_text("gone", timeout=5_000)


async def test_the_gateway_restarts_and_nothing_is_missed(
    board_browser: Browser, room: Site, board_world: BoardWorld
) -> None:
    going, _ = await board_world.exception("stalled", hours=30)
    async with signed_in(board_browser, room) as page:
        await expect(row(page, going)).to_be_visible()
        await room.stop_live()
        await expect(page.get_by_test_id("link")).to_have_class(re.compile("reconnecting"))
        await board_world.clear(going)
        coming, _ = await board_world.exception("late", hours=2)
        await expect(page.get_by_text("Connection lost.")).to_be_visible(timeout=10_000)
        await room.start_live()
        await expect(page.get_by_test_id("link")).to_have_class(re.compile("live"), timeout=20_000)
        await expect(row(page, coming)).to_be_visible()
        await expect(row(page, going)).to_have_count(0)
        assert room.live is not None
        answered = room.live.gateway.metrics.resumed.labels("recovered")._value.get()
        assert answered == 1, "resumed by what changed, not by loading everything again"


async def test_by_keyboard_only(board_browser: Browser, room: Site, board_world: BoardWorld) -> None:
    for number in range(12):
        await board_world.exception("stalled", severity=3, hours=100 - number, case_state="open")
    async with signed_in(board_browser, room, "/?list=cases") as page:
        for _ in range(3):
            await page.keyboard.press("j")
        await page.keyboard.press("k")
        grid = page.get_by_role("grid")
        await expect(grid).to_be_focused()
        active = await grid.get_attribute("aria-activedescendant")
        second = await page.locator("[role=row][aria-rowindex='3']").get_attribute("id")
        assert active == second
        await page.keyboard.press("e")
        await expect(page.get_by_text("Acknowledged.", exact=True)).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("region", name="Parcel")).to_be_focused()
        await page.keyboard.press("r")
        await expect(page.get_by_label("How was it resolved?")).to_be_focused()
        await page.keyboard.type("Delivered: je x a e")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_test_id("state")).to_have_text("Resolved")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("region", name="Parcel")).to_have_count(0)
        await expect(grid).to_be_focused()
        # Several at once, when what was resolved is off the list (its header is a row too).
        await expect(grid.get_by_role("row")).to_have_count(12)
        await page.keyboard.press("Home")
        await page.keyboard.press("x")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("x")
        await expect(page.get_by_role("toolbar")).to_contain_text("2 selected")
        await page.keyboard.press("a")
        await expect(page.get_by_text("2 cases changed.")).to_be_visible()
        await page.keyboard.press("/")
        await page.keyboard.type("no such thing")
        await expect(page.get_by_text("No row fits these filters.")).to_be_visible()
        assert "q=no+such+thing" in page.url
        await page.keyboard.press("Escape")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
        await page.keyboard.press("Escape")
        # Single keys can be switched off.
        await page.get_by_role("button", name="Settings").click()
        await page.get_by_role("button", name="Off").click()
        await page.keyboard.press("Escape")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_rows_keep_still_while_paused(board_browser: Browser, room: Site, board_world: BoardWorld) -> None:
    first, _ = await board_world.exception("stalled", severity=2, hours=30)
    async with signed_in(board_browser, room) as page:
        await expect(row(page, first)).to_be_visible()
        await page.get_by_role("button", name="Pause").click()
        worse, _ = await board_world.exception("loss_reported", severity=4, hours=1)
        await expect(page.get_by_role("button", name="1 change waiting")).to_be_visible()
        await expect(row(page, worse)).to_have_count(0)
        await expect(row(page, first)).to_have_attribute("aria-rowindex", "2")
        await page.get_by_role("button", name="Resume").click()
        await expect(row(page, worse)).to_have_attribute("aria-rowindex", "2")


async def test_contact_is_masked_until_somebody_says_why(
    board_browser: Browser, room: Site, board_world: BoardWorld
) -> None:
    _, case_id = await board_world.exception("not_received", hours=3)
    async with signed_in(board_browser, room, f"/?case={case_id}") as page:
        await expect(page.get_by_text("138******00")).to_be_visible()
        assert "13800138000" not in await page.content()
        await page.get_by_role("button", name="Show Phone in full").click()
        await page.get_by_label("Why do you need it?").fill("Call back about the delivery")
        await page.get_by_role("button", name="Show and log").click()
        await expect(page.get_by_text("13800138000")).to_be_visible()
    assert await board_world.pool.fetchval("SELECT reason FROM reveal") == "Call back about the delivery"


async def test_a_parcel_without_a_case_is_found_and_gets_one(
    board_browser: Browser, room: Site, board_world: BoardWorld
) -> None:
    await board_world.exception("attempt_failed", case=False, waybill="SF123123123123", hours=1)
    async with signed_in(board_browser, room) as page:
        await page.get_by_role("button", name="Find a parcel").click()
        await page.get_by_label("Waybill or order number").fill("nothing such")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("No parcel with this number.")).to_be_visible()
        await page.get_by_label("Waybill or order number").fill("SF123123123123")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Open a case").click()
        await page.get_by_label("Reason").fill("The consumer asks when it comes.")
        await page.get_by_role("button", name="Open a case").click()
        await expect(page.get_by_test_id("state")).to_have_text("Open")
        assert "case=" in page.url


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_everybody_can_use_it(
    board_browser: Browser, room: Site, board_world: BoardWorld, theme: str, tmp_path: Path
) -> None:
    for _ in range(30):
        _, case_id = await board_world.exception()
    axe = Axe()

    async def check(page: Page, what: str) -> None:
        await page.screenshot(path=tmp_path / f"{what}-{theme}.png")
        found = await axe.run(page, options=RULES)
        problems = [
            (problem["id"], [node["target"] for node in problem["nodes"]][:4], problem["nodes"][0]["failureSummary"])
            for problem in found.response["violations"]
        ]
        assert not problems, (what, problems)

    context = await board_browser.new_context(color_scheme=theme)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(room.url)
    await page.get_by_role("button", name="Sign in").wait_for()
    await check(page, "sign-in")
    await context.close()
    views = [("/", 1440), ("/?list=cases&severity=4,3", 1440), (f"/?case={case_id}", 1440), (f"/?case={case_id}", 390)]
    async with signed_in(board_browser, room, theme=theme) as page:
        await page.get_by_role("button", name="Settings").click()
        await check(page, "settings")
        await page.keyboard.press("Escape")
        await page.keyboard.press("?")
        await check(page, "help")
        for number, (path, width) in enumerate([*views, ("/?list=cases", 390)]):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.goto(room.url + path)
            await page.locator("[role=row][data-key]").first.wait_for()
            if "case=" in path:
                await page.get_by_test_id("case").wait_for()
            await check(page, f"view-{number}")


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
async def test_narrow_and_in_every_language(
    board_browser: Browser, room: Site, board_world: BoardWorld, language: str, tmp_path: Path
) -> None:
    await board_world.exception("damage_reported", severity=4, hours=1)
    name = {"zh-CN": "破损", "zh-TW": "包裹破損", "en": "Damage reported"}[language]
    await board_world.pool.execute("UPDATE staff SET language = $1", language)
    async with signed_in(board_browser, room, width=390, height=844, language=None) as page:
        await expect(page.locator("[role=row][data-key]").first).to_contain_text(name)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        assert await page.evaluate("document.documentElement.lang") == language
        await page.locator("[role=row][data-key]").first.click()
        await page.get_by_test_id("case").wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await page.screenshot(path=tmp_path / f"narrow-{language}.png")


async def test_signing_out_ends_the_board(board_browser: Browser, room: Site, board_world: BoardWorld) -> None:
    await board_world.exception(hours=1)
    async with signed_in(board_browser, room) as page:
        await page.get_by_role("button", name="Settings").click()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        assert await board_world.pool.fetchval("SELECT count(*) FROM session") == 0
        async with asyncio.timeout(5):
            assert room.live is not None
            while room.live.gateway.clients:  # noqa: ASYNC110 - nobody announces that a socket went
                await asyncio.sleep(0.02)


async def test_an_account_without_a_language_follows_the_browser(
    board_browser: Browser, room: Site, board_world: BoardWorld
) -> None:
    await board_world.staff("sam@waywarden.example", "Sam", "")
    async with signed_in(board_browser, room, language=None, email="sam@waywarden.example") as page:
        await expect(page.get_by_role("button", name="Pause")).to_be_visible()
        assert await page.evaluate("document.documentElement.lang") == "en"
