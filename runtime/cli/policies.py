"""`waywarden policy check`: whether a policy file is right, what holds for whom, and what it changes.

Invariant: reads only. May import: typer, runtime, core; carriers and notifier lazily.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from core.finding import Kind
from core.policy_file import NEVER
from core.policy_flaws import Flaw, PolicyError, unknown
from core.policy_view import ANSWERS, GRAVITY, Scope, Value, View, view
from runtime.cli.common import part, read_settings
from runtime.policy import read_files

group = typer.Typer(help="Check the policy: limits, severities, clocks, cases and messages.", no_args_is_help=True)
_ANSWER = {"notice": "{}", "cleared": "when over {}", "doing": "we say {}"}
_LEARNED = {Kind.STALLED, Kind.LOSS_SUSPECTED}
Row = tuple[str, str, str, str, str]


@group.command("check")
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A policy file to lay over the default one; else WAYWARDEN_POLICY_FILE.")
    ] = None,
    carrier: Annotated[str | None, typer.Option(help="Tell what holds for this carrier.")] = None,
    service: Annotated[str | None, typer.Option(help="Tell what holds for this service.")] = None,
    shop: Annotated[str | None, typer.Option(help="Tell what holds for this shop.")] = None,
    kind: Annotated[
        list[Kind] | None,
        typer.Option(metavar="KIND", help="Tell only of this kind, such as stalled. May be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Check a policy file, and tell what holds, where it comes from, and what differs from the default.

    Ends with 1 when anything is wrong, and names file, key and what would be right (docs/howto-policy.md).
    """
    try:
        layers = read_files(file or read_settings().policy_file)
        told = view(layers, Scope(carrier, service, shop))
    except PolicyError as error:
        _refuse(error.flaws, as_json)
    if wrong := list(texts_missing(told)):
        _refuse(wrong, as_json)
    shown = kind or list(Kind)
    told = msgspec.structs.replace(told, kinds={one: told.kinds[one] for one in Kind if one in shown})
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode({"sound": True, **msgspec.structs.asdict(told)})).decode())
        return
    typer.echo("\n".join(_as_text(told, whole=not kind)))
    for note in _notes(told):
        typer.secho(f"note: {note}", err=True, fg=typer.colors.YELLOW)


def _refuse(flaws: Iterable[Flaw], as_json: bool) -> NoReturn:
    """Tell what is wrong and end."""
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode({"sound": False, "flaws": list(flaws)})).decode())
    else:
        typer.secho("The policy cannot be used:", err=True, fg=typer.colors.RED)
        for flaw in flaws:
            typer.echo(f"  {flaw}", err=True)
    raise typer.Exit(1)


def texts_missing(told: View) -> Iterator[Flaw]:
    """Find messages that nobody has written."""
    templates = list(part("notifier.rules").read_rules().templates)
    promises = part("notifier.render").doings()
    for kind, values in told.kinds.items():
        for value in values:
            known = templates if value.key in ("notice", "cleared") else promises if value.key == "doing" else None
            if known is not None and value.value not in known:
                flaw = unknown(f"kinds.{kind.value}.{value.key}.{value.value}", known)
                key = f"kinds.{kind.value}.{value.key}"
                yield msgspec.structs.replace(flaw, key=key, says=f'"{value.value}" has no text', file=value.file)


def _notes(told: View) -> Iterator[str]:
    """Say what is allowed and may yet be a slip."""
    named: dict[str, set[str]] = {"carrier": set(), "service": set(), "shop": set()}
    for whose in told.others:
        for each in whose.split(", "):
            name, _, names = each.partition(" ")
            named[name].update(names.split(" or "))
    for name, known in named.items():
        asked = getattr(told.scope, name)
        if asked is not None and asked not in known:
            yield f"no rule names {name} {asked}; what holds for all holds for it"
    carriers = part("carriers.names").CARRIERS
    for carrier in sorted(named["carrier"] | ({told.scope.carrier} if told.scope.carrier else set())):
        if carrier not in carriers:
            close = get_close_matches(carrier, carriers, 1, 0.6)
            yield f"no carrier is called {carrier}" + (f"; did you mean {close[0]}?" if close else "")


