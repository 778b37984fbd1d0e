"""The engine as seen from the app: one call, one turn; errors are errors."""

from __future__ import annotations

import json
import time
from typing import Any, Protocol

import httpx

from bot.conversations.errors import EngineError, EngineUnavailable
from bot.conversations.models import PendingTurn, Reply, TurnResult


class Turns(Protocol):
    """Whatever turns a message into a result: the engine over HTTP, or a fake."""

    async def run(self, turn: PendingTurn, history: list[dict[str, Any]]) -> TurnResult:
        """Run one turn on `history`; nothing is remembered.

        Raises:
            EngineError: the turn failed; `retryable` says whether it may succeed later.
        """
        ...

    async def healthy(self) -> bool:
        """Whether the engine answers."""
        ...


class HttpEngine:
    """The engine behind its loopback port."""

    def __init__(self, client: httpx.AsyncClient, url: str, secret: str) -> None:
        self._client = client
        self._turn_url = f"{url}/turn"
        self._health_url = f"{url}/health"
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    async def run(self, turn: PendingTurn, history: list[dict[str, Any]]) -> TurnResult:
        """See `Turns.run`."""
        body = {
            "conversation": turn.conversation_id,
            "history": history,
            "context": {},
            "message": {
                "id": turn.message_id,
                "text": turn.text,
                "payload": turn.payload,
                "metadata": {
                    "message_id": turn.message_id,
                    "customer_id": turn.customer_id,
                    "identity_id": turn.identity_id,
                    "channel": turn.channel,
                    "locale": turn.locale,
                },
            },
        }
        began = time.perf_counter()
        try:
            answer = await self._client.post(
                self._turn_url, content=json.dumps(body, separators=(",", ":")), headers=self._headers
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise EngineUnavailable(f"the engine cannot be reached ({type(error).__name__})") from error
        except httpx.TimeoutException as error:
            raise EngineError("engine_timeout", "the engine took too long", retryable=True) from error
        except httpx.HTTPError as error:
            message = f"the engine broke off during the turn ({type(error).__name__})"
            raise EngineUnavailable(message, code="engine_died") from error
        elapsed = (time.perf_counter() - began) * 1000
        try:
            content = json.loads(answer.content)
        except ValueError as error:
            raise EngineError("garbage", f"status {answer.status_code} without JSON", retryable=True) from error
        if answer.status_code != 200:
            problem = content.get("error", {})
            raise EngineError(
                str(problem.get("code", answer.status_code)),
                str(problem.get("message", "")),
                retryable=bool(problem.get("retryable", answer.status_code >= 500)),
            )
        return _result(content, elapsed)

    async def healthy(self) -> bool:
        """See `Turns.healthy`."""
        try:
            answer = await self._client.get(self._health_url, timeout=2.0)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200


def _result(content: dict[str, Any], elapsed_ms: float) -> TurnResult:
    try:
        replies = tuple(
            Reply(
                text=reply.get("text"),
                buttons=tuple(reply.get("buttons") or ()),
                image=reply.get("image"),
                custom=reply.get("custom") or {},
                response=reply.get("response"),
                metadata=reply.get("metadata") or {},
            )
            for reply in content["replies"]
        )
        actions_ms = float(content["timing"]["actions_ms"])
        return TurnResult(
            history=content["history"],
            events=content["events"],
            replies=replies,
            understanding=content["understanding"],
            model=content["model"],
            engine_ms=elapsed_ms - actions_ms,
            actions_ms=actions_ms,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EngineError("garbage", f"an answer without {error}", retryable=False) from error
