"""Hubs and places out of Chinese text: 「【青岛转运中心】，正发往【广州番禺转运中心】」 goes from one to the other.

Invariant: total and linear in the text; telephone numbers and courier names never become a facility.
May import: the standard library and msgspec.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

_BRACKET = re.compile(r"【([^【】]{1,80})】|\[([^\[\]]{1,80})\]")
_ONWARD = re.compile(r"发往|發往|下一站|下一部门|前往|送往|发至|发到|寄往|运往|運往")
_KINDS = (
    "(?:转运中心|轉運中心|分拨中心|分撥中心|集散中心|集散地|处理中心|處理中心|分拣中心|中转站|中转场|中轉場|营业点|营业部"
    "|營業所|集配站|网点|網點|驿站|驛站|公司|分部|中心|服务站|站点|站)"
)
_PLAIN = re.compile(
    r"(?:到达|到達|离开|離開|抵达|抵達|发往|發往|下一站|在|由|从|至|到)\s*[:：]?\s*"
    rf"([\w()（）·-]{{2,24}}?{_KINDS}(?:(?![发發送寄运運前到下])\w){{1,10}}?{_KINDS}|[\w()（）·-]{{2,24}}?{_KINDS})"
)
_SEPARATOR = re.compile(r"[/／,，:：]")
_ENDS = re.compile(_KINDS + "$|部$")
_FORECAST = re.compile(r"(?:预计|預計)[^，,。；;]*$")
_DATE = re.compile(r"\d[日月点點时時:]")
_PERSONAL = re.compile(r"\d{3}[\d*]{4,}|电话|電話|\*{2,}|快递员|快遞員|派件员|收件员|小哥|取件码|签收|簽收")
_CONTAINER = re.compile(
    r"(?:(?:总|總|大|集)?(?:包|袋|笼|籠)(?:号|號|牌)|(?:车|車)牌(?:号|號)?)\s*[:：为為]?\s*[【\[]?"
    r"((?:[\u4e00-\u9fff][A-Z])?[A-Z0-9][A-Z0-9-]{4,23})"
)
_PLACE = re.compile(r"^[\u4e00-\u9fff]{2,12}(?:省|市|县|縣|区|區|镇|鎮|乡|州|盟|旗)$")


class Hubs(msgspec.Struct, frozen=True):
    """Where a scan was made, where the parcel goes next when it leaves, and the bag or truck that it travels in."""

    facility: str | None = None
    onward: str | None = None
    place: str | None = None
    container: str | None = None


NOWHERE = Hubs()


@lru_cache(maxsize=65_536)
def hubs_of(text: str) -> Hubs:
    """Find the hubs that a scan text names."""
    onward = _ONWARD.search(text)
    turn = onward.start() if onward else len(text)
    here: str | None = None
    there: str | None = None
    place: str | None = None
    for found in _BRACKET.finditer(text):
        name = _clean(found[1] or found[2])
        if name is None or _FORECAST.search(text[max(0, found.start() - 60) : found.start()]):
            continue
        if found.start() > turn:
            there = there or name
        elif _PLACE.match(name) and here is None and place is None:
            place = name
        else:
            here = here or name
    if here is None and there is None:
        for plain in _PLAIN.finditer(text[:400]):
            if _PERSONAL.search(plain[1]):
                continue
            if plain.start() >= turn:
                there = there or plain[1]
            else:
                here = here or plain[1]
    bag = _CONTAINER.search(text) if "号" in text or "號" in text or "牌" in text else None
    if here is None and place is None and there is None and bag is None:
        return NOWHERE
    return Hubs(here or place, there, place, bag[1] if bag else None)


def _clean(raw: str) -> str | None:
    name = _SEPARATOR.split(raw, maxsplit=1)[0].strip()
    if len(name) < 2 or _PERSONAL.search(name) or _DATE.search(name):
        return None
    # A telephone number stands beside a courier's name; beside a hub's it is the hub's.
    return name if _ENDS.search(name) or not _PERSONAL.search(raw) else None
