"""Calls custom actions over HTTP, in the wire format of rasa_sdk; every failure is an `EngineError` that says its kind.

The exceptions are deliberately none of Rasa's or aiohttp's: Rasa catches those around an action and goes on without its
events, or with slots that nobody validated.
"""

import asyncio
import json
import time
from collections.abc import Collection, Mapping
from typing import Any

import aiohttp
from rasa.utils.endpoints import ClientResponseError

from bot.engine.errors import ActionFailed, ActionTimeout, ActionUnavailable

MAX_ANSWER_BYTES = 4 * 1024 * 1024
# Below the five seconds after which uvicorn closes an idle connection, so that no call is sent into a closing one.
KEEP_ALIVE_SECONDS = 3.0


class ActionClient:
    """One keep-alive connection pool to the app's `/actions`, shared by all turns."""

    def __init__(self, url: str, secret: str, timeout: float) -> None:
        """`timeout` is in seconds and covers a whole call."""
        self._url = url
        self._timeout = timeout
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
            timeout=aiohttp.ClientTimeout(total=timeout),
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS),
            trust_env=False,
        )

    async def close(self) -> None:
        await self._session.close()

    async def call(self, name: str, body: bytes) -> tuple[int, bytes]:
        """Posts `body` to the action and returns status and answer.

        Raises:
            ActionUnavailable, ActionTimeout: nobody answered, or not in time.
            ActionFailed: the answer is too large.
        """
        try:
            async with self._session.post(self._url, data=body) as response:
                answer = await response.content.read(MAX_ANSWER_BYTES + 1)
                while len(answer) <= MAX_ANSWER_BYTES and not response.content.at_eof():
                    answer += await response.content.read(MAX_ANSWER_BYTES + 1 - len(answer))
        except asyncio.TimeoutError:
            raise ActionTimeout(f"action {name} did not answer within {self._timeout:g} s") from None
        except aiohttp.ClientError as error:
            raise ActionUnavailable(f"action {name} cannot be reached ({type(error).__name__})") from None
        if len(answer) > MAX_ANSWER_BYTES:
            raise ActionFailed(f"action {name} answered more than {MAX_ANSWER_BYTES} bytes")
        return response.status, answer


class ActionEndpoint:
    """What Rasa takes for its action endpoint in one turn; also measures how long the actions took."""

    # Rasa then leaves the domain out, except for actions that ask for it with `send_domain: true`.
    kwargs: Mapping[str, Any] = {"enable_selective_domain": True}

    def __init__(self, client: ActionClient, may_not_reject: Collection[str]) -> None:
        """Actions in `may_not_reject` have nobody who would hear a rejection, so it counts as a failure."""
        self._client = client
        self._may_not_reject = may_not_reject
        self.seconds = 0.0

    async def request(self, *, json: Mapping[str, Any] | None = None, **_: Any) -> dict[str, Any]:
        """Runs the action named in the call.

        Raises:
            ActionFailed, ActionUnavailable, ActionTimeout: see there.
            rasa.utils.endpoints.ClientResponseError: the action rejected its execution; Rasa knows what to do.
        """
        call = dict(json or {})
        call.setdefault("domain", {})
        name = str(call.get("next_action"))
        started = time.perf_counter()
        try:
            status, answer = await self._client.call(name, _encode(call))
        finally:
            self.seconds += time.perf_counter() - started
        if status == 400 and name not in self._may_not_reject:
            raise _rejection(name, answer)
        if status == 503:
            raise ActionUnavailable(f"action {name} is not available at the moment (status 503)")
        if status != 200:
            raise ActionFailed(f"action {name} failed (status {status})")
        return _result(name, answer)


def _encode(call: Mapping[str, Any]) -> bytes:
    return json.dumps(call, default=str, separators=(",", ":")).encode()


def _rejection(name: str, answer: bytes) -> Exception:
    document = _parsed(answer)
    if not isinstance(document, dict) or not isinstance(document.get("action_name"), str):
        return ActionFailed(f"action {name} failed (status 400)")
    rejection: Exception = ClientResponseError(400, "rejected", answer.decode())
    return rejection


def _result(name: str, answer: bytes) -> dict[str, Any]:
    document = _parsed(answer)
    if not isinstance(document, dict):
        raise ActionFailed(f"action {name} answered what is not a JSON object")
    result = {"events": document.get("events") or [], "responses": document.get("responses") or []}
    for key, entries in result.items():
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ActionFailed(f"action {name} answered {key} that are not a list of objects")
    return result


def _parsed(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except (ValueError, RecursionError):
        return None
