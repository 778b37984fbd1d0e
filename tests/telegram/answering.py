"""One call to the Bot API from arrival to answer: token, arguments, faults on demand, the method, the record."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

from tests.telegram.arguments import Arguments
from tests.telegram.faults import DONE_ALL_THE_SAME, Fault, Ill
from tests.telegram.methods import GET_UPDATES, METHODS, SAID
from tests.telegram.model import Bot, Call, Wire
from tests.telegram.receiving import Bell, get_updates
from tests.telegram.refusals import Refused, bad_request, forbidden, too_many_requests
from tests.telegram.replies import Request
from tests.telegram.state import State

_TOKEN = re.compile(r"\d{1,16}:[A-Za-z0-9_-]{1,64}")
_PAGE = "<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>"


@dataclass(frozen=True)
class Outcome:
    """What goes back: a body with its status; status 0 closes the connection."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"

    @classmethod
    def of(cls, status: int, answer: Wire) -> Outcome:
        return cls(status, json.dumps(answer).encode())


@dataclass(frozen=True)
class Asked:
    """A call as it came."""

    token: str
    method: str
    query: str
    content_type: str
    body: bytes


def authorized(state: State, token: str) -> Bot:
    """The bot that a token belongs to. Raises Refused."""
    if not _TOKEN.fullmatch(token):
        raise Refused(404, "Not Found")
    bot = state.bots.get(token)
    if bot is None or bot.revoked:
        raise Refused(401, "Unauthorized")
    return bot


async def answered(state: State, bell: Bell, asked: Asked) -> Outcome:
    """Do what is asked, or what a fault on demand makes of it; every call is recorded."""
    at = state.clock()
    arguments = Arguments()
    try:
        bot = authorized(state, asked.token)
        arguments = Arguments.read(asked.query, asked.content_type, asked.body)
        outcome, answer = await _carried_out(Request(state, bot, arguments), bell, asked.method)
    except Refused as refusal:
        answer = refusal.answer()
        outcome = Outcome.of(refusal.code, answer)
    files = tuple(upload.name for upload in arguments.files.values())
    call = Call(asked.method, arguments.recorded(), at, asked.token, outcome.status, answer, files)
    with state.changing():
        state.calls.append(call)
    return outcome


async def _carried_out(request: Request, bell: Bell, method: str) -> tuple[Outcome, Wire | None]:
    name = method.lower()
    if name != GET_UPDATES and name not in METHODS:
        raise Refused(404, "Not Found: method not found")
    with request.state.condition:
        fault = request.state.faults.take(method, request.arguments.integer("chat_id") or None)
    if fault is not None and fault.ill not in DONE_ALL_THE_SAME:
        return _instead(fault, request)
    if fault is not None and fault.ill is Ill.SLOW:
        await asyncio.sleep(fault.seconds)
    answer: Wire = {"ok": True, "result": await _result(request, bell, name)}
    if name in SAID:
        answer["description"] = SAID[name]
    outcome = Outcome.of(200, answer)
    if fault is None or fault.ill is Ill.SLOW:
        return outcome, answer
    return await _afterwards(fault, outcome, answer)


async def _result(request: Request, bell: Bell, name: str) -> Any:
    if name == GET_UPDATES:
        return await get_updates(request, bell)
    with request.state.changing():
        return METHODS[name](request)


def _instead(fault: Fault, request: Request) -> tuple[Outcome, Wire | None]:
    """What a call gets that is not done."""
    if fault.ill is Ill.DROP:
        return Outcome(0), None
    if fault.ill is Ill.BROKEN:
        if fault.html:
            return Outcome(fault.status, _PAGE.format(status=fault.status).encode(), "text/html"), None
        refusal = Refused(fault.status, fault.description or "Internal Server Error")
    elif fault.ill is Ill.TOO_MANY:
        if chat := request.arguments.integer("chat_id"):
            message = request.arguments.integer("message_id") or None
            request.bot.pacer.punish(chat, message, fault.retry_after, now=request.state.clock())
        refusal = too_many_requests(fault.retry_after)
    elif fault.ill is Ill.FORBIDDEN:
        refusal = forbidden(fault.description or "bot was blocked by the user")
    else:
        refusal = bad_request(fault.description or "message can't be sent")
    raise refusal


async def _afterwards(fault: Fault, outcome: Outcome, answer: Wire) -> tuple[Outcome, Wire | None]:
    """What a call gets that has been done."""
    if fault.ill is Ill.LATE:
        await asyncio.sleep(fault.seconds)
        return outcome, answer
    if fault.ill is Ill.LOST:
        return Outcome(0), answer
    return Outcome(200, outcome.body[: len(outcome.body) // 2]), answer
