"""Understands in a carrier's words of a delivery that the consignee agreed to where the parcel was left.

Invariant: pure; the same text always gives the same answer; without such words the answer is no.
May import: the standard library, core.words.plain.
"""

from __future__ import annotations

import re

from core.words.plain import plain

_WHO = r"(?:收件人|收货人|收方|客户|顾客|用户|本人|买家|您)"
_AGREED = re.compile(
    rf"(?<!未)(?<!没)(?<!没有)(?:经|征得){_WHO}(?:本人)?(?:的)?(?:同意|要求|授权|指定|允许)|"
    rf"(?<!未)(?<!不)(?:按|按照|应|依|依照|根据|遵照){_WHO}(?:本人)?(?:的)?(?:要求|指示|[约約]定|意愿|指定|请求)|"
    rf"(?<!未经)(?<!没经)(?<!未征得){_WHO}(?:本人)?(?:已)?(?:同意|要求|指定|授权)(?:放|存|投|寄|代)|"
    r"(?:已|与|和).{0,8}(?:[沟溝]通|联系|联[络絡]|[协協]商)(?:一致|后|同意).{0,4}(?:放|存|投)|"
    r"\bas (?:requested|agreed|instructed|directed|authori[sz]ed)\b|"
    r"\b(?:at|per|on|upon) (?:the )?(?:recipient|consignee|customer|receiver|addressee)(?:'?s)? (?:request|instruction|"
    r"consent|authori[sz]ation)|"
    r"\b(?:with|by) (?:the )?(?:recipient|consignee|customer|receiver|addressee)(?:'?s)? (?:consent|permission|"
    r"agreement|authori[sz]ation)|"
    r"\b(?:recipient|consignee|customer|receiver|addressee) (?:has )?(?:agreed|authori[sz]ed|requested|consented)\b"
)


def agreed(text: str) -> bool:
    """Say whether the words state the consignee's consent."""
    return _AGREED.search(plain(text)) is not None
