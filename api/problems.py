"""Errors as people and programs read them: `application/problem+json` (RFC 9457).

Invariant: a problem says what to do in plain words and never shows internals or what the caller sent (it may be
personal data). May import: aiohttp.web, msgspec, pydantic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pydantic
from aiohttp import web

PROBLEM_JSON = "application/problem+json"

_TITLES = {
    400: "The request cannot be read",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "This method does not work here",
    408: "The request took too long to arrive",
    409: "Conflict",
    412: "It has changed since you read it",
    413: "Too large",
    415: "This content type is not accepted here",
    422: "Some fields are wrong",
    428: "Say which version you read",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "Not available right now",
}


class Problem(Exception):
    """An answer other than 2xx. `code` is a stable kebab-case word, `detail` plain words that say what to do."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra

    def response(self, request_id: str = "") -> web.Response:
        """Give the answer. `request_id` helps to find it in the logs."""
        body = {
            "type": f"urn:waywarden:problem:{self.code}",
            "title": _TITLES.get(self.status, "Error"),
            "status": self.status,
            "detail": self.detail,
            **({"request_id": request_id} if request_id else {}),
            **self.extra,
        }
        return web.Response(
            body=msgspec.json.encode(body), status=self.status, content_type=PROBLEM_JSON, headers=self.headers
        )


def field_errors(errors: Sequence[Any], skip: int = 0) -> list[dict[str, str]]:
    """Give pydantic's errors as `{field, message}`, without the input. `skip` drops the first parts of the place."""
    return [
        {"field": ".".join(str(part) for part in error["loc"][skip:]) or "(whole)", "message": str(error["msg"])}
        for error in errors
    ]


def invalid(error: pydantic.ValidationError, where: str) -> Problem:
    """Give the 422 for a body or query that does not fit its model."""
    errors = field_errors(error.errors(include_url=False, include_input=False, include_context=False))
    return Problem(422, "invalid-fields", f"Put right the fields named in `errors` ({where}).", errors=errors[:100])


def too_large(limit: int) -> Problem:
    """Give the 413 for a body over `limit` bytes."""
    return Problem(413, "too-large", f"Send at most {limit} bytes in one request.", limit_bytes=limit)
