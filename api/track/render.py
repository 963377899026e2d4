"""Turns a page into HTML, with the headers that keep it private.

Invariant: autoescape is on, a missing value is an error, nothing is loaded from anywhere: one style sheet, inline,
allowed by its hash. May import: aiohttp.web, jinja2, api.track.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api.track.wording import CATALOGUES, LANGUAGES

_FOLDER = Path(__file__).parent / "templates"
_CSS = re.sub(r"\n+", "", (_FOLDER / "style.css").read_text(encoding="utf-8"))
_HASH = b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()

_environment = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def phrases(text: str) -> Markup:
    """Give a headline that breaks only where the catalogue has a `|`: Chinese has no spaces to break at."""
    return Markup("<wbr>").join(text.split("|"))


_environment.filters["phrases"] = phrases
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}


def page_html(template: str, language: str, **values: Any) -> str:
    """Give the HTML of a template in a language."""
    return _environment.get_template(template).render(
        language=language,
        languages=LANGUAGES,
        words=CATALOGUES[language],
        css=Markup(_CSS),  # noqa: S704 - our own file, read above
        **values,
    )


def html(text: str, language: str, status: int = 200, **headers: str) -> web.Response:
    """Give the answer with the page's headers."""
    return web.Response(
        text=text,
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers={**_HEADERS, "Content-Language": language, **headers},
    )


def alone(section: str, language: str, status: int, tone: str = "care", **headers: str) -> web.Response:
    """Give a page that says one thing: `missing`, `busy` or `broken`."""
    title = CATALOGUES[language](f"{section}.title")
    return html(
        page_html("alone.html", language, title=title, section=section, tone=tone, sender=None, path=""),
        language,
        status,
        **headers,
    )
