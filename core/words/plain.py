"""Makes a text plain: lower case, no accents, simplified characters, half-width signs; and hides numbers.

Every character becomes exactly one, so that a place in the plain text is the same place in the text.

Invariant: `len(plain(text)) == len(text)`. May import: the standard library.
"""

from __future__ import annotations

import re
import unicodedata

# Only the traditional and variant characters of those that occur in the Chinese patterns.
_TRADITIONAL = (
    "丟並來倉備傷內凍別劇務區問單嚴報場壓壞學實寫將尋對導張強後復惡應戶拋換損搶撥擁據敗斷於時暫書會條業極樑樓標橋機檢權殘毀氣"
    "汙沒況洩準溼滅滯滲漬澇濃濕災為無營爲狀獲現異當發盜盡確碼禍稅稱積竊簽籤納紙結絕絡統經網緊緩縣繫繳罷聯聲職聽臺與萬著處號裏"
    "補裝裡複見記設話該詳認誤說説請謹識變貨買費資賠賣跡蹤車輛轉辦迴進運過達遞遲遷遺還郵鈴鋪錄錨錯鎮門閉開關險離難電霧響須預領"
    "題願顧顯風颱颶飛驗體點兩劃協廠員塵庫廢棄擠檔構爛約細線給維髒節訂計調購質趕鎖長間際駛減卻週係佈佔棟黴義數鄉輸銷證續齊隨從層規違邊罰償艙濺"
)
_SIMPLIFIED = (
    "丢并来仓备伤内冻别剧务区问单严报场压坏学实写将寻对导张强后复恶应户抛换损抢拨拥据败断于时暂书会条业极梁楼标桥机检权残毁气"
    "污没况泄准湿灭滞渗渍涝浓湿灾为无营为状获现异当发盗尽确码祸税称积窃签签纳纸结绝络统经网紧缓县系缴罢联声职听台与万着处号里"
    "补装里复见记设话该详认误说说请谨识变货买费资赔卖迹踪车辆转办回进运过达递迟迁遗还邮铃铺录锚错镇门闭开关险离难电雾响须预领"
    "题愿顾显风台飓飞验体点两划协厂员尘库废弃挤档构烂约细线给维脏节订计调购质赶锁长间际驶减却周系布占栋霉义数乡输销证续齐随从层规违边罚偿舱溅"
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
