"""Understands the carriers' free words where a code does not decide: damage, loss, refusal, absence and so on.

A small, deterministic classifier for Chinese (both scripts) and English. A word counts only when it is asserted: not
negated ("no damage found", 「未破损」, 「破損：無」), not conditional ("if damaged, refuse", 「如有破损请拒收」), not
of another thing ("label damaged", 「面单破损」), not taken back ("lost parcel found", 「丢失件已找回」).

Invariant: the same text always gives the same answer; what is returned is part of the text, digits of telephone
numbers hidden. May import: the standard library, msgspec, core.scan.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import msgspec

from core.scan import Culprit, Detail, Milestone

LONGEST = 500
"""Characters of a text that are read; carriers' remarks are shorter."""


class Words(msgspec.Struct, frozen=True):
    """What a text says. `words` is the clause that says it; `milestone` is set where the words name one (a return)."""

    detail: Detail | None
    culprit: Culprit | None
    words: str
    milestone: Milestone | None = None


class _Topic(msgspec.Struct, frozen=True):
    """One thing that can be said. `negatable`: a negator before it takes it back."""

    says: re.Pattern[str]
    detail: Detail | None
    culprit: Culprit | None = None
    milestone: Milestone | None = None
    negatable: bool = True


# Only the traditional and variant characters that occur in the patterns below.
_SIMPLER = str.maketrans(
    "損壞遺丟無裝毀變濕漏滲壓碎簽絕戶聯繫錯誤詳電話號誰應門關驗審遲點颱風霧災惡氣異敗竊盜滅發現運單標條碼請檢查內"
    "間線張來貨還達會對時產專買賣樣貼紙廠輛橋樑沒並給當為樓閉週個齊帶報誌週況跡後與於從頭國實過"
    "洩裂撈衝擊擠塊僅緩滯阻雪凍颶豪補繕溼尋",
    "损坏遗丢无装毁变湿漏渗压碎签绝户联系错误详电话号谁应门关验审迟点台风雾灾恶气异败窃盗灭发现运单标条码请检查内"
    "间线张来货还达会对时产专买卖样贴纸厂辆桥梁没并给当为楼闭周个齐带报志周况迹后与于从头国实过"
    "泄裂捞冲击挤块仅缓滞阻雪冻飓豪补缮湿寻",
)


