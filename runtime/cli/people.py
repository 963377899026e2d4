"""Accounts and keys: staff, shops, API keys, intake secrets.

Invariant: a secret is printed once, when it is made, and never again. May import: runtime, store.accounts.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import asyncpg
import typer

from runtime.cli.common import fail, part, print_rows, read_joined_settings, with_database
from runtime.home import new_password
from runtime.sealing import Sealer
from runtime.settings import Settings
from store import accounts

T = TypeVar("T")
ROLES = ("agent", "supervisor", "admin")
LANGUAGES = ("", "zh-CN", "zh-TW", "en")

staff = typer.Typer(help="Staff accounts.", no_args_is_help=True)
shop = typer.Typer(help="Shops (merchants).", no_args_is_help=True)
key = typer.Typer(help="API keys of shops and carriers.", no_args_is_help=True)
secret = typer.Typer(help="Secrets by which carriers sign their pushes.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="The account's e-mail address.")]
FromStdin = Annotated[bool, typer.Option("--stdin", help="Read it from standard input in place of making one.")]


def _do(work: Callable[[asyncpg.Connection], Awaitable[T]], settings: Settings | None = None) -> T:
    try:
        return with_database(settings or read_joined_settings(), work)
    except accounts.AccountError as error:
        fail(str(error))


def _now() -> datetime:
    return datetime.now(UTC)


def _sealer(settings: Settings) -> Sealer:
    try:
        return Sealer(settings.keys.get_secret_value())
    except ValueError as error:
        fail(str(error))


def _password(from_stdin: bool) -> tuple[str, str]:
    """Give a password and its hash."""
    clear = sys.stdin.readline().rstrip("\n") if from_stdin else new_password()
    try:
        return clear, accounts.hash_password(clear)
    except accounts.AccountError as error:
        fail(str(error))


@staff.command("add")
def add_staff(
    email: Email,
    name: Annotated[str, typer.Option(help="Shown beside what this person does.")] = "",
    role: Annotated[str, typer.Option(help="agent, supervisor or admin.")] = "agent",
    language: Annotated[str, typer.Option(help="zh-CN, zh-TW or en; without it the board follows the browser.")] = "",
    stdin: FromStdin = False,
) -> None:
    """Add an account and print its password once."""
    if role not in ROLES:
        fail(f"--role must be one of {', '.join(ROLES)}")
    if language not in LANGUAGES:
        fail(f"--language must be one of {', '.join(filter(None, LANGUAGES))}")
    clear, hashed = _password(stdin)
    _do(lambda db: accounts.add_staff(db, email, name or email.partition("@")[0], role, hashed, _now(), language))
    typer.echo(f"{email} is {role} now." + ("" if stdin else f" Password (shown once): {clear}"))


@staff.command("list")
def list_staff() -> None:
    """List the accounts."""
    print_rows(_do(accounts.list_staff))


@staff.command("disable")
def disable_staff(email: Email) -> None:
    """Shut an account out at once."""
    _do(lambda db: accounts.disable_staff(db, email, _now()))
    typer.echo(f"{email} is shut out.")


@staff.command("password")
def set_password(email: Email, stdin: FromStdin = False) -> None:
    """Set a new password, print it once, and end the account's sessions."""
    clear, hashed = _password(stdin)
    _do(lambda db: accounts.set_password(db, email, hashed))
    typer.echo("Password set." if stdin else f"New password (shown once): {clear}")


@shop.command("add")
def add_shop(
    shop_id: Annotated[str, typer.Argument(help="Short name, such as acme; stands in the shop's parcels.")],
    name: Annotated[str, typer.Option(help="Name shown to consumers.")] = "",
    webhook_url: Annotated[str | None, typer.Option(help="Where signed webhooks go.")] = None,
    webhook_secret: Annotated[
        str | None, typer.Option(help="Their secret (whsec_…).", envvar="WAYWARDEN_WEBHOOK_SECRET")
    ] = None,
) -> None:
    """Add a shop, or change one."""
    settings = read_joined_settings()
    sealer = _sealer(settings) if webhook_secret else None
    _do(
        lambda db: accounts.add_shop(db, shop_id, name or shop_id, _now(), webhook_url, webhook_secret, sealer),
        settings,
    )
    typer.echo(f"Shop {shop_id} is there. `waywarden key add merchant {shop_id}` makes its API key.")


@key.command("add")
def add_key(
    kind: Annotated[str, typer.Argument(help="merchant, carrier or admin (any carrier, any shop).")],
    owner: Annotated[str, typer.Argument(help="The shop's short name, or the carrier's code.")],
) -> None:
    """Make an API key and print it once."""
    if kind not in {"merchant", "carrier", "admin"}:
        fail("The kind must be merchant, carrier or admin.")

    async def add(db: asyncpg.Connection) -> str:
        if kind == "merchant" and not await accounts.shop_exists(db, owner):
            raise accounts.AccountError(f"There is no shop {owner}; add it first: waywarden shop add {owner}")
        return await accounts.add_api_key(db, kind, owner, _now(), os.urandom)

    typer.echo(f"Key (shown once): {_do(add)}")


@key.command("list")
def list_keys() -> None:
    """List the keys, without their secret part."""
    print_rows(_do(accounts.list_api_keys))


@key.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="The middle part of wk_<id>_<secret>.")]) -> None:
    """Revoke a key; processes stop honouring it within seconds."""
    _do(lambda db: accounts.revoke_api_key(db, key_id, _now()))
    typer.echo(f"Key {key_id} is revoked.")


@secret.command("add")
def add_secret(
    format_name: Annotated[str, typer.Argument(metavar="FORMAT", help="The format, as in /v1/intake/FORMAT.")],
    account: Annotated[str, typer.Option(help="The sender's account where one format has several.")] = "",
) -> None:
    """Read a secret from standard input and believe it from now on, beside those there are (for rotation)."""
    known = part("carriers.registry").FORMATS
    if format_name not in known and not format_name.startswith("csv-"):
        fail(f"There is no format {format_name}. There are: {', '.join(sorted(known))}, and csv-NAME of your own.")
    settings = read_joined_settings()
    sealer = _sealer(settings)
    clear = sys.stdin.readline().strip()
    if not clear:
        fail("Give the secret on standard input, for example: waywarden secret add kuaidi100 < secret.txt")
    number = _do(
        lambda db: accounts.add_intake_secret(db, sealer, format_name, clear, _now(), account),
        settings,
    )
    typer.echo(f"Secret {number} of {format_name} is believed from now on.")


@secret.command("list")
def list_secrets() -> None:
    """List the secrets' numbers, formats and dates."""
    print_rows(_do(accounts.list_intake_secrets))


@secret.command("retire")
def retire_secret(number: Annotated[int, typer.Argument(help="Its number, from `secret list`.")]) -> None:
    """Stop believing a secret."""
    _do(lambda db: accounts.retire_intake_secret(db, number, _now()))
    typer.echo(f"Secret {number} is not believed any more.")


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for name, group in (("staff", staff), ("shop", shop), ("key", key), ("secret", secret)):
        app.add_typer(group, name=name, rich_help_panel="Accounts and keys")
