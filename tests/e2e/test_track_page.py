"""The consumer's page in a real Chromium: readable, reachable by everybody, without scripts, light and dark."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from aiohttp import web
from api_world import NOW, World
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from api.track.wording import CATALOGUES

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.chromium,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium: apt-get install chromium"),
]
ARGS = [
    "--headless", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-gpu",
]  # fmt: skip
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
DAY = timedelta(days=1)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        yield opened
        await opened.close()


@pytest.fixture
def world(pool: asyncpg.Pool) -> World:
    return World(pool)


@pytest.fixture
async def site(world: World) -> AsyncIterator[str]:
    runner = web.AppRunner(world.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()
    # One more turn of the loop: sockets that were told to close do so in the next one.
    await asyncio.sleep(0)


async def parcels(world: World) -> dict[str, str]:
    """Give one parcel of each look of the page."""
    late = await world.parcel("SF1", promised_at=NOW - DAY, expected_at=NOW + 2 * DAY, language="zh-CN", order="TM-1",
                              contact={"email": "mei@example.org"}, service="standard")  # fmt: skip
    for n in range(9):
        await world.scan(
            late, "in_transit", (9 - n) * DAY / 2, f"快件到达【集散中心 {n}】", place="成都", detail="arrived"
        )
    case_id = await world.case(late, "delay", state="waiting", waiting_on="consumer")
    await world.exception(late, "stalled", 3, case_id=case_id, limit_s=136800)
    await world.message(late, "您的包裹会晚两天到", "您好：\n\n新的预计送达是周五。")
    done = await world.parcel("SF2", milestone="delivered", language="en")
    await world.scan(done, "picked_up", 2 * DAY, place="Shenzhen")
    await world.scan(done, "delivered", DAY, "Left at front desk", place="Chengdu", signer="front_desk")
    await world.case(done, "delay", state="resolved", resolution="Arrived after all.")
    failed = await world.parcel("SF3", milestone="attempt_failed", language="zh-TW")
    await world.scan(failed, "attempt_failed", DAY, "無人在家", place="台北", detail="absent")
    await world.exception(failed, "attempt_failed", 2)
    empty = await world.parcel("SF4", milestone="pending", language="en")
    return {"late": late, "done": done, "failed": failed, "empty": empty}


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
async def test_everybody_can_use_it(world: World, site: str, browser: Browser, width: int, scheme: str) -> None:
    links = {name: world.links.token(parcel_id) for name, parcel_id in (await parcels(world)).items()}
    links["missing"] = "m" * 32
    links["stop"] = f"{links['late']}/stop"
    context = await browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = await context.new_page()
    outside: list[str] = []
    page.on("request", lambda request: None if request.url.startswith((site, "data:")) else outside.append(request.url))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    for name, token in links.items():
        for language in ("zh-CN", "zh-TW", "en"):
            answer = await page.goto(f"{site}/t/{token}?lang={language}")
            assert answer is not None and len(await answer.body()) < 50_000
            # What is folded away must be fit to use as well.
            await page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            results = await Axe().run(page, options=RULES)
            assert len(results.response["passes"]) > 10, "axe looked at nothing"
            assert results.violations_count == 0, f"{name} {language}: {results.generate_report()}"
            assert await fits(page), f"{name} {language} {width}: wider than the screen"
            assert await page.evaluate("document.querySelector('h1').innerText.trim().length > 3")
    assert outside == []
    assert [text for text in complaints if "404" not in text] == []
    await context.close()


LINES = """texts => {
  const h1 = document.querySelector('h1'), bad = [];
  for (const text of texts) {
    h1.replaceChildren();
    text.split('|').forEach((piece, n) => { if (n) h1.append(document.createElement('wbr')); h1.append(piece); });
    const lines = new Map(), range = document.createRange();
    for (const node of h1.childNodes) for (let n = 0; n < (node.data || '').length; n++) {
      range.setStart(node, n); range.setEnd(node, n + 1);
      const top = Math.round(range.getBoundingClientRect().top);
      lines.set(top, (lines.get(top) || '') + node.data[n]);
    }
    const said = [...lines.values()];
    // A line that begins with a stop, or a word broken where the catalogue has no break.
    if (said.some(line => /^[，。？：]/.test(line) || line.length < 3)) bad.push(said.join(' / '));
    const breaks = line => /[，。？：]$/.test(line) || text.includes(line.slice(-1) + '|');
    if (!said.slice(0, -1).every(breaks)) bad.push(said.join(' / '));
  }
  return bad;
}"""


async def test_no_headline_breaks_inside_a_word(world: World, site: str, browser: Browser) -> None:
    token = world.links.token((await parcels(world))["late"])
    for width in (320, 360, 390):
        context = await browser.new_context(viewport={"width": width, "height": 800})
        page = await context.new_page()
        for language in ("zh-CN", "zh-TW"):
            await page.goto(f"{site}/t/{token}?lang={language}")
            words = CATALOGUES[language]
            headlines = [words(key) for key in words.keys() if "headline" in key]
            assert await page.evaluate(LINES, headlines) == [], f"{language} {width}"
        await context.close()


async def test_a_report_without_scripts_and_by_keyboard(world: World, site: str, browser: Browser) -> None:
    parcel_id = (await parcels(world))["done"]
    context = await browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{site}/t/{world.links.token(parcel_id)}")
    summary = page.locator("summary", has_text="I do not have it")
    await summary.focus()
    await page.keyboard.press("Enter")
    note = page.get_by_label("Anything we should know?").and_(page.locator(":visible"))
    await note.fill("Not at the front desk either.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**?sent=not_received")
    assert "We have your report" in await page.get_by_role("status").inner_text()
    assert "17:45" in await page.get_by_role("status").inner_text()
    await page.reload()
    assert len(world.log.events) == 1
    assert await page.locator("summary", has_text="I do not have it").count() == 0
    await page.get_by_role("link", name="简体中文").click()
    assert "您的包裹已签收" in await page.locator("h1").inner_text()
    await context.close()


async def test_large_text_and_narrow_windows_hold_together(world: World, site: str, browser: Browser) -> None:
    token = world.links.token((await parcels(world))["late"])
    context = await browser.new_context(viewport={"width": 320, "height": 600})
    page = await context.new_page()
    for language in ("zh-CN", "en"):
        await page.goto(f"{site}/t/{token}?lang={language}")
        assert await fits(page)
        await page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        # WCAG 1.4.12: people set their own spacing.
        await page.evaluate(
            "document.querySelectorAll('*').forEach(e => { e.style.lineHeight = '1.5'; e.style.letterSpacing = '.12em';"
            " e.style.wordSpacing = '.16em' })"
        )
        assert await fits(page)
    await context.close()