def _p(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


# Most telling first: the first topic that is asserted is the answer.
_TOPICS = (
    _Topic(
        _p(
            "丢失|遗失|灭失|丢件|失窃|被盗|盗抢|下落不明|找不到(?:快件|包裹|货物|邮件)",
            r"\blost\b(?! time)|\bstolen\b|\btheft\b",
            r"\b(?:package|parcel|shipment|item|piece)s? (?:is |are |was |were |has been |reported )*missing\b",
            r"\bmissing (?:package|parcel|shipment|item|piece)",
            r"\b(?:cannot|can not|can't|could not|couldn't|unable to) (?:be )?"
            r"(?:locate|find|found|trace)d? (?:the |your |this )?(?:package|parcel|shipment|item)",
            r"\b(?:package|parcel|shipment|item) (?:cannot|can not|can't|could not|couldn't) be "
            r"(?:located|found|traced)",
        ),
        Detail.LOST,
        Culprit.CARRIER,
    ),
    _Topic(
        _p(
            "破损|损坏|毁损|污损|湿损|破碎|碎裂|破裂|开裂|摔坏|压坏|压扁|变形|渗漏|漏液|泄漏|泄露液|受潮|浸湿|浸水|进水|残损|货损",
            "(?:外箱|纸箱|箱体|包装|外包|内件)(?:有)?破",
            r"\bdamag(?:e|es|ed|ing)\b",
            r"\b(?:crushed|shattered|smashed|dented|leaking|leaked|leakage|water[- ]?logged)\b",
            r"\bbroken\b(?![ -]down)|\btorn\b",
            r"\b(?:package|parcel|item|contents?|carton|box) (?:is |are |was |were |got |arrived )*"
            r"(?:wet|soaked|opened)\b",
        ),
        Detail.DAMAGED,
    ),
    _Topic(_p("重新包装|更换包装|加固包装|重新打包", r"\bre-?pack(?:ed|aged|aging|ing)?\b"), Detail.REPACKED),
    _Topic(
        _p(
            "拒收|拒签|拒绝(?:签收|收货|收件|接收)|拒付",
            r"\brefus(?:ed|es|al)\b",
            r"\b(?:rejected|declined) by (?:the )?(?:recipient|consignee|customer|receiver|addressee)",
            r"\b(?:recipient|consignee|customer|receiver|addressee) (?:has )?(?:rejected|declined)",
        ),
        Detail.REFUSED,
        Culprit.CONSIGNEE,
    ),
    _Topic(
        _p(
            "地址(?:信息)?(?:不详|错误|有误|不清|不全|不完整|不明|不符|无法识别|不存在)",
            "查无此(?:人|址|地)|无此(?:人|地址)|电话(?:号码)?(?:错误|有误|空号|不符)|错误地址",
            r"\b(?:incorrect|incomplete|insufficient|wrong|bad|invalid|unknown|missing|illegible)"
            r"(?: \w+){0,2} address",
            r"\baddress(?:ee)? (?:\w+ ){0,2}"
            r"(?:incorrect|incomplete|insufficient|wrong|invalid|unknown|not found|unclear)",
            r"\bno such (?:number|street|person|address)|\baddressee unknown|\bundeliverable as addressed",
            r"\bunable to locate (?:the )?(?:address|delivery address)|\bmoved,? left no address",
        ),
        Detail.BAD_ADDRESS,
        negatable=False,
    ),
    _Topic(
        _p(
            "(?:收件人|收货人|客户|本人|顾客|用户)(?:\\S{0,2})不在|家中无人|家里无人|无人(?:在家|签收|接听|接电话|应答|收货|收件|开门)",
            "不在家|电话(?:\\S{0,2})(?:无人接|未接|不通|关机|打不通)|联系不上|联系不到|未联系上|无法联系|(?:公司|单位|店铺)(?:\\S{0,2})(?:关门|放假|休息)",
            r"\bnot (?:at )?home\b|\bno ?(?:one|body) (?:was |is )?(?:at )?(?:home|available|there|in)\b",
            r"\b(?:recipient|consignee|customer|receiver|addressee) (?:was |is )?"
            r"(?:absent|unavailable|away|not (?:available|in|present|there))",
            r"\b(?:business|office|premises|shop|store)(?: was| is)? closed",
            r"\b(?:unable|failed) to (?:contact|reach) (?:the )?"
            r"(?:recipient|consignee|customer|receiver|addressee)",
        ),
        Detail.ABSENT,
        Culprit.CONSIGNEE,
        negatable=False,
    ),
    _Topic(
        _p(
            "扣关|海关(?:\\S{0,2})(?:扣留|查扣|暂扣|扣押|滞留|待查)|清关(?:异常|失败|延误|受阻|滞留)|被海关",
            r"\b(?:held|hold|detained|retained|seized|stopped)\b[^.;]{0,30}\bcustoms\b",
            r"\bcustoms\b[^.;]{0,20}\b(?:hold|held|detain(?:ed)?|seized|delay(?:ed)?)\b|\bclearance delay",
        ),
        Detail.CUSTOMS_HELD,
        Culprit.CUSTOMS,
    ),
    _Topic(
        _p(
            "退回|退件|退寄|转退|退货|返回(?:寄件|发件|寄方|发货)|原路返回",
            r"\breturn(?:ed|ing|s)?(?: \w+){0,2} to (?:the )?(?:sender|shipper|seller|origin|merchant)|\brts\b",
        ),
        None,
        milestone=Milestone.RETURNING,
    ),
    _Topic(
        _p(
            "台风|飓风|暴雨|暴雪|大雪|大雾|洪水|洪涝|恶劣天气|天气(?:原因|影响|恶劣)|冰雪|雷暴|地震|泥石流|自然灾害",
            r"\b(?:(?:bad|severe|adverse|inclement|extreme|winter) weather|weather (?:delay|condition|event|related)s?"
            r"|due to weather|typhoon|hurricane|snow ?storm|storm|flood(?:s|ing)?|blizzard|tornado|natural disaster)\b",
        ),
        Detail.DELAYED,
        Culprit.WEATHER,
    ),
    _Topic(
        _p("延误|延迟|滞留|晚点|推迟|积压|爆仓", r"\bdelay(?:ed|s)?\b|\brunning late\b|\bbehind schedule\b"),
        Detail.DELAYED,
    ),
)
_WEATHER = _TOPICS[-2].says

_SENTENCE = re.compile(r"(?<=[。！!？?;；\n])|(?<=[a-z]\.)\s")
_CLAUSE = re.compile(r"[，,、]| - |\bbut\b|但是|但")
# From one of these on, the rest of the sentence only says what would be.
_CONDITION = _p(
    "如有|如果|如遇|如因|如需|若|万一|是否|有无|谨防|以免|避免|防止|请检查|请核对|请当面|倘|一旦",
    r"\bif\b|\bin case\b|\bwhether\b|\bshould (?:the|your|it|there)\b|\bcheck (?:for|the)\b|\bavoid\b|\bprevent\b",
    r"\bto report\b",
    r"\bmay (?:be|have|cause)\b|\bmight\b|\bpossible\b|\bplease report\b",
)
_WILL = re.compile(r"\b(?:will|would|may|can)\b")
_NOT_ZH = re.compile(
    r"(?:并?无(?!法|人|此)|并?未|并?没有?|不存在|未见|未有|不是|并非|非|排除|零|免于|没发现)(?!及时|按时|妥投|签收|送达|派送)"
)
_NOT_EN = re.compile(r"\b(?:no|not|never|without|free of|free from|nor|neither|none|non)\b|n't\b")
# A cause between the negator and the word ends the negator's reach: "not delivered due to damage", 「未妥投因破损」.
_CAUSE = _p("因|由于|导致|造成|系|已", r"\b(?:due|because|since|as|only|yet|until)\b")
_AFTER_NOT = re.compile(
    r"^(?:情况|现象|痕迹|迹象|记录)?\s*[:：=]\s*(?:无|没有|否|0|no|none|nil|n)(?!\w)|^(?:情况|现象|痕迹|迹象)?(?:已)?(?:排除|不存在)"
    r"|^[- ]free\b|^ (?:was |is |were )?not (?:found|seen|confirmed|visible|evident)|^ (?:ruled out|excluded)"
)
_OTHER_THING = re.compile(
    r"(?:面单|运单|标签|条码|条形码|道路|桥梁|车辆|设备|路面|货车)(?:\S{0,3})$"
    r"|\b(?:labels?|bar ?codes?|roads?|bridges?|vehicles?|trucks?|equipment|documents?|invoice)"
    r"(?: is| was| were| are| has been)* $"
)
_TAKEN_BACK = re.compile(
    r"(?<!未)(?<!没有)(?<!没)(?:找到|找回|寻回|追回)"
    r"|(?<!not )(?<!not been )(?<!n't )(?<!be )\b(?:found|recovered|relocated)\b"
    r"|\bno longer\b"
)
_PHONE = re.compile(r"\d[\d\- ]{5,}\d")


def _asserted(clause: str, match: re.Match[str], topic: _Topic) -> bool:
    """Say whether the match is said to be so in its clause."""
    before, after = clause[: match.start()], clause[match.end() :]
    if topic.detail in (Detail.DAMAGED, Detail.LOST) and _OTHER_THING.search(before):
        return False
    if not topic.negatable:
        return True
    for pattern, reach in ((_NOT_ZH, 8), (_NOT_EN, 32)):
        for negator in pattern.finditer(before):
            between = before[negator.end() :]
            if len(between) <= reach and not _CAUSE.search(between):
                return False
    return not _AFTER_NOT.search(after)


def _find(sentence: str, topic: _Topic) -> str | None:
    """Give the clause of the sentence in which the topic is asserted."""
    condition = _CONDITION.search(sentence)
    if condition and condition.group() == "if" and _WILL.search(sentence[: condition.start()]):
        return None  # "will be returned to sender if not collected"
    reach = condition.start() if condition else len(sentence)
    start = 0
    for clause in _CLAUSE.split(sentence[:reach]):
        for match in topic.says.finditer(clause):
            if not _asserted(clause, match, topic):
                continue
            if topic.detail is Detail.LOST and _TAKEN_BACK.search(sentence[start:]):
                continue
            return clause.strip(" .。！!；;:：\n")
        start += len(clause)
    return None


def hide_numbers(text: str) -> str:
    """Hide what may be a telephone number and cut to 80 characters."""
    return _PHONE.sub("***", text)[:80]


@lru_cache(maxsize=4096)
def read_words(text: str) -> Words | None:
    """Read a carrier's remark. None when it says nothing of interest or takes it back.

    Of several things said the gravest is given: loss, damage, refusal, bad address, absence, customs, return, weather,
    delay. Weather named beside a graver thing becomes its culprit.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).translate(_SIMPLER).lower()
    sentences = [piece for piece in _SENTENCE.split(plain) if piece.strip()]
    for topic in _TOPICS:
        for sentence in sentences:
            clause = _find(sentence, topic)
            if clause is None:
                continue
            culprit = topic.culprit
            if topic.detail in (Detail.DAMAGED, Detail.LOST) and _WEATHER.search(sentence):
                culprit = Culprit.WEATHER
            return Words(topic.detail, culprit, hide_numbers(clause), topic.milestone)
    return None
