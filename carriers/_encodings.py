"""What a body is written in: UTF-8 in the end, whatever the sender's machine uses.

UTF-16 with a mark or without, a charset that the request declares, GBK and GB18030 undeclared (Chinese carriers), and
Windows-1252 undeclared (European spreadsheets). Invariant: raises `UnicodeError` and nothing else; what is valid UTF-8
is taken for UTF-8 whatever is declared, for that is what wrong declarations are mostly put on.
May import: the standard library.
"""

from __future__ import annotations

import re

READ = {"gbk", "gb2312", "gb18030", "big5", "iso-8859-1", "iso-8859-15", "latin1", "windows-1252", "utf-16"}
"""Encodings that are read where they are declared."""
UTF8 = ("utf-8", "utf8", "us-ascii", "ascii")

_MARK = b"\xef\xbb\xbf"
_CHARSET = re.compile(r"charset=\"?([A-Za-z0-9_.-]{1,20})")
_HIGH = re.compile(rb"[\x80-\xff]+")


def declared_as(raw: bytes, encoding: str) -> bytes:
    """Give bytes of a declared encoding (one of `READ`) as UTF-8."""
    return raw if _is_utf8(raw) else raw.decode(encoding).encode()


def normal(raw: bytes, content_type: str) -> bytes:
    """Give a body in an encoding whose ASCII is ASCII: UTF-16 and declared charsets become UTF-8, the rest stays."""
    if wide := _wide(raw[:2]):
        return raw[: len(raw) // 2 * 2].decode(wide).removeprefix("\ufeff").encode()
    charset = _CHARSET.search(content_type.lower())
    return declared_as(raw, charset[1]) if charset and charset[1] in READ else raw


def utf8(raw: bytes) -> bytes:
    """Give bytes of an unknown encoding as UTF-8 without a byte order mark."""
    if _is_utf8(raw):
        return raw.removeprefix(_MARK)
    runs = [len(run) for run in _HIGH.findall(raw[:65_536])]
    # Chinese comes in pairs of high bytes; umlauts stand alone among ASCII.
    if 2 * runs.count(1) > len(runs):
        try:
            return raw.decode("windows-1252").encode()
        except UnicodeError:
            pass  # it has bytes that this encoding does not use: the other is the second try
    return raw.decode("gb18030").encode()


def _wide(head: bytes) -> str | None:
    if head in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16-le" if head == b"\xff\xfe" else "utf-16-be"
    if len(head) == 2 and (head[0] == 0) != (head[1] == 0):
        return "utf-16-be" if head[0] == 0 else "utf-16-le"
    return None


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
