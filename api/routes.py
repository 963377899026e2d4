"""A route: method, path, who may call it, what it takes and answers. From it come the check and the OpenAPI page.

Invariant: no route without a decision about who may call it (`auth` has no default); the handler sees only values
that passed their model. May import: aiohttp.web, pydantic, api.problems, api.principal, api.services.

    @route("POST", "/v1/things", auth=Auth.MERCHANT, summary="Add a thing", body=ThingBody, answers={201: Thing})
    async def add_thing(call: Call[ThingBody, None]) -> Thing: ...

    ROUTES = (add_thing,)          # and api/app.py names the module in its list
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from api.load import Share
from api.principal import KeyHolder, KeyKind, Nobody, Principal, Role, Staff
from api.problems import Problem, invalid, too_large
from api.services import SERVICES, Services

PRINCIPAL: web.RequestKey[Principal] = web.RequestKey("principal", object)  # type: ignore[arg-type]
ROUTE: web.RequestKey[str] = web.RequestKey("route", str)
SHARE: web.RequestKey[Share] = web.RequestKey("share", Share)

_KIB = 1024
_PARAMETER = re.compile(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")


class Body(BaseModel):
    """Base of request bodies and queries: unknown fields are refused by name, texts are trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


@dataclass(frozen=True)
class Rule:
    """Who is let in: staff from `role` up (None: no staff), keys of `keys`, or anybody."""

    name: str
    role: Role | None = None
    keys: frozenset[KeyKind] = frozenset()
    anybody: bool = False

    def admits(self, who: Principal) -> bool:
        """Say whether the caller is let in."""
        if self.anybody:
            return True
        if isinstance(who, Staff):
            return self.role is not None and who.role.rank >= self.role.rank
        return isinstance(who, KeyHolder) and who.kind in self.keys


class Auth(Enum):
    """The decisions there are. A merchant sees its own rows only: handlers filter by `call.shop_scope`."""

    PUBLIC = Rule("public", anybody=True)
    LINK = Rule("consumer's link, checked by the handler", anybody=True)
    SIGNED = Rule("sender's signature, checked by the handler", anybody=True)
    AGENT = Rule("staff", Role.AGENT)
    SUPERVISOR = Rule("supervisor", Role.SUPERVISOR)
    ADMIN = Rule("admin", Role.ADMIN)
    MERCHANT = Rule("merchant key", None, frozenset({KeyKind.MERCHANT, KeyKind.ADMIN}))
    PUSHER = Rule("carrier or merchant key", None, frozenset(KeyKind))
    STAFF_OR_MERCHANT = Rule("staff or merchant key", Role.AGENT, frozenset({KeyKind.MERCHANT}))


B = TypeVar("B")
Q = TypeVar("Q")


@dataclass(frozen=True, kw_only=True)
class Call(Generic[B, Q]):
    """One call: the checked body and query, who asks, and the services."""

    request: web.Request
    services: Services
    who: Principal
    body: B
    query: Q

    @property
    def staff(self) -> Staff:
        """Give the member of staff; only for routes that let nobody else in."""
        if not isinstance(self.who, Staff):
            raise Problem(403, "not-allowed", "Only staff may do this.")
        return self.who

    @property
    def shop_scope(self) -> str | None:
        """Give the one shop whose rows this caller may see, or None for staff, who see all."""
        if isinstance(self.who, Staff):
            return None
        if isinstance(self.who, KeyHolder) and self.who.kind is KeyKind.MERCHANT:
            return self.who.owner
        raise Problem(403, "not-allowed", "Only staff and merchants may see this.")

    def path(self, name: str) -> str:
        """Give a part of the path."""
        return self.request.match_info[name]


Reply = web.StreamResponse | BaseModel | None
Handler = Callable[[Call[Any, Any]], Awaitable[Reply]]
Answer = type[BaseModel] | str | None


