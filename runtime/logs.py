"""Logs: one JSON object a line (or coloured text for people), our own and those of libraries alike.

Invariant: what looks like an e-mail address or a phone number, and what stands under a name such as `password`,
leaves the process as `[redacted]`. This is the last line of defence, not a licence to log personal data.
May import: structlog, msgspec.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

import msgspec
import structlog

REDACTED = "[redacted]"

_SECRET_NAMES = frozenset(
    "address authorization consignee cookie email key link mobile password phone receiver secret sender tel ticket "
    "token".split()
)
# Two look-behinds keep waybills such as SF13812345678 and longer digit runs whole.
_PRIVATE = re.compile(
    r"""
    [\w.+-]+@[\w-]+\.[\w.-]+                               # e-mail
    | (?<![\w])(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\w)   # mobile, mainland China
    | (?<![\w])(?:\+?886[\s-]?|0)9\d{2}[\s-]?\d{3}[\s-]?\d{3}(?!\w)   # mobile, Taiwan
    | (?<![\w])\+\d{1,3}[\s-]?(?:\(\d+\)[\s-]?)?\d[\d\s-]{5,}\d       # any number in international form
    """,
    re.VERBOSE,
)
# Libraries that tell every request or heartbeat at info.
_CHATTY = {"aiokafka": logging.WARNING, "aiohttp.access": logging.WARNING, "websockets": logging.WARNING}


def _clean(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return _PRIVATE.sub(REDACTED, value)
    if isinstance(value, bytes):
        return _PRIVATE.sub(REDACTED, value.decode("utf-8", "replace"))
    if depth > 5:
        return value if isinstance(value, int | float | bool | None) else "…"
    if isinstance(value, Mapping):
        return {key: _clean_named(key, item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item, depth + 1) for item in value]
    if value is None or isinstance(value, int | float | bool):
        return value
    return _PRIVATE.sub(REDACTED, str(value))


def _clean_named(name: object, value: Any, depth: int = 0) -> Any:
    if isinstance(name, str) and name.lower() in _SECRET_NAMES and value is not None:
        return REDACTED
    return _clean(value, depth)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace what looks private in every value of a log event, nested ones and tracebacks too."""
    for name, value in event.items():
        if not name.startswith("_"):
            event[name] = _clean_named(name, value)
    return event


def _to_json(event: Any, **_options: Any) -> str:
    return msgspec.json.encode(event).decode()


def configure(service: str, form: Literal["json", "console"] = "json", level: str = "info", stream: Any = None) -> None:
    """Set up logs for this process, libraries' included. `service` stands in every line; goes to stderr."""
    stream = stream or sys.stderr
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )

    def name_service(logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        record = event.get("_record")
        if record is not None and not event.get("_from_structlog"):
            event["logger"] = record.name
        return event

    render: Any = (
        structlog.processors.JSONRenderer(serializer=_to_json)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=bool(getattr(stream, "isatty", lambda: False)()))
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[name_service, structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, render],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name, least in _CHATTY.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    logging.captureWarnings(True)
