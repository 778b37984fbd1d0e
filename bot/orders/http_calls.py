"""Calls of a shop's HTTP API: how long they may take, what is sent again, what a failure means; no shop's values."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import structlog

from bot.orders.http_json import Problem, WrongShape, read
from bot.orders.shop import OutcomeUnknown, ShopUnavailable

log = structlog.get_logger()

Value = TypeVar("Value")

CHANGE_TAKES = 2  # times as long as anything else: there must be time to ask again whether it was made
PAUSES = (0.1, 0.3)  # seconds before the second and the third attempt
CONNECTING = 1 / 3  # of the time; a lost first packet should not use it all up
LARGEST_ANSWER_BYTES = 32 * 2**20
_SENDING = "send_request_headers.started"  # https://www.python-httpx.org/advanced/extensions/#trace
_MAY_PASS = {408, 425}  # of 400 to 499, those that say nothing about the request


@dataclass(frozen=True, slots=True)
class Call:
    """One call: `name` for the log, without anybody's data; `path` below the shop's address, encoded."""

    name: str
    method: str
    path: str
    query: Mapping[str, str] | None = None
    body: bytes | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: a status, and a body that may be anything."""

    status: int
    body: bytes

    def says(self, error: str) -> bool:
        """Whether it is the API's own word for a problem, and not somebody else's page.

        Args:
            error: the word.
        """
        try:
            return read(Problem, self.body).error == error
        except WrongShape:
            return False


class _Failed(Exception):
    """An attempt without a result. `arrived`: the shop may have acted on it; `again`: another may do better."""

    def __init__(self, why: str, *, arrived: bool, again: bool = True) -> None:
        super().__init__(why)
        self.arrived = arrived
        self.again = again


class ShopCalls:
    """Makes calls, and again where that is safe.

    Everything but a change is safe to ask again. A change carries a key by which the shop knows it again, and so it is,
    too. All attempts together take `seconds`, a change `CHANGE_TAKES` times that.

    Args:
        client: what requests are made with; closed by `close`.
        seconds: longest time of a call.
        clock: seconds that only go up.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep

    async def ask(self, call: Call, understand: Callable[[Answer], Value]) -> Value:
        """What the shop answers to a call that changes nothing.

        Args:
            call: what is asked.
            understand: makes the answer a value; raises `WrongShape` for what is none, other errors as its own result.

        Raises:
            ShopUnavailable: no answer, or none that could be understood.
        """
        try:
            return await self._attempts(call, understand, self._seconds)
        except _Failed as failure:
            raise ShopUnavailable(str(failure)) from None

    async def change(self, call: Call, understand: Callable[[Answer], Value]) -> Value:
        """What the shop answers to a call that changes something, and has a key.

        Args:
            call: the change.
            understand: as in `ask`.

        Raises:
            ShopUnavailable: nothing was changed.
            OutcomeUnknown: it may have been made.
        """
        try:
            return await self._attempts(call, understand, self._seconds * CHANGE_TAKES)
        except _Failed as failure:
            if failure.arrived:
                raise OutcomeUnknown(str(failure)) from None
            raise ShopUnavailable(str(failure)) from None

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _attempts(self, call: Call, understand: Callable[[Answer], Value], seconds: float) -> Value:
        give_up = self._clock() + seconds
        arrived = False
        for pause in (*PAUSES, None):
            try:
                return await self._attempt(call, understand, min(self._seconds, give_up - self._clock()))
            except _Failed as failure:
                arrived = arrived or failure.arrived
                over = pause is None or not failure.again or self._clock() + pause >= give_up
                log.warning("shop_call_failed", call=call.name, why=str(failure), again=not over)
                if over:
                    raise _Failed(str(failure), arrived=arrived) from None
            await self._sleep(pause or 0)
        raise AssertionError("the last attempt returns or raises")

    async def _attempt(self, call: Call, understand: Callable[[Answer], Value], seconds: float) -> Value:
        answer = await self._sent(call, seconds)
        try:
            return understand(answer)
        except WrongShape as error:
            rejected = 400 <= answer.status < 500 and answer.status not in _MAY_PASS
            raise _Failed(f"{answer.status}, {error}", arrived=not rejected, again=not rejected) from None

    async def _sent(self, call: Call, seconds: float) -> Answer:
        sent = False

        async def notice(event: str, _: Any) -> None:
            nonlocal sent
            sent = sent or event.endswith(_SENDING)

        try:
            # httpx limits each step; a shop that sends a byte now and then would never end.
            async with asyncio.timeout(seconds):
                return await self._exchange(call, seconds, notice)
        except (httpx.HTTPError, TimeoutError) as error:
            raise _Failed(type(error).__name__, arrived=sent) from None

    async def _exchange(self, call: Call, seconds: float, notice: Callable[[str, Any], Awaitable[None]]) -> Answer:
        headers = {"Content-Type": "application/json"} if call.body is not None else {}
        if call.key is not None:
            headers["Idempotency-Key"] = call.key
        request = self._client.build_request(
            call.method,
            call.path,
            params=call.query,
            content=call.body,
            headers=headers,
            timeout=httpx.Timeout(seconds, connect=min(seconds, self._seconds * CONNECTING)),
            extensions={"trace": notice},
        )
        response = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > LARGEST_ANSWER_BYTES:
                    raise _Failed("the answer is too large", arrived=True, again=False)
            return Answer(response.status_code, bytes(body))
        finally:
            await response.aclose()
