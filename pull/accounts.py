"""The accounts by which we ask: credentials and addresses from the settings, and who asks for which carrier.

Invariant: a provider's address is its constant, unless a setting names another: https, or plain http on this machine
only; it never comes from data. Secrets stay in `Credentials`, whose text is empty. May import: carriers.names, pull,
runtime.settings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

from carriers.names import CARRIERS, code_of
from pull.policy import Limits, PullPolicy
from pull.providers import PROVIDERS
from pull.providers.provider import Provider
from pull.question import Credentials
from runtime.settings import Settings


class AccountError(ValueError):
    """The settings of an account are wrong; the text names the variable."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One account. `key` names it in the database: other credentials are another account, with a clean record."""

    key: str
    provider: Provider
    credentials: Credentials
    base: str
    limits: Limits


def configured(settings: Settings, policy: PullPolicy) -> tuple[Account, ...]:
    """Give the accounts of the settings in the policy's order of preference. Raises AccountError."""
    found = []
    for name, limits in policy.providers.items():
        provider = PROVIDERS.get(name)
        if provider is None:
            raise AccountError(f"policy/pull.toml: there is no provider {name}; there are {', '.join(PROVIDERS)}")
        credentials = _credentials(settings, name)
        if credentials is not None:
            base = _base(name, getattr(settings, f"pull_{name}_url") or provider.host)
            told = hashlib.sha256(f"{credentials.name}\0{credentials.secret}".encode()).hexdigest()[:12]
            found.append(
                Account(key=f"{name}:{told}", provider=provider, credentials=credentials, base=base, limits=limits)
            )
    return tuple(found)


def _credentials(settings: Settings, name: str) -> Credentials | None:
    own = {
        "kuaidi100": ("customer", settings.pull_kuaidi100_customer, "key", settings.pull_kuaidi100_key),
        "17track": ("", "", "key", settings.pull_17track_key),
        "ups": ("id", settings.pull_ups_id, "secret", settings.pull_ups_secret),
        "fedex": ("id", settings.pull_fedex_id, "secret", settings.pull_fedex_secret),
    }
    name_field, account, secret_field, sealed = own[name]
    secret = sealed.get_secret_value()
    if name_field and bool(account) != bool(secret):
        missing = secret_field if account else name_field
        raise AccountError(f"WAYWARDEN_PULL_{name.upper()}_{missing.upper()} is missing")
    return Credentials(account, secret) if secret else None


def _base(name: str, url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or parts.query or parts.fragment:
        raise AccountError(f"WAYWARDEN_PULL_{name.upper()}_URL is not an address such as https://host")
    if parts.scheme == "http" and not _here(host):
        raise AccountError(f"WAYWARDEN_PULL_{name.upper()}_URL: credentials go over https only")
    return url.rstrip("/")


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def asker_of(accounts: Sequence[Account], carrier: str) -> tuple[Account, str] | None:
    """Give the account that asks for a carrier's parcels, and the provider's code of that carrier; None: nobody can."""
    for account in accounts:
        if (code := _code(account.provider, carrier)) is not None:
            return account, code
    return None


def _code(provider: Provider, carrier: str) -> str | None:
    if provider.aggregator is None:
        return carrier if carrier == provider.name else None
    if (code := code_of(provider.aggregator, carrier)) is not None:
        return code
    # A carrier that only this aggregator knows has its code in our slug.
    head, _, tail = carrier.partition(".")
    return tail if head == provider.aggregator and tail not in ("", "unknown") else None


def carriers_asked(accounts: Sequence[Account]) -> list[tuple[str, str]]:
    """Give (carrier, provider) for what can be asked for; a carrier ending in `.` stands for all that begin so."""
    found = []
    for carrier in sorted({*CARRIERS, *(account.provider.name for account in accounts)}):
        if (asker := asker_of(accounts, carrier)) is not None:
            found.append((carrier, asker[0].provider.name))
    askers = [account.provider for account in accounts]
    return found + [(f"{asker.aggregator}.", asker.name) for asker in askers if asker.aggregator]
