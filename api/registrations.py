"""Shops register parcels: `POST /v1/parcels`, one or up to a thousand.

Invariant: contact fields are sealed before they leave this module; a parcel of another shop is never taken over; all
parcels of a request are registered or none. May import: carriers.names, core, store, api.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web
from pydantic import AwareDatetime, Field, RootModel, TypeAdapter, ValidationError

from api.principal import KeyHolder, KeyKind
from api.problems import Problem, invalid
from api.routes import Auth, Body, Call, read_limited, route
from api.services import Services
from carriers.names import carrier_slug
from core.event import Contact, Registered, Registration, Tier
from core.scan import Signer, parcel_id_of
from store import accounts
from store import intake as store

MAX_PARCELS = 1000
MAX_BYTES = 4 * 1024 * 1024
_KEY_HEADER = "Idempotency-Key"

#: Without control characters: PostgreSQL takes no NUL, and labels no line breaks.
Text = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=200)]
Minor = Annotated[int, Field(ge=0, le=10**12, description="minor units of `currency`")]


class ContactBody(Body):
    """The consumer. Encrypted field by field on arrival."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    phone: Annotated[str, Field(pattern=r"^\+?[0-9][0-9 ()-]{4,30}$")] | None = None
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)] | None = None
    address: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class ParcelBody(Body):
    """A parcel to watch."""

    carrier: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="our slug, such as `sf`")]
    waybill: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$")]
    order: Text | None = None
    service: Text | None = None
    promised_at: AwareDatetime | None = Field(default=None, description="delivery promised to the consumer")
    declared_minor: Minor | None = None
    insured_minor: Minor | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")] = "CNY"
    category: Text | None = None
    origin: Text | None = None
    destination: Text | None = None
    consent: Annotated[list[Signer], Field(max_length=len(Signer))] | None = Field(
        default=None,
        description="who or what may take the parcel in the consignee's place, as the consignee said; an empty list: "
        "nobody; left out: nobody asked. Left elsewhere, a delivery is doubted (`false_signature`)",
    )
    tier: Tier = Tier.STANDARD
    language: Literal["zh-CN", "zh-TW", "en"] = "zh-CN"
    contact: ContactBody | None = None
    shop: Text | None = Field(default=None, description="only with an admin key; a merchant's key says the shop")


class ParcelsBody(RootModel[ParcelBody | Annotated[list[ParcelBody], Field(min_length=1, max_length=MAX_PARCELS)]]):
    """One parcel, or an array of at most 1,000."""


class RegisteredParcel(Body):
    """A watched parcel. `link` is the consumer's page: whoever has it can read it."""

    parcel_id: str
    link: str


class RegisteredParcels(Body):
    """In the order of the request."""

    parcels: list[RegisteredParcel]


_many: TypeAdapter[list[ParcelBody]] = TypeAdapter(
    Annotated[list[ParcelBody], Field(min_length=1, max_length=MAX_PARCELS)]
)


@route(
    "POST",
    "/v1/parcels",
    auth=Auth.MERCHANT,
    summary="Register parcels",
    description=(
        "One object or an array of at most 1,000: all or none. Registering again changes the registration. 2xx means "
        "that it is durable; it is on the board about a second later."
    ),
    body=ParcelsBody,
    own_body=True,
    answers={201: RegisteredParcels, 409: None, 413: None},
    headers={_KEY_HEADER: "the same key and body within 48 h give the same answer and register nothing twice"},
)
async def register(call: Call[None, None]) -> web.Response:
    """Register one parcel or many."""
    services = call.services
    if call.request.content_type != "application/json":
        raise Problem(415, "wrong-content-type", "Send `Content-Type: application/json`.")
    raw = await read_limited(call.request, MAX_BYTES)
    who = call.who
    if not isinstance(who, KeyHolder):
        raise Problem(403, "not-allowed", "Parcels are registered by API key.")
    owner, key = f"{who.kind}:{who.owner}", _idempotency_key(call.request)
    digest = blake2b(raw, digest_size=32).digest()
    if key and (answer := await _answered(services, owner, key, digest)):
        return answer
    parcels = _parse(raw)
    shops = await _shops(services, who, parcels)
    ids = [parcel_id_of(carrier_slug(parcel.carrier), parcel.waybill) for parcel in parcels]
    _refuse_twice(ids)
    await _refuse_others(services, ids, shops)
    now = services.now()
    events = [_event(services, *each, now) for each in zip(ids, shops, parcels, strict=True)]
    await services.intake.accept([event for event, _ in events])
    services.metrics.registrations.inc(len(events))
    body = msgspec.json.encode({"parcels": [{"parcel_id": event.parcel_id, "link": link} for event, link in events]})
    if key:
        sealed = services.sealer.seal(body.decode(), f"idempotency:{owner}|{key}").encode()
        await store.remember_answer(services.pool, owner, key, digest, 201, sealed, now)
    return web.Response(body=body, status=201, content_type="application/json")


