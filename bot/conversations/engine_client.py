"""The engine as seen from the app: one call, one turn; errors are errors."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

import aiohttp
import orjson

from bot.conversations.errors import EngineError, EngineUnavailable
from bot.conversations.models import PendingTurn, Reply, TurnResult
from bot.conversations.transcript import PUSHED
from bot.languages.languages import BASE

TURN_WITHIN_SECONDS = 25.0  # several slow actions in one turn


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
    """The engine behind its loopback port.

    Args:
        session: keeps connections open. aiohttp's, since with many turns at once httpx costs several times the CPU.
        url: like http://127.0.0.1:5005.
        secret: what the engine knows us by.
        language_for: the language to begin with, by the conversation's locale.
        people_are_there: whether one of the shop's people could take over just now, in that language.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        secret: str,
        language_for: Callable[[str], str] = lambda locale: BASE,
        people_are_there: Callable[[str], bool] = lambda language: False,
    ) -> None:
        self._session = session
        self._language_for = language_for
        self._people_are_there = people_are_there
        self._turn_url = f"{url}/turn"
        self._health_url = f"{url}/health"
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    async def run(self, turn: PendingTurn, history: list[dict[str, Any]]) -> TurnResult:
        """See `Turns.run`."""
        language = self._language_for(turn.locale)
        body = {
            "conversation": turn.conversation_id,
            "history": history,
            "context": {"default_language": language},
            "message": {
                "id": turn.key,
                "text": turn.text,
                "payload": turn.payload,
                "metadata": {
                    "message_id": turn.key,
                    "customer_id": turn.customer_id,
                    "identity_id": turn.identity_id,
                    "channel": turn.channel,
                    "locale": turn.locale,
                    "people": self._people_are_there(language),
                    "pushed": turn.channel in PUSHED,
                },
            },
        }
        began = time.perf_counter()
        status, answer = await self._post(orjson.dumps(body))
        elapsed = (time.perf_counter() - began) * 1000
        try:
            content = orjson.loads(answer)
        except ValueError as error:
            raise EngineError("garbage", f"status {status} without JSON", retryable=True) from error
        if status != 200:
            problem = content.get("error") if isinstance(content, dict) else None
            problem = problem if isinstance(problem, dict) else {}
            raise EngineError(
                str(problem.get("code", status)),
                str(problem.get("message", "")),
                retryable=bool(problem.get("retryable", status >= 500)),
            )
        return _result(content, elapsed)

    async def healthy(self) -> bool:
        """See `Turns.healthy`."""
        try:
            async with self._session.get(self._health_url, timeout=aiohttp.ClientTimeout(total=2)) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        try:
            async with self._session.post(self._turn_url, data=body, headers=self._headers) as answer:
                return answer.status, await answer.read()
        except aiohttp.ClientConnectorError as error:
            raise EngineUnavailable(f"the engine cannot be reached ({type(error).__name__})") from error
        except TimeoutError as error:
            raise EngineError("engine_timeout", "the engine took too long", retryable=True) from error
        except aiohttp.ClientError as error:
            message = f"the engine broke off during the turn ({type(error).__name__})"
            raise EngineUnavailable(message, code="engine_died") from error


def engine_session(turn_within_seconds: float = TURN_WITHIN_SECONDS) -> aiohttp.ClientSession:
    """A session for `HttpEngine`: as many connections as turns run at once, and time for the longest turn."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=turn_within_seconds, sock_connect=2),
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
        trust_env=False,  # a proxy of the environment has no business between us and loopback
    )


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
            language=content.get("language"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EngineError("garbage", f"an answer without {error}", retryable=False) from error