@dataclass(frozen=True, kw_only=True)
class Route:
    """A registered route. `answers` maps a status to a model, a media type such as `text/html`, or None for no body.

    With `own_body` the handler reads and checks the body itself (streams, several shapes) and `body` only describes it.
    """

    method: str
    path: str
    handler: Handler
    auth: Auth
    summary: str
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answers: Mapping[int, Answer] = field(default_factory=lambda: {200: None})
    description: str = ""
    tag: str = ""
    takes: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    max_body: int = 256 * _KIB
    own_body: bool = False
    timeout_s: float = 30
    hidden: bool = False

    @property
    def plain_path(self) -> str:
        """Give the path as OpenAPI writes it, without aiohttp's patterns."""
        return _PARAMETER.sub(r"{\1}", self.path)

    @property
    def parameters(self) -> list[str]:
        """Give the names of the path's parts."""
        return _PARAMETER.findall(self.path)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Check and run: who, then query, then body, then the handler."""
        from api.auth import authenticate, check_csrf

        services = request.app[SERVICES]
        who: Principal = Nobody()
        if not self.auth.value.anybody:
            who = await authenticate(request, services)
            if isinstance(who, Nobody):
                raise Problem(
                    401,
                    "not-signed-in",
                    "Sign in, or send a valid API key as `Authorization: Bearer wk_…`.",
                    headers={"WWW-Authenticate": "Bearer"},
                )
            if not self.auth.value.admits(who):
                raise Problem(403, "not-allowed", f"This needs: {self.auth.value.name}.")
            if isinstance(who, Staff):
                check_csrf(request, who)
        request[PRINCIPAL] = who
        query = _read_query(request, self.query) if self.query else None
        body = await _read_model(request, self.body, self.max_body) if self.body and not self.own_body else None
        call: Call[Any, Any] = Call(request=request, services=services, who=who, body=body, query=query)
        reply = await self.handler(call)
        if isinstance(reply, web.StreamResponse):
            return reply
        status = min(self.answers, default=200)
        if reply is None:
            return web.Response(status=204 if status == 200 else status)
        return json_answer(reply, status)


def route(method: str, path: str, *, auth: Auth, summary: str, **options: Any) -> Callable[[Handler], Route]:
    """Make a handler a route. `options` are the other fields of `Route`; the lowest status in `answers` is usual."""

    def wrap(handler: Handler) -> Route:
        tag = options.pop("tag", "") or path.removeprefix("/v1/").strip("/").partition("/")[0]
        return Route(method=method, path=path, handler=handler, auth=auth, summary=summary, tag=tag, **options)

    return wrap


def json_answer(model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Give a model as JSON, without its None fields' absence: what is None is written as null."""
    return web.Response(
        body=model.model_dump_json().encode(), status=status, content_type="application/json", headers=headers
    )


async def read_limited(request: web.Request, limit: int) -> bytes:
    """Read the body, at most `limit` bytes. Raises Problem 413, or 503 when too many bodies are held at once."""
    if request.content_length is not None and request.content_length > limit:
        raise too_large(limit)
    pieces: list[bytes] = []
    size = 0
    async for piece in request.content.iter_any():
        size += len(piece)
        if size > limit:
            raise too_large(limit)
        request[SHARE].take(len(piece))
        pieces.append(piece)
    return b"".join(pieces)


async def _read_model(request: web.Request, model: type[BaseModel], limit: int) -> BaseModel:
    if request.content_type != "application/json":
        raise Problem(415, "wrong-content-type", "Send `Content-Type: application/json`.")
    raw = await read_limited(request, limit)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        if any(item["type"] == "json_invalid" for item in error.errors(include_url=False, include_input=False)):
            raise Problem(400, "not-json", "The body is not JSON.") from None
        raise invalid(error, "body") from None


def _read_query(request: web.Request, model: type[BaseModel]) -> BaseModel:
    values: dict[str, Any] = {}
    for name in request.query:
        field_info = model.model_fields.get(name)
        many = field_info is not None and _takes_many(field_info.annotation)
        values[name] = request.query.getall(name) if many else request.query[name]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(error, "query") from None


def _takes_many(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return any(_takes_many(part) for part in get_args(annotation))
    return origin in (list, tuple, set, frozenset)