def _idempotency_key(request: web.Request) -> str:
    key = request.headers.get(_KEY_HEADER, "")
    if len(key) > 255 or not key.isprintable():
        raise Problem(400, "bad-idempotency-key", f"{_KEY_HEADER} is at most 255 printable characters.")
    return key


async def _answered(services: Services, owner: str, key: str, digest: bytes) -> web.Response | None:
    before = await store.answered_before(services.pool, owner, key)
    if before is None:
        return None
    request, status, sealed = before
    if request != digest:
        raise Problem(422, "idempotency-key-used", "This Idempotency-Key was used for another body. Take a new one.")
    body = services.sealer.open(sealed.decode(), f"idempotency:{owner}|{key}")
    return web.Response(
        body=body.encode(), status=status, content_type="application/json", headers={"Idempotent-Replay": "true"}
    )


def _parse(raw: bytes) -> list[ParcelBody]:
    try:
        return _many.validate_json(raw) if raw.lstrip()[:1] == b"[" else [ParcelBody.model_validate_json(raw)]
    except ValidationError as error:
        if any(item["type"] == "json_invalid" for item in error.errors(include_url=False, include_input=False)):
            raise Problem(400, "not-json", "The body is not JSON.") from None
        if any(item["type"] == "too_long" and not item["loc"] for item in error.errors(include_url=False)):
            raise Problem(413, "too-many-parcels", f"Send at most {MAX_PARCELS} parcels in one request.") from None
        raise invalid(error, "body") from None


async def _shops(services: Services, who: KeyHolder, parcels: list[ParcelBody]) -> list[str]:
    """Give the shop of each parcel: the key's, or for an admin key the one that the parcel names."""
    if who.kind is KeyKind.MERCHANT:
        wrong = [nth for nth, parcel in enumerate(parcels) if parcel.shop not in (None, who.owner)]
        if wrong:
            raise Problem(
                403, "not-your-shop", "The key belongs to another shop; leave `shop` out.", indexes=wrong[:100]
            )
        return [who.owner] * len(parcels)
    named = [parcel.shop for parcel in parcels]
    for shop in set(named):
        if shop is None or not await accounts.shop_exists(services.pool, shop):
            raise Problem(422, "no-such-shop", "With an admin key each parcel names a shop that exists.")
    return [str(shop) for shop in named]


def _refuse_twice(ids: list[str]) -> None:
    seen: set[str] = set()
    twice = [nth for nth, parcel_id in enumerate(ids) if parcel_id in seen or seen.add(parcel_id)]  # type: ignore[func-returns-value]
    if twice:
        errors = [{"field": f"{nth}.waybill", "message": "stands twice in this request"} for nth in twice[:100]]
        raise Problem(422, "invalid-fields", "Put right the fields named in `errors` (body).", errors=errors)


async def _refuse_others(services: Services, ids: list[str], shops: list[str]) -> None:
    for shop in set(shops):
        own = [parcel_id for parcel_id, its in zip(ids, shops, strict=True) if its == shop]
        taken = await store.others_parcels(services.pool, own, shop)
        if taken:
            indexes = [nth for nth, parcel_id in enumerate(ids) if parcel_id in taken]
            raise Problem(
                409, "not-your-parcel", "Another shop has registered these parcels; leave them out.", indexes=indexes
            )


def _event(services: Services, parcel_id: str, shop: str, parcel: ParcelBody, now: datetime) -> tuple[Registered, str]:
    token = services.links.token(parcel_id)
    registration = Registration(
        at=now,
        shop=shop,
        order=parcel.order,
        service=parcel.service,
        promised_at=parcel.promised_at,
        declared_minor=parcel.declared_minor,
        insured_minor=parcel.insured_minor,
        currency=parcel.currency,
        category=parcel.category,
        origin=parcel.origin,
        destination=parcel.destination,
        language=parcel.language,
        tier=parcel.tier,
        contact=_sealed(services, parcel_id, parcel.contact),
        link=services.links.digest(token),
        consent=tuple(sorted(set(parcel.consent))) if parcel.consent is not None else None,
    )
    link = f"{services.settings.public_url.rstrip('/')}/t/{token}"
    return Registered(parcel_id=parcel_id, registration=registration), link


def _sealed(services: Services, parcel_id: str, contact: ContactBody | None) -> Contact | None:
    if contact is None:
        return None
    fields: dict[str, Any] = {
        name: services.sealer.seal(value, f"{parcel_id}|{name}")
        for name, value in contact.model_dump(exclude_none=True).items()
    }
    return Contact(**fields) if fields else None


ROUTES = (register,)
