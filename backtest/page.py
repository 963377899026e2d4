"""The report as one page of HTML: no script, no network, light and dark.

Invariant: every word of the log is escaped; says the same as the text. May import: core, backtest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from backtest.incidents import LEAST
from backtest.plots import bars, curve, reliability
from backtest.report import Change, KindFigures, Report, hours, own_rows
from backtest.story import Story
from core.figures import Middle, Share

_NAMED = 20
_STYLE = """
:root{--bg:#fbfbfa;--card:#fff;--ink:#1c1e21;--dim:#646a73;--line:#e3e4e6;--accent:#0b63c4;--bad:#b3261e;--good:#1b7a43}
@media(prefers-color-scheme:dark){:root{--bg:#15171a;--card:#1d2024;--ink:#e8e9eb;--dim:#9aa1ab;--line:#33373d;
--accent:#6db3ff;--bad:#ff8a80;--good:#6fd39a}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,"Noto Sans","Noto Sans CJK SC",sans-serif}
main{max-width:1120px;margin:0 auto;padding:24px 20px 64px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:40px 0 8px}h3{font-size:15px;margin:0 0 6px}
p{margin:6px 0;max-width:76ch}.dim{color:var(--dim)}
.wide{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:6px 9px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
tr:last-child td{border-bottom:0}th{font-weight:600;color:var(--dim);font-size:13px}
th:first-child,td:first-child,.left{text-align:left}
small{color:var(--dim)}.says{white-space:normal;display:inline-block;min-width:96px;line-height:1.25}
.grid2{display:grid;grid-template-columns:repeat(auto-fill,minmax(330px,1fr));gap:14px}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px}
svg{width:100%;height:auto;display:block}
.grid{stroke:var(--line)}.tick{fill:var(--dim);font:11px system-ui,sans-serif}
.line{fill:none;stroke:var(--accent);stroke-width:2}.dot,.bar{fill:var(--accent)}
.whisker{stroke:var(--accent);stroke-width:1.5;opacity:.6}.ideal{stroke:var(--dim);stroke-dasharray:4 4}
details{background:var(--card);border:1px solid var(--line);border-radius:8px;margin:8px 0;padding:8px 14px}
summary{cursor:pointer}summary code{font-size:13px}
.story{margin:8px 0 4px;padding:0;list-style:none;font-size:13.5px}
.story li{display:grid;grid-template-columns:92px 70px 1fr;gap:10px;padding:1px 0}
.story time,.story b{color:var(--dim);font-weight:400}
.alert b,.alert span{color:var(--bad)}.truth b,.truth span,.promise b,.promise span{color:var(--good)}
"""


def as_html(report: Report) -> bytes:
    """Give the page."""
    parts = [
        _head(report),
        _kinds(report.kinds),
        _early(report),
        _own(report),
        _duels(report),
        _incidents(report),
        _days(report),
        _changes(report.changes),
        _stories(
            "False alarms",
            "Alerts that the truth does not bear out, those that people were told of first.",
            report.false_alarms,
        ),
        _stories("Misses", "What should have been found and was not.", report.misses),
        "<h2>How it was judged</h2>"
        "<p>Each alert is right, wrong or unknown; each label counts once. The rules, kind by kind, are in "
        "<code>docs/decisions/backtest.md</code>. Shares are given with their 95 % Wilson interval, medians with that "
        "of their order statistics.</p>",
    ]
    title = f"Back-test of {escape(report.log)}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    ).encode()


def _head(report: Report) -> str:
    run = report.run
    made = ""
    if report.network is not None:
        made = f" The log is simulated: network {report.network}, seed {report.seed}."
    trained = f" Before that, the log {escape(report.trained_on)} taught." if report.trained_on else ""
    return (
        f"<h1>Back-test</h1><p class=dim>{escape(report.log)} · parcels registered from {report.since:%Y-%m-%d} to "
        f"{report.until:%Y-%m-%d} (UTC) · policy {escape(report.policy)}</p>"
        f"<p>{run.scans:,} scans of {run.parcels:,} parcels were replayed in the order in which they were heard, "
        f"through the code that watches live parcels, with {run.looks:,} looks at silence: {run.seconds:.1f} s of "
        f"processor time, {run.scans_per_s:,.0f} scans/s. Truth: {escape(report.truth)}.{made} "
        f"The first {report.warm_days:g} days only teach; their parcels are not judged.{trained} "
        f"Limits were learned anew every {report.relearn_h:g} h from what had been heard by then.</p>"
    )


def share_html(share: Share) -> str:
    """Write a share with its interval."""
    if share.share is None or share.low is None or share.high is None:
        return "–"
    return f"{share.share:.1%} <small>{share.low * 100:.0f}–{share.high * 100:.0f}</small>"


def middle_html(middle: Middle) -> str:
    """Write a quantile with its interval."""
    if middle.value is None or middle.low is None or middle.high is None:
        return "–"
    return f"{middle.value:.1f} <small>{middle.low:.1f}–{middle.high:.1f}</small>"


def _name(kind: str) -> str:
    return escape(kind.replace("_", " "))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = "".join(f"<th scope=col>{name}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<div class=wide><table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>"


def _kinds(kinds: Sequence[KindFigures]) -> str:
    rows = [
        (
            _name(one.kind),
            f"{one.alerts:,}",
            f"{one.a_day:.1f}",
            f"{one.told:,}",
            f"{one.retracted:,}",
            share_html(one.precision),
            share_html(one.recall),
            middle_html(one.lead),
            middle_html(one.lead_p10),
            f'<small class="says">{escape(one.lead_means)}</small>',
        )
        for one in kinds
    ]
    head = ("kind", "alerts", "a day", "told", "retracted", "precision", "recall", "lead, h", "p10, h", "lead is")
    return f"<h2>By kind</h2>{_table(head, rows)}"


def _own(report: Report) -> str:
    head, *rows = own_rows(report)
    if not rows:
        return ""
    return (
        "<h2>What the product says of itself</h2>"
        "<p>Live there are no labels: verdicts come from what the parcels then did "
        "(<code>docs/decisions/kpi.md</code>). Beside them what the truth says.</p>"
        f"{_table(head, [(_name(row[0]), *map(escape, row[1:])) for row in rows])}"
    )


def _early(report: Report) -> str:
    found = report.calibration
    if not found.given or found.error is None:
        return ""
    points = [
        (bucket.said, bucket.came.share, bucket.came.low, bucket.came.high, bucket.given)
        for bucket in found.buckets
        if bucket.said is not None
        and bucket.came.share is not None
        and bucket.came.low is not None
        and bucket.came.high is not None
    ]
    rows = [
        (f"{b.low:.0%}–{b.high:.0%}", f"{b.given:,}", f"{b.said:.1%}", share_html(b.came))
        for b in found.buckets
        if b.said is not None
    ]
    leads = report.leads.get("predicted_late", ())
    plot = curve("Warned by at least so long before the promise passed", leads) if len(leads) > 1 else ""
    ahead = f"<figure><h3>Hours of warning before the promise passed</h3>{plot}</figure>" if plot else ""
    three = report.lead_three_days
    return (
        "<h2>The chance to come late</h2>"
        f"<p>Given at {found.given:,} scans. Expected calibration error {found.error:.4f}. Warnings on missed promises "
        f"of three days came {hours(three)} h before (median of {three.count:,}).</p>"
        "<div class=grid2><figure><h3>Said, and came true</h3>"
        f"{reliability(points)}</figure>{ahead}</div><p></p>"
        f"{_table(('said', 'given', 'on average', 'came late'), rows)}"
    )


def _duels(report: Report) -> str:
    rows = [
        (
            escape(duel.rule),
            f"{duel.naive_false:,}",
            share_html(duel.naive_recall),
            escape(duel.ours),
            f"{duel.our_false:,}",
            share_html(duel.our_recall),
            f"<small>{escape(duel.wanted)}</small>",
        )
        for duel in report.duels
    ]
    head = ("naive rule", "false", "recall", "ours", "false", "recall", "to be found")
    return f"<h2>Against rules that anybody can write</h2><p>Parcels, not alerts.</p>{_table(head, rows)}"


def _incidents(report: Report) -> str:
    if not report.incidents:
        return ""
    rows = [
        (
            _name(one.kind),
            f"{one.raised:,}",
            share_html(one.precision),
            share_html(one.recall),
            share_html(one.small),
            middle_html(one.minutes),
            share_html(one.under),
            f"{one.told:,}",
            f"{one.losses:,}",
        )
        for one in report.incidents
    ]
    names = [
        f"<li>{_name(one.kind)}: {escape(words)} ({what})</li>"
        for one in report.incidents
        for what, found in (("false", one.false), ("missed", one.missed))
        for words in found[:_NAMED]
    ]
    head = ("incident", "found", "precision", "recall", "smaller", "minutes", "under it", "told alone", "losses")
    about = (
        f"Recall is of those with {LEAST} parcels or more; minutes are from the true beginning until it was found. "
        "Under it: of its parcels, while it was open. Told alone: messages about one parcel's silence or promise "
        "meanwhile. Losses: loss alerts meanwhile on parcels that were not lost."
    )
    said = f"<details><summary>False and missed ones</summary><ul>{''.join(names)}</ul></details>" if names else ""
    return f"<h2>Incidents</h2><p>{about}</p>{_table(head, rows)}{said}"


def _days(report: Report) -> str:
    first, last = f"{report.since:%m-%d}", f"{report.until:%m-%d}"
    figures = "".join(
        f"<figure><h3>{_name(kind)}</h3>{bars(f'Alerts a day: {kind}', counts, first, last)}</figure>"
        for kind, counts in report.daily.items()
        if sum(counts)
    )
    return f"<h2>Alerts a day</h2><div class=grid2>{figures}</div>"


def _changes(changes: Sequence[Change]) -> str:
    if not changes:
        return ""
    rows = [
        (
            _name(change.kind),
            f"{change.both:,}",
            f"{change.gone:,}",
            f"{change.new:,}",
            share_html(change.precision[0]),
            share_html(change.precision[1]),
            share_html(change.recall[0]),
            share_html(change.recall[1]),
        )
        for change in changes
    ]
    head = ("kind", "in both", "gone", "new", "precision", "becomes", "recall", "becomes")
    examples = "".join(_story(story) for change in changes for story in (*change.examples_gone, *change.examples_new))
    return f"<h2>What the other policy changes</h2><p>Parcels by kind.</p>{_table(head, rows)}{examples}"


def _stories(title: str, about: str, stories: Sequence[Story]) -> str:
    if not stories:
        return ""
    return f"<h2>{title}</h2><p>{about}</p>{''.join(_story(story) for story in stories)}"


def _story(story: Story) -> str:
    lines = "".join(
        f'<li class="{line.what}"><time>{line.at:%m-%d %H:%M}</time><b>{line.what}</b>'
        f"<span>{escape(line.says)}</span></li>"
        for line in story.lines
    )
    return (
        f"<details><summary>{escape(story.about.replace('_', ' '))} · <code>{escape(story.parcel_id)}</code></summary>"
        f"<ul class=story>{lines}</ul></details>"
    )