def _as_text(told: View, whole: bool) -> Iterator[str]:
    yield "The policy is sound: " + " over ".join(told.files[::-1]) + "."
    yield f"\nWhat holds for {told.scope if str(told.scope) else 'whom no rule names'}:\n"
    sources: dict[str, int] = {}
    rows: list[Row] = [("KIND", "WHAT", "VALUE", "FROM", "SOURCE")]
    for kind, values in told.kinds.items():
        for at, row in enumerate(_of_kind(values, sources)):
            rows.append((kind.value if at == 0 else "", *row))
    yield from _columns(rows)
    if _LEARNED & set(told.kinds):
        yield "\nThe limits of stalled and loss_suspected hold until those of the carrier are learned (learned.…)."
    if whole:
        yield "\nFor all alike:\n"
        yield from _columns(
            (value.key, _shown(value.value), _origin(value), _number(value.source, sources)) for value in told.general
        )
    yield "\nSources:\n"
    yield from (f"  [{number}] {source}" for source, number in sources.items())
    if whole:
        yield "\nWho has rules of their own (--carrier, --service, --shop):\n"
        yield from (f"  {whose}: {', '.join(kinds)}" for whose, kinds in told.others.items())
        yield "\nWhat differs from the default:\n"
        yield from _differences(told)


def _of_kind(values: tuple[Value, ...], sources: dict[str, int]) -> Iterator[tuple[str, str, str, str]]:
    """Give a kind's rows: what is measured, how grave it is, what it sets off."""
    by_key = {value.key: value for value in values}
    for value in values:
        if value.key not in (*GRAVITY, *ANSWERS):
            what = value.key.replace("limits.", "limit when ")
            yield what, _shown(value.value), _origin(value), _number(value.source, sources)
    grave = [by_key[key] for key in GRAVITY if key in by_key]
    level = grave[0].value
    if len(grave) == len(GRAVITY) and grave[2].value != NEVER:
        level += f", {grave[1].value} after {grave[2].value}"
    yield "severity", level, _origins(grave), _number(grave[-1].source, sources)
    if case := by_key.get("case"):
        yield "case", case.value, _origin(case), ""
    answers = [by_key[key] for key in ("notice", "cleared", "doing") if key in by_key]
    if "notice" in by_key:
        yield "message", ", ".join(_ANSWER[one.key].format(one.value) for one in answers), _origins(answers), ""
    else:
        yield "message", "none: for the control room alone", "", ""


def _differences(told: View) -> Iterator[str]:
    if not told.changes:
        yield "  nothing" if len(told.files) > 1 else "  nothing: no file of your own is given"
        return
    for change in told.changes:
        whose = f"for {change.whose}: " if change.whose else ""
        beaten = f"  (no effect: a later rule for {change.beaten_by} wins)" if change.beaten_by else ""
        yield f"  {whose}{change.key}: {_shown(change.before)} -> {_shown(change.after)}{beaten}"


def _origin(value: Value) -> str:
    file = "own" if value.own else "default"
    return f"{value.whose} ({file})" if value.whose else file


def _origins(values: Iterable[Value]) -> str:
    return " + ".join(dict.fromkeys(map(_origin, values)))


def _number(source: str, sources: dict[str, int]) -> str:
    return f"[{sources.setdefault(source, len(sources) + 1)}]"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(": ".join(map(str, one.values())) for one in value)
    return "not said" if value is None else str(value)


def _columns(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Lay rows in columns, two blanks between."""
    lines = list(rows)
    widths = [max(len(line[nth]) for line in lines) for nth in range(len(lines[0]))]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(group, name="policy", rich_help_panel="Set-up")
