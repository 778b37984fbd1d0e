"""A shop as docs/shop-api.yaml describes it, on loopback over any `Shop`; it fails when and as a test says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import web

from bot.orders.http import HttpShop, shop_client
from bot.orders.http_calls import ShopCalls
from bot.orders.http_json import CustomerList, OrderList, Problem, ProductList, WrongShape, read_change, write
from bot.orders.policy import ShopPolicy
from bot.orders.shop import Refused, Shop
from tests.support.openapi import Exchange

TOKEN = "a-token-of-the-shop"


class Ill(StrEnum):
    """What a server may do instead of answering."""

    ERROR = "500"
    BUSY = "429"
    LOST = "a page of some gateway, 404"
    MOVED = "302 to somewhere else"
    PAGE = "200 and HTML"
    CUT = "200 and half of the JSON"
    EMPTY = "200 and nothing"
    LIST = "200 and JSON of another form"
    OTHER = "200 and the answer to another question"
    DROP = "closes the connection"
    LATE = "closes the connection, and then does it"
    HANG = "never answers"
    TRICKLE = "sends a byte now and then, without end"


@dataclass(frozen=True)
class Fault:
    """One failure, used up by one request. `after`: what was asked for is done all the same."""

    ill: Ill
    after: bool = False


@dataclass
class ShopServer:
    """The server. `faults` are used up by the requests as they come; `requests` are all that came, as (method, path).

    `exchanges` are those without a fault, to be held against the description.
    """

    shop: Shop
    url: str = ""
    token: str = TOKEN
    policy: ShopPolicy | None = None
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    late: list[asyncio.Task[web.Response]] = field(default_factory=list)

    def application(self) -> web.Application:
        app = web.Application(client_max_size=2**20)
        for method, path, handler in (
            ("GET", "/orders/{number}", self._order),
            ("GET", "/customers/{id}/orders", self._orders),
            ("GET", "/customers/{id}", self._customer),
            ("GET", "/customers", self._customers),
            ("GET", "/products", self._products),
            ("GET", "/products/{id}", self._product),
            ("GET", "/policy", self._policy),
            ("POST", "/customers/{id}/changes/preview", self._preview),
            ("POST", "/customers/{id}/changes", self._apply),
            ("GET", "/changes/{key}", self._outcome),
        ):
            app.router.add_route(method, f"/bellhop{path}", self._handled(handler))
        return app

    def _handled(
        self, handler: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            path = request.rel_url.raw_path.removeprefix("/bellhop")
            body = await request.read()
            self.requests.append((request.method, path))
            self.keys += request.headers.getall("Idempotency-Key", [])
            fault = self.faults.pop(0) if self.faults else None
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                return _json(Problem("unauthorized"), 401)
            if fault and fault.ill is Ill.LATE:
                self.late.append(asyncio.ensure_future(handler(request)))
            if fault and (not fault.after or fault.ill is Ill.LATE):
                return await self._fail(fault.ill, request, b"")
            try:
                answer = await handler(request)
            except Refused as refused:
                answer = _json(refused.reason, 409)
            except WrongShape:
                answer = _json(Problem("bad_request"), 400)
            except ValueError:
                answer = _json(Problem("key_used"), 422)
            answered = answer.body
            assert isinstance(answered, bytes)
            if fault:
                return await self._fail(fault.ill, request, answered)
            self.exchanges.append(
                Exchange(
                    request.method,
                    path,
                    dict(request.query),
                    {name: request.headers[name] for name in request.headers},
                    json.loads(body) if body else None,
                    answer.status,
                    json.loads(answered),
                )
            )
            return answer

        return handle

    async def _fail(self, ill: Ill, request: web.Request, answer: bytes) -> web.StreamResponse:
        ok: dict[str, Any] = {"status": 200, "content_type": "application/json"}
        match ill:
            case Ill.ERROR:
                return web.Response(status=500, text="<h1>Internal Server Error</h1>", content_type="text/html")
            case Ill.BUSY:
                return web.Response(status=429, text="slow down")
            case Ill.LOST:
                return web.Response(status=404, text="<h1>Not Found</h1>", content_type="text/html")
            case Ill.MOVED:
                return web.Response(status=302, headers={"Location": f"{self.url}/elsewhere"})
            case Ill.PAGE:
                return web.Response(text="<h1>Welcome</h1>", content_type="text/html")
            case Ill.CUT:
                return web.Response(body=answer[: len(answer) // 2], **ok)
            case Ill.EMPTY:
                return web.Response(body=b"", **ok)
            case Ill.LIST:
                return web.Response(body=b'[{"ok": true}]', **ok)
            case Ill.OTHER:
                return web.Response(body=answer.replace(b'"#W', b'"#X').replace(b'"key":"', b'"key":"x'), **ok)
            case Ill.DROP | Ill.LATE:
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            case Ill.HANG:
                await self.over.wait()
                return web.Response()
            case Ill.TRICKLE:
                response = web.StreamResponse()
                await response.prepare(request)
                while not self.over.is_set():
                    await response.write(b" ")
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self.over.wait(), 0.05)
                return response

    async def _order(self, request: web.Request) -> web.Response:
        return _found(await self.shop.order(request.match_info["number"]))

    async def _orders(self, request: web.Request) -> web.Response:
        orders = await self.shop.orders_of(request.match_info["id"], int(request.query["limit"]))
        return _json(OrderList(orders))

    async def _customer(self, request: web.Request) -> web.Response:
        return _found(await self.shop.customer(request.match_info["id"]))

    async def _customers(self, request: web.Request) -> web.Response:
        query = request.query
        if "email" in query:
            customer = await self.shop.customer_by_email(query["email"])
            return _json(CustomerList((customer,) if customer else ()))
        if "phone" in query:
            return _json(CustomerList(await self.shop.customers_by_phone(query["phone"])))
        by_name = await self.shop.customers_by_name(query["first_name"], query["last_name"], query["postcode"])
        return _json(CustomerList(by_name))

    async def _products(self, request: web.Request) -> web.Response:
        return _json(ProductList(await self.shop.products()))

    async def _product(self, request: web.Request) -> web.Response:
        return _found(await self.shop.product(request.match_info["id"]))

    async def _policy(self, request: web.Request) -> web.Response:
        return _found(self.policy)

    async def _preview(self, request: web.Request) -> web.Response:
        return _json(await self.shop.preview(request.match_info["id"], read_change(await request.read())))

    async def _apply(self, request: web.Request) -> web.Response:
        change, key = read_change(await request.read()), request.headers.get("Idempotency-Key", "")
        if not key:
            return _json(Problem("key_missing"), 400)
        return _json(await self.shop.apply(request.match_info["id"], change, key))

    async def _outcome(self, request: web.Request) -> web.Response:
        return _found(await self.shop.outcome(request.match_info["key"]))


@asynccontextmanager
async def shop_server(shop: Shop) -> AsyncIterator[ShopServer]:
    """Serve a shop on a free port while the block runs."""
    server = ShopServer(shop)
    runner = web.AppRunner(server.application(), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/bellhop"
    try:
        yield server
    finally:
        server.over.set()
        await asyncio.gather(*server.late, return_exceptions=True)
        await runner.cleanup()


@asynccontextmanager
async def shop_over_http(
    url: str, *, token: str = TOKEN, seconds: float = 2.5, policy: ShopPolicy | None = None
) -> AsyncIterator[HttpShop]:
    """The client of a server, which does not pause between attempts."""
    calls = ShopCalls(shop_client(url, token), seconds, sleep=_at_once)
    try:
        yield HttpShop(calls, policy or ShopPolicy())
    finally:
        await calls.close()


async def _at_once(_: float) -> None:
    return None


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(body=write(value), status=status, content_type="application/json")


def _found(value: object | None) -> web.Response:
    return _json(Problem("not_found"), 404) if value is None else _json(value)
