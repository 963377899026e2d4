"""Bytes to text, JSON, form fields and XML, safely: sizes, depths and encodings are limited and sniffed.

Invariant: raises `Rejected` and nothing else; XML is parsed without DTDs, entities or fetches.
May import: core, carriers.format, carriers._encodings.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError, fromstring

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring as careful

from carriers import _encodings
from carriers.format import Reason, Rejected

MAX_BYTES = 16 * 1024 * 1024
MAX_FIELDS = 64
MAX_TAGS = 2_000
"""Tags that are read of XML that consists of little else."""
_SHORTEST_TAG = 5  # bytes, text included, on average; carriers' names alone are longer

_json: msgspec.json.Decoder[object] = msgspec.json.Decoder()
_escapes = re.compile(rb"(?:%[0-9a-fA-F]{2})+")
_declared = re.compile(rb'^<\?xml[^>]{0,80}?encoding=["\']([A-Za-z0-9_.-]{1,20})["\']')


def checked(raw: bytes) -> bytes:
    """Give the body without surrounding blanks. Raises `Rejected` when it is empty or too large."""
    if len(raw) > MAX_BYTES:
        raise Rejected(Reason.TOO_LARGE, f"{len(raw)} bytes, at most {MAX_BYTES} are read")
    body = raw.strip()
    if not body:
        raise Rejected(Reason.EMPTY, "the body is empty")
    return body


def utf8(raw: bytes) -> bytes:
    """Give the bytes as UTF-8 without a byte order mark (see `carriers._encodings`). Raises `Rejected`."""
    try:
        return _encodings.utf8(raw)
    except UnicodeError as failure:
        raise Rejected(Reason.ENCODING, "in no encoding that is read") from failure


def json_of(raw: bytes) -> object:
    """Decode JSON of untrusted bytes. Raises `Rejected`."""
    body = checked(utf8(checked(raw)))
    try:
        return _json.decode(body)
    except RecursionError as failure:
        raise Rejected(Reason.TOO_DEEP, "nested too deeply") from failure
    except (msgspec.DecodeError, UnicodeError, ValueError) as failure:
        raise Rejected(Reason.SYNTAX, "broken or truncated JSON") from failure


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
    return raw[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(openings)


def xml_of(raw: bytes) -> Element:
    """Parse XML of untrusted bytes, tags without their namespaces. Raises `Rejected`, also for any DTD or entity.

    defusedxml does its checks in Python, element by element; a document without `<!` declarations can hold none of what
    it checks for, so only those go to it. Expat fetches nothing and is never asked to.
    """
    body = checked(raw)
    declared = _declared.match(body.removeprefix(b"\xef\xbb\xbf"))
    if declared and (encoding := declared[1].decode().lower()) not in _encodings.UTF8:
        if encoding not in _encodings.READ:
            raise Rejected(Reason.ENCODING, "the declared encoding is not read")
        try:
            body = _encodings.declared_as(body.partition(b"?>")[2], encoding)
        except UnicodeError as failure:
            raise Rejected(Reason.ENCODING, "the text is not in the encoding that it declares") from failure
    else:
        body = utf8(body)
    tags = body.count(b"<")
    if tags > MAX_TAGS and len(body) < _SHORTEST_TAG * tags:
        raise Rejected(Reason.TOO_DEEP, "nothing but tags")
    try:
        # A NUL means UTF-16 without a mark, which expat would recognise and this search would not.
        if b"\0" in body or b"<!" in body.replace(b"<![CDATA[", b"").replace(b"<!--", b""):
            root = careful(body, forbid_dtd=True)
        else:
            root = fromstring(body)  # noqa: S314  there is no DTD in it
    except DefusedXmlException as failure:
        raise Rejected(Reason.SYNTAX, "DTDs and entities are not read") from failure
    except (ParseError, ValueError, LookupError) as failure:
        raise Rejected(Reason.SYNTAX, "broken or truncated XML") from failure
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _unescape(raw: bytes) -> bytes:
    plain = raw.replace(b"+", b" ")
    escapes = plain.count(b"%")
    if not escapes:
        return plain
    # Quoted-printable differs from percent-encoding by its mark only, and its decoder is many times faster than any
    # loop here; it is believed where it has replaced every escape by one byte.
    odd = b"=" in plain or b"\n" in plain or b"\r" in plain
    found = b"" if odd else a2b_qp(plain.replace(b"%", b"="))
    if len(plain) - len(found) == 2 * escapes:
        return found
    return _escapes.sub(lambda run: bytes.fromhex(run[0].replace(b"%", b"").decode()), plain)
