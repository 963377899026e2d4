"""Plots as inline SVG: bars by day, a reliability diagram, a curve of leads. Colours are the page's CSS variables.

Invariant: pure text out; no script, nothing fetched; every plot has a title that says the same in words.
May import: the standard library.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 420, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 22, 12, 30


def _x(part: float) -> float:
    return _LEFT + part * (WIDTH - _LEFT - _RIGHT)


def _y(part: float) -> float:
    return HEIGHT - _BOTTOM - part * (HEIGHT - _TOP - _BOTTOM)


def _frame(
    says: str, body: list[str], x_ticks: Sequence[tuple[float, str]], y_ticks: Sequence[tuple[float, str]]
) -> str:
    grid = [
        f'<line class="grid" x1="{_x(0):.1f}" x2="{_x(1):.1f}" y1="{_y(at):.1f}" y2="{_y(at):.1f}"/>'
        f'<text class="tick" x="{_LEFT - 6}" y="{_y(at) + 4:.1f}" text-anchor="end">{escape(name)}</text>'
        for at, name in y_ticks
    ]
    below = [
        f'<text class="tick" x="{_x(at):.1f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(name)}</text>'
        for at, name in x_ticks
    ]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(says, quote=True)}">'
        f"<title>{escape(says)}</title>{''.join(grid)}{''.join(body)}{''.join(below)}</svg>"
    )


def reliability(points: Sequence[tuple[float, float, float, float, int]]) -> str:
    """Draw what was said against what came true: (said, came, low, high, given) with parts of 1."""
    most = max((given for *_, given in points), default=1)
    body = [
        f'<line class="ideal" x1="{_x(0):.1f}" y1="{_y(0):.1f}" x2="{_x(1):.1f}" y2="{_y(1):.1f}"/>',
        '<polyline class="line" points="' + " ".join(f"{_x(s):.1f},{_y(c):.1f}" for s, c, *_ in points) + '"/>',
    ]
    for said, came, low, high, given in points:
        size = 2.5 + 3.5 * (given / most) ** 0.25
        body.append(
            f'<line class="whisker" x1="{_x(said):.1f}" x2="{_x(said):.1f}" y1="{_y(low):.1f}" y2="{_y(high):.1f}"/>'
            f'<circle class="dot" cx="{_x(said):.1f}" cy="{_y(came):.1f}" r="{size:.1f}">'
            f"<title>said {said:.0%}, came {came:.0%} ({low:.0%}–{high:.0%}), {given:,} given</title></circle>"
        )
    ticks = [(part / 4, f"{part / 4:.0%}") for part in range(5)]
    return _frame("Share of parcels that came late, by the chance they were given", body, ticks, ticks)


def bars(says: str, counts: Sequence[int], first: str, last: str) -> str:
    """Draw counts by day."""
    most = max(counts, default=0) or 1
    step = 1 / max(1, len(counts))
    wide = (WIDTH - _LEFT - _RIGHT) * step
    body = [
        f'<rect class="bar" x="{_x(at * step) + wide * 0.1:.1f}" y="{_y(count / most):.1f}" '
        f'width="{wide * 0.8:.1f}" height="{_y(0) - _y(count / most):.1f}"><title>{count:,}</title></rect>'
        for at, count in enumerate(counts)
    ]
    return _frame(says, body, [(0.06, first), (0.94, last)], [(0, "0"), (0.5, _short(most / 2)), (1, _short(most))])


def curve(says: str, values: Sequence[float]) -> str:
    """Draw which share of sorted values (hours) lies above each value."""
    low, high = min(0.0, values[0]), max(values[int(len(values) * 0.98)], 1.0)
    span = high - low
    count = len(values)
    points = [(min(1.0, max(0.0, (value - low) / span)), 1 - place / count) for place, value in enumerate(values)]
    thin = points[:: max(1, count // 200)]
    middle = (values[count // 2] - low) / span
    body = [
        f'<line class="ideal" x1="{_x(middle):.1f}" x2="{_x(middle):.1f}" y1="{_y(0):.1f}" y2="{_y(1):.1f}"/>',
        '<polyline class="line" points="' + " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in thin) + '"/>',
    ]
    ticks = [(part / 4, f"{low + span * part / 4:.0f} h") for part in range(5)]
    return _frame(says, body, ticks, [(part / 4, f"{part / 4:.0%}") for part in range(5)])


def _short(count: float) -> str:
    return f"{count:,.0f}" if count >= 10 or count == int(count) else f"{count:.1f}"
