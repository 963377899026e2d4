"""Bytes to text, JSON, form fields and XML, safely: sizes, depths and encodings are limited and sniffed.

Invariant: raises `Rejected` and nothing else; XML is parsed without DTDs, entities or fetches.
May import: core, carriers.format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from carriers.format import Reason, Rejected

MAX_BYTES = 16 * 1024 * 1024
MAX_FIELDS = 64

_json: msgspec.json.Decoder[object] = msgspec.json.Decoder()
_escapes = re.compile(rb"(?:%[0-9a-fA-F]{2})+")
_declared = re.compile(rb'^<\?xml[^>]{0,80}?encoding=["\']([A-Za-z0-9_.-]{1,20})["\']')
_boms = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def checked(raw: bytes) -> bytes:
    """Give the body without surrounding blanks. Raises `Rejected` when it is empty or too large."""
    if len(raw) > MAX_BYTES:
        raise Rejected(Reason.TOO_LARGE, f"{len(raw)} bytes, at most {MAX_BYTES} are read")
    body = raw.strip()
    if not body:
        raise Rejected(Reason.EMPTY, "the body is empty")
    return body


def utf8(raw: bytes) -> bytes:
    """Give the bytes as UTF-8 without a byte order mark; GBK and GB18030 and UTF-16 with a mark are converted."""
    for mark, encoding in _boms:
        if raw.startswith(mark):
            try:
                return raw[len(mark) :].decode(encoding).encode()
            except UnicodeError as failure:
                raise Rejected(Reason.ENCODING, f"broken {encoding}") from failure
    try:
        raw.decode()
    except UnicodeDecodeError:
        try:
            return raw.decode("gb18030").encode()
        except UnicodeError as failure:
            raise Rejected(Reason.ENCODING, "neither UTF-8 nor GB18030") from failure
    return raw


def json_of(raw: bytes) -> object:
    """Decode JSON of untrusted bytes. Raises `Rejected`."""
    body = checked(utf8(checked(raw)))
    try:
        return _json.decode(body)
    except RecursionError as failure:
        raise Rejected(Reason.TOO_DEEP, "nested too deeply") from failure
    except (msgspec.DecodeError, UnicodeError, ValueError) as failure:
        raise Rejected(*_why(body, "JSON")) from failure


def fields_of(raw: bytes) -> dict[str, bytes]:
    """Decode `application/x-www-form-urlencoded`: the first value of each name, as raw bytes. Raises `Rejected`."""
    parts = checked(raw).split(b"&", MAX_FIELDS)
    if len(parts) > MAX_FIELDS:
        raise Rejected(Reason.SHAPE, f"more than {MAX_FIELDS} form fields")
    found: dict[str, bytes] = {}
    for part in parts:
        name, _, value = part.partition(b"=")
        found.setdefault(_unescape(name).decode("latin-1"), _unescape(value))
    return found


def field(fields: Mapping[str, bytes], name: str) -> str:
    """Give a form field as text, empty when it is absent or unreadable."""
    return fields.get(name, b"").decode("utf-8", "replace")


def looks_like(raw: bytes, *openings: bytes) -> bool:
    """Say whether the first byte that is neither blank nor a byte order mark is one of the openings."""
    return raw[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(openings)


def xml_of(raw: bytes) -> Element:
    """Parse XML of untrusted bytes, without DTD, entities or fetches. Raises `Rejected`."""
    body = checked(raw)
    declared = _declared.match(body.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() in (b"gbk", b"gb2312", b"gb18030"):
        # expat knows no Chinese encodings, so the text is converted and the declaration dropped.
        body = utf8(body[declared.end() :].partition(b"?>")[2])
    try:
        root = fromstring(body, forbid_dtd=True)
    except DefusedXmlException as failure:
        raise Rejected(Reason.SYNTAX, "DTDs and entities are not read") from failure
    except (ParseError, ValueError, LookupError) as failure:
        raise Rejected(*_why(body, "XML")) from failure
    if not isinstance(root, Element):
        raise Rejected(Reason.SYNTAX, "no XML document")
    if root.tag.lower().rpartition("}")[2] == "html":
        raise Rejected(Reason.HTML, "an HTML page in place of a payload")
    return root


def _why(body: bytes, kind: str) -> tuple[Reason, str]:
    head = body[:512].lower()
    if b"<html" in head or b"<!doctype html" in head:
        return Reason.HTML, "an HTML page in place of a payload"
    return Reason.SYNTAX, f"broken or truncated {kind}"


def _unescape(raw: bytes) -> bytes:
    # Runs of escapes are converted at once: Chinese text is nothing but escapes, and this is many times faster.
    return _escapes.sub(lambda run: bytes.fromhex(run[0].replace(b"%", b"").decode()), raw.replace(b"+", b" "))
