"""The internal route on which the engine calls actions: who may call, how long it may take, what a failure says."""

from __future__ import annotations

import asyncio
import hmac
import json
import traceback
from pathlib import Path
from typing import Any

import structlog
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from actions.catalogue import ACTIONS
from actions.services import Services

log = structlog.get_logger()

FAILED = "utter_action_failed"


class ActionRoute:
    """Answers `POST /actions` in rasa_sdk's wire format.

    200 with events and responses; 400 when an action declines to run, as Rasa expects it; 401 without the secret; 503
    with `retryable` when running the same action again is right (too slow, or something behind it is out of reach).
    Any other failure is answered with an honest sentence and the offer of a person, and ends a form that was open.

    Args:
        services: what actions may use.
        secret: bearer secret shared with the engine.
        domain: the assistant's domain, which the engine does not send along.
    """

    def __init__(self, services: Services, secret: str, domain: dict[str, Any]) -> None:
        self._secret = secret.encode()
        self._domain = domain
        self._timeout = services.settings.action_timeout_seconds
        self._executor = ActionExecutor()
        for action in ACTIONS:
            self._executor.register_action(action(services))

    async def __call__(self, request: Request) -> Response:
        """Run one action. Mount it as `route.__call__`: Starlette takes an object for an ASGI application."""
        given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
        if not hmac.compare_digest(given, self._secret):
            return _error(401, "unauthorized", "the secret is missing or wrong")
        try:
            call = await request.json()
            name = str(call["next_action"])
            call["tracker"]["sender_id"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return _error(400, "bad_request", "no action call in rasa_sdk's format")
        return await self._run(name, call)

    async def _run(self, name: str, call: dict[str, Any]) -> Response:
        try:
            async with asyncio.timeout(self._timeout):
                result = await self._executor.run({**call, "domain": self._domain})
        except ActionExecutionRejection as rejection:
            return JSONResponse({"error": rejection.message, "action_name": rejection.action_name}, 400)
        except ActionNotFoundException:
            return _error(404, "unknown_action", f"there is no action {name}")
        except TimeoutError:
            log.warning("action_timeout", action=name, seconds=self._timeout)
            return _error(503, "timeout", f"{name} took longer than {self._timeout:g} s", retryable=True)
        except Exception as error:
            if getattr(error, "retryable", False):
                log.warning("action_unavailable", action=name, error=type(error).__name__)
                return _error(503, "unavailable", f"{name} needs something that is out of reach", retryable=True)
            # Neither the error's text nor the tracker: both may hold the customer's words.
            log.error("action_failed", action=name, error=type(error).__name__, where=_where(error))
            return JSONResponse(apology())
        return JSONResponse(result.model_dump() if result else {"events": [], "responses": []})


def apology() -> dict[str, Any]:
    """What an action that failed answers: one honest sentence, no open form, and nothing after it in this turn."""
    return {
        "events": [
            {"event": "active_loop", "name": None},
            {"event": "slot", "name": "requested_slot", "value": None},
            {"event": "slot", "name": "requests", "value": None},
            {"event": "slot", "name": "asking", "value": None},
            {"event": "followup", "name": "action_listen"},
        ],
        "responses": [{"response": FAILED, "text": None, "buttons": [], "custom": {}}],
    }


def _error(status: int, code: str, message: str, *, retryable: bool = False) -> Response:
    body = {"error": {"code": code, "message": message, "retryable": retryable}}
    return Response(json.dumps(body), status, media_type="application/json")


def _where(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
