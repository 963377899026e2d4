"""Whether two names of places mean the same town, as far as names alone can say.

Carriers write a town as they like (杭州, 【浙江省杭州市】, "HANGZHOU - CHINA MAINLAND"). One name inside the other is
the same place; two names that say the town and share nothing are different ones; a name that says something finer than
a town (a district, a street, a shop) can be compared with nothing but what contains it.

Invariant: pure. May import: the standard library.
"""

from __future__ import annotations

import re

_FINER = re.compile(
    r"(?:[区區县縣镇鎮乡鄉村里路街巷号號楼樓层層室店站柜櫃点點部]|街道|驿站|营业点|小区|社区)$|"
    r"\b(?:district|county|township|village|street|st|road|rd|avenue|ave|lane|building|floor|room|store|shop|locker|"
    r"station)\b|\d"
)
_FRAME = re.compile(r"[【】\[\]()（）\s.]+")
_TOWN = re.compile(r"(?<=..)[市府]$")


def _bare(name: str) -> str:
    first = re.split(r"[,/，]| - ", name.casefold(), maxsplit=1)[0]
    return _TOWN.sub("", _FRAME.sub("", first))


def same_place(one: str, other: str) -> bool:
    """Say whether one name lies inside the other."""
    a, b = _bare(one), _bare(other)
    return bool(a and b) and (a in b or b in a)


def says_town(name: str) -> bool:
    """Say whether the name is that of a town or something wider."""
    bare = _FRAME.sub(" ", name.casefold()).strip()
    return bool(bare) and _FINER.search(bare) is None
