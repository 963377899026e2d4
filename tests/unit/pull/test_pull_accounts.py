"""Accounts from settings: who asks for whom, where, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pull.accounts import AccountError, asker_of, carriers_asked, configured
from pull.client import retry_after_s
from pull.intake import bundles
from pull.policy import read_pull_policy
from runtime.settings import Settings

POLICY = read_pull_policy()
ALL = {
    "pull_kuaidi100_customer": "c",
    "pull_kuaidi100_key": "k",
    "pull_17track_key": "k",
    "pull_ups_id": "i",
    "pull_ups_secret": "s",
    "pull_fedex_id": "i",
    "pull_fedex_secret": "s",
}


def settings(**more: Any) -> Settings:
    return Settings(_env_file=None, **more)


def test_without_credentials_there_is_no_account() -> None:
    assert configured(settings(), POLICY) == () and not settings().pulls


def test_every_account_in_the_order_of_preference() -> None:
    accounts = configured(settings(**ALL), POLICY)
    assert [account.provider.name for account in accounts] == ["ups", "fedex", "kuaidi100", "17track"]
    assert all(account.base == account.provider.host for account in accounts)
    assert settings(**ALL).pulls


def test_other_credentials_are_another_account() -> None:
    before = configured(settings(pull_17track_key="a"), POLICY)[0].key
    after = configured(settings(pull_17track_key="b"), POLICY)[0].key
    assert before != after and before.startswith("17track:") and "a" not in before.partition(":")[2][:0]


@pytest.mark.parametrize(
    ("carrier", "provider", "code"),
    [
        ("ups", "ups", "ups"),
        ("fedex", "fedex", "fedex"),
        ("sf", "kuaidi100", "shunfeng"),
        ("kuaidi100.annengwuliu", "kuaidi100", "annengwuliu"),
        ("17track.190012", "17track", "190012"),
    ],
)
def test_who_asks_for_whom(carrier: str, provider: str, code: str) -> None:
    found = asker_of(configured(settings(**ALL), POLICY), carrier)
    assert found is not None and (found[0].provider.name, found[1]) == (provider, code)


@pytest.mark.parametrize("carrier", ["nobody", "17track.unknown", "kuaidi100.", "ship24.x", ""])
def test_whom_nobody_asks_for(carrier: str) -> None:
    assert asker_of(configured(settings(**ALL), POLICY), carrier) is None


def test_an_aggregator_asks_for_a_carrier_whose_own_account_is_missing() -> None:
    accounts = configured(settings(pull_17track_key="k"), POLICY)
    found = asker_of(accounts, "ups")
    assert found is not None and found[0].provider.name == "17track"
    asked = dict(carriers_asked(accounts))
    assert asked["ups"] == asked["sf"] == asked["17track."] == "17track" and "kuaidi100." not in asked


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"pull_ups_id": "i"}, "WAYWARDEN_PULL_UPS_SECRET"),
        ({"pull_ups_secret": "s"}, "WAYWARDEN_PULL_UPS_ID"),
        ({"pull_17track_key": "k", "pull_17track_url": "http://evil.example"}, "https only"),
        ({"pull_17track_key": "k", "pull_17track_url": "http://169.254.169.254"}, "https only"),
        ({"pull_17track_key": "k", "pull_17track_url": "https://user:pw@host"}, "not an address"),
        ({"pull_17track_key": "k", "pull_17track_url": "file:///etc/passwd"}, "not an address"),
        ({"pull_17track_key": "k", "pull_17track_url": "https://h/?a=b"}, "not an address"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(more: dict[str, str], match: str) -> None:
    with pytest.raises(AccountError, match=match):
        configured(settings(**more), POLICY)


def test_plain_http_on_this_machine_is_for_tests() -> None:
    for url in ("http://127.0.0.1:9/", "http://localhost:9", "http://[::1]:9"):
        (account,) = configured(settings(pull_17track_key="k", pull_17track_url=url), POLICY)
        assert account.base == url.rstrip("/")


@given(st.lists(st.integers(0, 900), max_size=60), st.integers(1, 40))
def test_bundles_keep_every_part_once_in_order_and_within_bounds(sizes: list[int], count: int) -> None:
    parts = [(str(nth), b"x" * size) for nth, size in enumerate(sizes)]
    found = bundles(parts, count, 1000)
    assert [part for bundle in found for part in bundle] == parts
    for bundle in found:
        assert 1 <= len(bundle) <= count
        assert len(bundle) == 1 or sum(len(part) for _, part in bundle) <= 1000


@given(
    st.lists(st.integers(0, 900), max_size=200), st.sampled_from([limits.batch for limits in POLICY.providers.values()])
)
def test_no_bundle_is_larger_than_the_provider_batch(sizes: list[int], batch: int) -> None:
    assert all(len(bundle) <= batch for bundle in bundles([(str(n), b"") for n in sizes], batch))


def test_retry_after() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert retry_after_s("7", now) == 7
    assert retry_after_s("Fri, 20 Nov 2026 12:00:30 GMT", now) == 30
    assert retry_after_s("Fri, 20 Nov 2026 11:00:30 GMT", now) == 0
    assert retry_after_s("99999999999999", now) == 86_400
    assert retry_after_s("soon", now) is None and retry_after_s(None, now) is None
