"""Made-up consumers: names, phones and addresses that belong to nobody.

Invariant: mail only to the reserved domain example.com. May import: the standard library.
"""

from __future__ import annotations

from random import Random

_FAMILY = ("王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴")
_GIVEN = ("子涵", "欣怡", "浩然", "梓萱", "宇轩", "诗涵", "俊杰", "雨桐", "建国", "淑芬")
_FAMILY_TW = ("陳", "林", "黃", "張", "李", "王", "吳", "劉")
_GIVEN_TW = ("雅婷", "怡君", "志明", "家豪", "淑芬", "承恩", "宗翰", "佩珊")
_EN = ("Ann Walker", "James Moore", "Olivia Reed", "Daniel Price", "Emma Stone", "Lucas Gray", "Mia Ford", "Noah Lane")


def consumer(random: Random, language: str) -> dict[str, str]:
    """Give name, phone, e-mail and address in the manner of the language's region."""
    number = random.randrange(10**8)
    mail = f"consumer{number:08d}@example.com"
    if language == "zh-CN":
        name = random.choice(_FAMILY) + random.choice(_GIVEN)
        return {
            "name": name,
            "phone": f"+86199{number:08d}",
            "email": mail,
            "address": "上海市浦东新区示例路 100 号 5 室",
        }
    if language == "zh-TW":
        name = random.choice(_FAMILY_TW) + random.choice(_GIVEN_TW)
        return {"name": name, "phone": f"+8869{number:08d}", "email": mail, "address": "台北市信義區範例路 100 號 5 樓"}
    return {
        "name": random.choice(_EN),
        "phone": f"+1555{number % 10**7:07d}",
        "email": mail,
        "address": "100 Example Street, Springfield",
    }
