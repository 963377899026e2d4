"""Providers of ours that answer and misbehave like theirs: Kuaidi100, 17TRACK, UPS and FedEx on one port.

They check what the real ones check (signatures, tokens, numbers in a request, requests a second) and remember every
offence. `python -m tests.pull_world PORT` runs them as a process, with a parcel for every number that is asked for.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
import sys
import time
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

CUSTOMER, KEY = "CUSTOMER1", "kuaidi-key"
TRACK17 = "track17-key"
UPS_ID, UPS_SECRET = "ups-id", "ups-secret"
FEDEX_ID, FEDEX_SECRET = "fedex-id", "fedex-secret"

HALF = web.RequestKey("half", bool)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Event:
    """What happened to a parcel, in the words of nobody in particular."""

    at: datetime
    text: str
    #: Kuaidi100 state, 17TRACK sub-status, UPS type, FedEx event type.
    codes: tuple[str, str, str, str] = ("0", "InTransit_Other", "I", "IT")


PICKED = ("1", "InTransit_PickedUp", "P", "PU")
DELIVERED = ("3", "Delivered_Other", "D", "DL")


def journey(*steps: tuple[str, tuple[str, str, str, str]], ago: timedelta = timedelta(hours=30)) -> list[Event]:
    """Make events an hour apart, the first `ago`, in whole seconds."""
    start = datetime.now(UTC).replace(microsecond=0) - ago
    return [Event(start + timedelta(hours=nth), text, codes) for nth, (text, codes) in enumerate(steps)]


@dataclass
class Providers:
    """The four, their parcels, their rules, and what was asked of them."""

    known: dict[str, list[Event]] = field(default_factory=dict)
    #: Whether an unknown number is made up on the spot.
    endless: bool = False
    registered: set[str] = field(default_factory=set)
    register_quota: int = 1_000_000
    #: UPS numbers whose answer lacks what our reader needs.
    garbled: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    quota_out: set[str] = field(default_factory=set)
    token_s: float = 3600
    #: What the next requests of a provider get instead of an answer.
    mishaps: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    rate: dict[str, int] = field(default_factory=lambda: {"17track": 3})
    slow_s: float = 0.0

    asked: list[tuple[float, str, tuple[str, ...]]] = field(default_factory=list)
    phones: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    offences: Counter[str] = field(default_factory=Counter)
    tokens: dict[str, float] = field(default_factory=dict)
    base: str = ""
    _recent: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    def numbers(self, provider: str = "") -> Counter[str]:
        """Give how often each number was asked for."""
        return Counter(number for _, name, numbers in self.asked if provider in ("", name) for number in numbers)

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_post("/poll/query.do", self._with("kuaidi100", self._kuaidi100))
        app.router.add_post("/track/v2.4/gettrackinfo", self._with("17track", self._gettrackinfo))
        app.router.add_post("/track/v2.4/register", self._with("17track", self._register))
        app.router.add_post("/security/v1/oauth/token", self._with("ups", self._ups_token))
        app.router.add_get("/api/track/v1/details/{number}", self._with("ups", self._ups))
        app.router.add_post("/oauth/token", self._with("fedex", self._fedex_token))
        app.router.add_post("/track/v1/trackingnumbers", self._with("fedex", self._fedex))
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self._stopped.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def settings(self) -> dict[str, Any]:
        """Give the settings that lead here."""
        return {
            "pull_kuaidi100_customer": CUSTOMER,
            "pull_kuaidi100_key": KEY,
            "pull_17track_key": TRACK17,
            "pull_ups_id": UPS_ID,
            "pull_ups_secret": UPS_SECRET,
            "pull_fedex_id": FEDEX_ID,
            "pull_fedex_secret": FEDEX_SECRET,
            **{f"pull_{name}_url": self.base for name in ("kuaidi100", "17track", "ups", "fedex")},
        }

    # ------------------------------------------------------------------------------------------- behaviour in common

    def _with(self, name: str, handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.calls[name] += 1
            if self._too_fast(name):
                return self._limited(name)
            mishap = self.mishaps[name].popleft() if self.mishaps[name] else ""
            if self.slow_s:
                await asyncio.sleep(self.slow_s)
            request[HALF] = mishap == "half"
            if mishap in ("", "half"):
                return await handler(request)
            return await self._mishap(mishap, request, handler)

        return handle

    def _too_fast(self, name: str) -> bool:
        most = self.rate.get(name, 0)
        if not most:
            return False
        recent, moment = self._recent[name], time.monotonic()
        while recent and recent[0] <= moment - 1:
            recent.popleft()
        if len(recent) >= most:
            self.offences[f"{name} rate"] += 1
            return True
        recent.append(moment)
        return False

    def _limited(self, name: str) -> web.Response:
        if name == "17track":
            return _json(
                {"code": -18010014, "data": {"errors": [{"code": -18010014, "message": "Request limit exceeded."}]}}
            )
        return web.Response(status=429, headers={"retry-after": "1"})

    async def _mishap(self, mishap: str, request: web.Request, handler: Handler) -> web.StreamResponse:
        if mishap == "html":
            return web.Response(text="<!DOCTYPE html><html><body>Bad gateway</body></html>", content_type="text/html")
        if mishap == "500":
            return web.Response(status=500, text="oops")
        if mishap == "429":
            return web.Response(status=429, headers={"retry-after": "2"})
        if mishap == "503":
            return web.Response(status=503, headers={"retry-after": "1"})
        if mishap == "redirect":
            return web.Response(status=302, headers={"location": "http://127.0.0.1:1/stolen"})
        if mishap == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if mishap == "silence":
            await self._stopped.wait()
            return web.Response(status=503)
        if mishap == "token":
            self.tokens.clear()
            return await handler(request)
        answer = await handler(request)
        assert isinstance(answer, web.Response) and isinstance(answer.body, bytes)
        if mishap == "truncated":
            return web.Response(body=answer.body[: len(answer.body) // 2], content_type="application/json")
        if mishap == "gzip":
            return web.Response(body=answer.body, headers={"content-encoding": "gzip"})
        if mishap == "half gzip":
            body = gzip.compress(answer.body)
            return web.Response(body=body[: len(body) // 2], headers={"content-encoding": "gzip"})
        if mishap == "cut":
            response = web.StreamResponse(headers={"content-length": str(len(answer.body))})
            await response.prepare(request)
            await response.write(answer.body[: len(answer.body) // 2])
            assert request.transport is not None
            request.transport.abort()
            return response
        raise AssertionError(mishap)

    def _events(self, number: str) -> list[Event] | None:
        if self.endless and number not in self.known:
            self.known[number] = journey(
                ("已揽收", PICKED), ("到达【杭州转运中心】", ("0", "InTransit_Other", "I", "IT"))
            )
        return self.known.get(number)

    def _note(self, name: str, numbers: tuple[str, ...]) -> None:
        self.asked.append((time.monotonic(), name, numbers))

    # ---------------------------------------------------------------------------------------------------- Kuaidi100

    async def _kuaidi100(self, request: web.Request) -> web.Response:
        form = await request.post()
        param = str(form.get("param", ""))
        expected = hashlib.md5((param + KEY + CUSTOMER).encode(), usedforsecurity=False).hexdigest().upper()
        if "kuaidi100" in self.refused or form.get("sign") != expected or form.get("customer") != CUSTOMER:
            return _json({"result": False, "returnCode": "503", "message": "验证签名失败"})
        if "kuaidi100" in self.quota_out:
            return _json({"result": False, "returnCode": "601", "message": "KEY已过期"})
        wish = json.loads(param)
        number = wish["num"]
        self._note("kuaidi100", (number,))
        if "phone" in wish:
            self.phones[number] = wish["phone"]
        if wish["com"] in ("shunfeng", "zhongtong") and not wish.get("phone"):
            return _json({"result": False, "returnCode": "408", "message": "快递公司参数异常：验证码错误"})
        events = self._events(number)
        if events is None:
            return _json({"result": False, "returnCode": "500", "message": "查询无结果，请隔段时间再查"})
        local = timedelta(hours=8)
        data = [
            {"time": f"{one.at + local:%Y-%m-%d %H:%M:%S}", "ftime": f"{one.at + local:%Y-%m-%d %H:%M:%S}",
             "context": one.text, "statusCode": one.codes[0], "areaName": None}
            for one in reversed(events)
        ]  # fmt: skip
        return _json(
            {"message": "ok", "nu": number, "ischeck": "0", "com": wish["com"], "status": "200", "data": data,
             "state": events[-1].codes[0], "condition": "F00"}
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------------ 17TRACK

    async def _track17(self, request: web.Request) -> list[dict[str, Any]] | web.Response:
        if "17track" in self.refused or request.headers.get("17token") != TRACK17:
            return _json({"code": 0, "data": {"errors": [{"code": -18010002, "message": "Access token is invalid."}]}})
        wishes = await request.json()
        if len(wishes) > 40:
            self.offences["17track batch"] += 1
            return _json(
                {"code": 0, "data": {"errors": [{"code": -18010013, "message": "Submitted data is invalid."}]}}
            )
        return list(wishes)

    async def _gettrackinfo(self, request: web.Request) -> web.Response:
        wishes = await self._track17(request)
        if isinstance(wishes, web.Response):
            return wishes
        self._note("17track", tuple(wish["number"] for wish in wishes))
        if request[HALF]:
            wishes = wishes[: len(wishes) // 2]
        accepted, rejected = [], []
        for wish in wishes:
            if wish["number"] not in self.registered:
                rejected.append(_rejected(wish, -18019902, "does not register, please register first."))
            elif (events := self._events(wish["number"])) is None:
                rejected.append(_rejected(wish, -18019909, "No tracking information at this time."))
            else:
                accepted.append(_accepted(wish, events))
        return _json({"code": 0, "data": {"accepted": accepted, "rejected": rejected}})

    async def _register(self, request: web.Request) -> web.Response:
        wishes = await self._track17(request)
        if isinstance(wishes, web.Response):
            return wishes
        self.calls["register"] += 1
        accepted, rejected = [], []
        for wish in wishes:
            if self.register_quota <= 0:
                rejected.append(_rejected(wish, -18019908, "Quota is not enough for use."))
            elif wish["number"] in self.registered:
                rejected.append(_rejected(wish, -18019901, "has been registered"))
            else:
                self.register_quota -= 1
                self.registered.add(wish["number"])
                accepted.append({"origin": 1, **wish})
        return _json({"code": 0, "data": {"accepted": accepted, "rejected": rejected}})

    # ---------------------------------------------------------------------------------------------------------- UPS

    def _give_token(self, name: str, lasts: Any) -> web.Response:
        self.calls[f"{name} token"] += 1
        token = hashlib.sha256(f"{name}{time.monotonic_ns()}".encode()).hexdigest()
        self.tokens[token] = time.monotonic() + self.token_s
        return _json({"access_token": token, "token_type": "Bearer", "expires_in": lasts})

    def _has_token(self, request: web.Request) -> bool:
        return self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "), 0) > time.monotonic()

    async def _ups_token(self, request: web.Request) -> web.Response:
        expected = base64.b64encode(f"{UPS_ID}:{UPS_SECRET}".encode()).decode()
        if "ups" in self.refused or request.headers.get("authorization") != f"Basic {expected}":
            return _json({"response": {"errors": [{"code": "10401", "message": "ClientId is Invalid"}]}}, 401)
        assert (await request.post()).get("grant_type") == "client_credentials"
        return self._give_token("ups", str(int(self.token_s)))

    async def _ups(self, request: web.Request) -> web.Response:
        if not self._has_token(request):
            return _json({"response": {"errors": [{"code": "250002", "message": "Invalid Authentication"}]}}, 401)
        if not request.headers.get("transid") or not request.headers.get("transactionsrc"):
            self.offences["ups headers"] += 1
        number = request.match_info["number"]
        self._note("ups", (number,))
        events = self._events(number)
        if events is None:
            warning = {"code": "TW0001", "message": "Tracking Information Not Found"}
            return _json({"trackResponse": {"shipment": [{"inquiryNumber": number, "warnings": [warning]}]}})
        activity = [
            {"date": f"{one.at:%Y%m%d}", "time": f"{one.at:%H%M%S}", "gmtDate": f"{one.at:%Y%m%d}",
             "gmtTime": f"{one.at:%H:%M:%S}", "gmtOffset": "+00:00",
             "status": {"type": one.codes[2], "code": "XX", "description": one.text},
             "location": {"address": {"city": "Atlanta", "stateProvince": "GA", "countryCode": "US"}}}
            for one in reversed(events)
        ]  # fmt: skip
        package = {"activity": activity} if number in self.garbled else {"trackingNumber": number, "activity": activity}
        return _json({"trackResponse": {"shipment": [{"inquiryNumber": number, "package": [package]}]}})

    # -------------------------------------------------------------------------------------------------------- FedEx

    async def _fedex_token(self, request: web.Request) -> web.Response:
        form = await request.post()
        given = (form.get("grant_type"), form.get("client_id"), form.get("client_secret"))
        if "fedex" in self.refused or given != ("client_credentials", FEDEX_ID, FEDEX_SECRET):
            return _json({"errors": [{"code": "NOT.AUTHORIZED.ERROR", "message": "The given client is invalid."}]}, 401)
        return self._give_token("fedex", int(self.token_s))

    async def _fedex(self, request: web.Request) -> web.Response:
        if not self._has_token(request):
            return _json({"errors": [{"code": "NOT.AUTHORIZED.ERROR", "message": "Access token expired."}]}, 401)
        if "fedex" in self.quota_out:
            text = "Daily transaction quota exceeded. Retry after 12:00AM GMT"
            return _json({"errors": [{"code": "TOO.MANY.REQUESTS", "message": text}]}, 429)
        wishes = [one["trackingNumberInfo"]["trackingNumber"] for one in (await request.json())["trackingInfo"]]
        if len(wishes) > 30:
            self.offences["fedex batch"] += 1
            return _json({"errors": [{"code": "TRACKING.TRACKINGNUMBERS.EXCEEDED", "message": "too many"}]}, 400)
        self._note("fedex", tuple(wishes))
        if request[HALF]:
            wishes = wishes[: len(wishes) // 2]
        return _json(
            {"transactionId": "t", "output": {"completeTrackResults": [self._fedex_one(one) for one in wishes]}}
        )

    def _fedex_one(self, number: str) -> dict[str, Any]:
        events = self._events(number)
        result: dict[str, Any] = {"trackingNumberInfo": {"trackingNumber": number}}
        if events is None:
            result["error"] = {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND", "message": "cannot be found"}
        else:
            result["scanEvents"] = [
                {"date": one.at.isoformat(), "eventType": one.codes[3], "eventDescription": one.text,
                 "scanLocation": {"city": "MEMPHIS", "stateOrProvinceCode": "TN", "countryCode": "US"}}
                for one in reversed(events)
            ]  # fmt: skip
        return {"trackingNumber": number, "trackResults": [result]}


def _json(document: object, status: int = 200) -> web.Response:
    body = json.dumps(document, ensure_ascii=False).encode()
    return web.Response(body=body, status=status, content_type="application/json")


def _rejected(wish: dict[str, Any], code: int, message: str) -> dict[str, Any]:
    return {"number": wish["number"], "carrier": wish["carrier"], "error": {"code": code, "message": message}}


def _accepted(wish: dict[str, Any], events: list[Event]) -> dict[str, Any]:
    made = [
        {"time_iso": one.at.isoformat(), "time_utc": f"{one.at:%Y-%m-%dT%H:%M:%SZ}", "description": one.text,
         "location": "", "stage": one.codes[1].partition("_")[0], "sub_status": one.codes[1], "address": {}}
        for one in reversed(events)
    ]  # fmt: skip
    info = {"tracking": {"providers": [{"provider": {"key": wish["carrier"]}, "events": made}]}}
    return {"number": wish["number"], "carrier": wish["carrier"], "track_info": info}


async def _main(port: int) -> None:
    providers = Providers(endless=True)
    await providers.start(port)
    print(f"Fake providers on {providers.base}", flush=True)
    try:
        while True:
            await asyncio.sleep(5)
            print(dict(providers.calls), dict(providers.offences), f"{len(providers.numbers())} numbers", flush=True)
    finally:
        await providers.stop()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
