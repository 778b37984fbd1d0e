"""`/control`: the sandbox's Python side over HTTP, for a user in another process.

| request | does |
| --- | --- |
| `GET /control` | addresses, bots, users, counters |
| `POST /control/bots` `{token, username}` | adds a bot |
| `POST /control/users` `{first_name, language_code, id}` | adds a user; answers with the id |
| `GET /control/users/<id>` | what the user sees: chat, popups, keyboard below, how often the bot was typing |
| `POST /control/users/<id>/<deed>` with the deed's arguments | as `TelegramUser.<deed>` |
| `POST /control/faults` `{ill, method, chat, times …}`, `DELETE /control/faults` | a fault on demand; an end to all |
| `POST /control/updates` | injects an update as it is |
| `POST /control/token` `{token, revoked}` | revokes or restores a token |
| `POST /control/pushing` `{times, shuffled}` | how often and in which order updates are pushed |
| `GET /control/calls` | every call so far |
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from tests.telegram.refusals import Refused
from tests.telegram.seen import SeenMessage

if TYPE_CHECKING:
    from tests.telegram.sandbox import Sandbox
    from tests.telegram.user import TelegramUser

DEEDS = frozenset(
    {
        "start",
        "says",
        "edits",
        "forwards",
        "sends_photo",
        "sends_document",
        "sends_voice",
        "sends_video",
        "sends_sticker",
        "sends_location",
        "sends_venue",
        "sends_poll",
        "sends_dice",
        "sends_album",
        "shares_contact",
        "taps",
        "taps_inaccessible",
        "blocks",
        "unblocks",
    }
)
Handler = Callable[[Request, dict[str, Any]], Any]


def control_routes(sandbox: Sandbox) -> list[BaseRoute]:
    control = _Control(sandbox)
    return [
        Route("/control", _answering(control.overview)),
        Route("/control/bots", _answering(control.add_bot), methods=["POST"]),
        Route("/control/users", _answering(control.add_user), methods=["POST"]),
        Route("/control/users/{id:int}", _answering(control.sight)),
        Route("/control/users/{id:int}/{deed}", _answering(control.deed), methods=["POST"]),
        Route("/control/faults", _answering(control.faults), methods=["POST", "DELETE"]),
        Route("/control/updates", _answering(control.update), methods=["POST"]),
        Route("/control/token", _answering(control.token), methods=["POST"]),
        Route("/control/pushing", _answering(control.pushing), methods=["POST"]),
        Route("/control/calls", _answering(control.calls)),
    ]


def _answering(handler: Handler) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def endpoint(request: Request) -> JSONResponse:
        try:
            body = await request.json() if await request.body() else {}
            return JSONResponse(handler(request, body))
        except (Refused, ValueError, TypeError, KeyError, AssertionError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

    return endpoint


class _Control:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def overview(self, request: Request, body: dict[str, Any]) -> Any:
        state = self._sandbox.state
        bots = [{"token": bot.token, "username": bot.account.username} for bot in state.bots.values()]
        users = [user.wire() for user in state.users.values() if not user.is_bot]
        return {"root": self._sandbox.root, "bots": bots, "users": users, **self._sandbox.counters()}

    def add_bot(self, request: Request, body: dict[str, Any]) -> Any:
        return {"id": self._sandbox.add_bot(**body).id}

    def add_user(self, request: Request, body: dict[str, Any]) -> Any:
        return {"id": self._sandbox.user(**body).id}

    def sight(self, request: Request, body: dict[str, Any]) -> Any:
        return _sight(self._sandbox.known_user(request.path_params["id"]))

    def deed(self, request: Request, body: dict[str, Any]) -> Any:
        deed = request.path_params["deed"]
        if deed not in DEEDS:
            raise ValueError(f"a user cannot {deed}")
        if deed == "sends_photo" and body.get("body"):
            body["body"] = base64.b64decode(body["body"])
        return {"result": _wire(getattr(self._sandbox.known_user(request.path_params["id"]), deed)(**body))}

    def faults(self, request: Request, body: dict[str, Any]) -> Any:
        if request.method == "DELETE":
            self._sandbox.heals()
            return {}
        return {"ill": self._sandbox.fault(**body).ill.name}

    def update(self, request: Request, body: dict[str, Any]) -> Any:
        return {"update_id": self._sandbox.update(body)}

    def token(self, request: Request, body: dict[str, Any]) -> Any:
        bot = self._sandbox.state.bots[body["token"]]
        (self._sandbox.revokes if body.get("revoked", True) else self._sandbox.restores)(bot)
        return {}

    def pushing(self, request: Request, body: dict[str, Any]) -> Any:
        self._sandbox.pushes_each(**body)
        return {}

    def calls(self, request: Request, body: dict[str, Any]) -> Any:
        return [asdict(call) for call in self._sandbox.calls]


def _sight(user: TelegramUser) -> dict[str, Any]:
    return {
        "chat": [message.wire() for message in user.chat],
        "keyboard_below": [[button.title for button in row] for row in user.keyboard_below],
        "popups": [asdict(popup) for popup in user.popups],
        "unanswered_taps": user.unanswered_taps,
        "typing": user.typing,
    }


def _wire(result: object) -> object:
    if isinstance(result, SeenMessage):
        return result.wire()
    return [_wire(item) for item in result] if isinstance(result, list) else result
