"""The cache keeps the newest and trusts no other reign."""

from core.parcel import empty
from core.watch import Watched
from stream.cache import Cache


def _watched(name: str) -> Watched:
    return Watched(empty(name, "sf", name), (), None, None)


def test_the_least_recently_used_goes_first() -> None:
    cache = Cache(2)
    reign = cache.new_reign()
    cache.put(reign, {"a": _watched("a"), "b": _watched("b")})
    assert cache.get(reign, "a") is not None
    cache.put(reign, {"c": _watched("c")})
    assert cache.get(reign, "b") is None
    assert cache.get(reign, "a") is not None
    assert len(cache) == 2


def test_another_reign_sees_nothing() -> None:
    cache = Cache(10)
    old, new = cache.new_reign(), cache.new_reign()
    cache.put(old, {"a": _watched("a")})
    assert cache.get(new, "a") is None
    assert cache.get(old, "a") is not None
    cache.put(new, {"a": _watched("a")})
    assert cache.get(old, "a") is None
