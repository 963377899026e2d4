"""The control-room board: the files that `web/` is built into, and what the board must know before it starts.

Invariant: serves nothing outside the board's folder; hashed files may be kept for ever, the page itself never.
May import: aiohttp.web, api, carriers.
"""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path

from aiohttp import web
from pydantic import BaseModel

from api.problems import Problem
from api.routes import Auth, Call, route
from carriers.names import CARRIERS, LANGUAGES

_BUILT = Path(__file__).resolve().parent.parent / "web" / "dist"
_HASHED = re.compile(r".*[-.][A-Za-z0-9_-]{8,}\.\w+")
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}

_NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Waywarden: the board is not built</title><link rel="icon" href="data:,"><style>
:root{color-scheme:light dark}body{font:1rem/1.6 system-ui,"Noto Sans CJK SC",sans-serif;max-width:40rem;
margin:10vh auto;padding:0 1.25rem}h1{font-size:1.5rem}code{background:#8883;padding:.1em .4em;border-radius:.3em}
</style></head><body>
<main><h1>The board is not built yet.</h1><p>Run <code>make board</code> in the checkout, then reload this page.
The API is running: see <a href="/docs">its reference</a>.</p>
<p lang="zh-CN">控制台尚未构建。请在代码目录运行 <code>make board</code>，然后刷新本页。</p>
<p lang="zh-TW">控制台尚未建置。請在程式碼目錄執行 <code>make board</code>，然後重新整理本頁。</p></main></body></html>
"""


class Config(BaseModel):
    """What the board needs to know. The live address comes with the ticket."""

    version: str
    languages: list[str]
    carriers: dict[str, dict[str, str]]
    bulk_limit: int
    public_url: str


@route("GET", "/v1/config", auth=Auth.PUBLIC, summary="What the board needs to know", answers={200: Config})
async def config(call: Call[None, None]) -> Config:
    """Give version, languages, carriers' names and limits."""
    from api.app import VERSION
    from api.case_actions import BULK

    return Config(
        version=VERSION,
        languages=list(LANGUAGES),
        carriers={slug: carrier.names for slug, carrier in CARRIERS.items()},
        bulk_limit=BULK,
        public_url=call.services.settings.public_url,
    )


def _folder(call: Call[None, None]) -> Path:
    return (call.services.settings.board_dir or _BUILT).resolve()


def _file(path: Path, cache: str) -> web.FileResponse:
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    return web.FileResponse(path, headers={"Cache-Control": cache, "Content-Type": kind})


@route("GET", "/", auth=Auth.PUBLIC, summary="The control-room board", answers={200: "text/html"}, hidden=True)
async def index(call: Call[None, None]) -> web.StreamResponse:
    """Give the board's page, or say how to build it."""
    page = _folder(call) / "index.html"
    if not page.is_file():
        return web.Response(
            text=_NOT_BUILT, status=503, content_type="text/html", headers={"Cache-Control": "no-store"}
        )
    return _file(page, "no-cache")


@route("GET", "/assets/{path:.*}", auth=Auth.PUBLIC, summary="A file of the board", answers={200: None}, hidden=True)
async def asset(call: Call[None, None]) -> web.StreamResponse:
    """Give a file that the build named after its content."""
    return _within(call, f"assets/{call.path('path')}")


@route(
    "GET",
    "/{path:[A-Za-z0-9_-]+[.][a-z0-9]+}",
    auth=Auth.PUBLIC,
    summary="A file of the board",
    answers={200: None},
    hidden=True,
)
async def plain_file(call: Call[None, None]) -> web.StreamResponse:
    """Give a file that keeps its name: the icon, what runs before the board."""
    return _within(call, call.path("path"))


def _within(call: Call[None, None], path: str) -> web.FileResponse:
    folder = _folder(call)
    wanted = (folder / path).resolve() if "\0" not in path else folder
    if not wanted.is_relative_to(folder) or not wanted.is_file():
        raise Problem(404, "no-such-page", "There is nothing at this address.")
    hashed = path.startswith("assets/") and _HASHED.fullmatch(wanted.name)
    return _file(wanted, "public, max-age=31536000, immutable" if hashed else "no-cache")


ROUTES = (config, index, asset, plain_file)
