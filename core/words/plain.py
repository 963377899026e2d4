"""Makes a text plain: lower case, no accents, simplified characters, half-width signs; and hides numbers.

Every character becomes exactly one, so that a place in the plain text is the same place in the text.

Invariant: `len(plain(text)) == len(text)`. May import: the standard library.
"""

from __future__ import annotations

import re
import unicodedata

# Only the traditional and variant characters that occur in the Chinese patterns.
_TRADITIONAL = (
    "損壞遺丟無裝毀變濕漏滲壓碎簽絕戶聯繫錯誤詳電話號誰應門關驗審遲點颱風霧災惡氣異敗竊盜滅發現運單標條碼請檢查內"
    "間線張來貨還達會對時產專買賣樣貼紙廠輛橋樑沒並給當為樓閉週個齊帶報誌況跡後與於從頭國實過"
    "洩裂撈衝擊擠塊僅緩滯阻雪凍颶豪補繕溼尋遷該姓樣場鄰區處稅繳資證據須級車機誤執歸寄雙讓長說總營業壞軌罷"
    "陰殘脫劃開啟緊導復復複蹤錢難趕額飛誤劇強烏魯護尚嚴幹線進彎縣鎮網點遞費訂購離職單位層門牌認識響淚漬濺滿倉溫"
    "勞動調撥備紀錄歷轉迴顧愛親釋放麼這隨樹葉頁項願類顯餘駐駛騎驚鬆鬧鳥鮮麗黃齡龍"
)
_SIMPLIFIED = (
    "损坏遗丢无装毁变湿漏渗压碎签绝户联系错误详电话号谁应门关验审迟点台风雾灾恶气异败窃盗灭发现运单标条码请检查内"
    "间线张来货还达会对时产专买卖样贴纸厂辆桥梁没并给当为楼闭周个齐带报志况迹后与于从头国实过"
    "泄裂捞冲击挤块仅缓滞阻雪冻飓豪补缮湿寻迁该姓样场邻区处税缴资证据须级车机误执归寄双让长说总营业坏轨罢"
    "阴残脱划开启紧导复复复踪钱难赶额飞误剧强乌鲁护尚严干线进弯县镇网点递费订购离职单位层门牌认识响泪渍溅满仓温"
    "劳动调拨备纪录历转回顾爱亲释放么这随树叶页项愿类显余驻驶骑惊松闹鸟鲜丽黄龄龙"
)
_ACCENTED = "áàâäãåéèêëíìîïóòôöõőúùûüűñçýÿßøœæÁÀÂÄÃÅÉÈÊËÍÌÎÏÓÒÔÖÕŐÚÙÛÜŰÑÇÝŸØŒÆİ"
_BARE = "aaaaaaeeeeiiiioooooouuuuuncyysooaAAAAAAEEEEIIIIOOOOOOUUUUUNCYYOOAI"
_SIGNS = "’‘ʼ´\u00a0\u3000"
_PLAIN_SIGNS = "''''  "
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_TABLE = _FULL_WIDTH | str.maketrans(
    _TRADITIONAL + _ACCENTED + _SIGNS,
    _SIMPLIFIED + _BARE + _PLAIN_SIGNS,
)
_PHONE = re.compile(r"\d[\d\- ]{5,}\d")


def composed(text: str) -> str:
    """Give the text with every accent in one character with its letter."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def plain(text: str) -> str:
    """Give the plain form of a composed text, of the same length."""
    return text.lower() if text.isascii() else text.translate(_TABLE).lower()


def hide_numbers(text: str) -> str:
    """Hide what may be a telephone number and cut to 80 characters."""
    return _PHONE.sub("***", text)[:80]
