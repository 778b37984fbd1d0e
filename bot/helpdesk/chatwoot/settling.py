"""What becomes of a call once it was made: over, again later, or a promise to the customer; makes none.

Each function works in the caller's transaction.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.conversations.models import Change
from bot.conversations.unit import Unit
from bot.handoff.models import BOT
from bot.handoff.steps import locked
from bot.helpdesk.chatwoot import effects, outbox
from bot.helpdesk.chatwoot.carrying import FilesComing
from bot.helpdesk.chatwoot.desk import ChatwootDesk
from bot.helpdesk.chatwoot.errors import Gone, Invalid, Refused, TooMany, Unreachable
from bot.helpdesk.chatwoot.links import forget_link, link_by_number
from bot.helpdesk.chatwoot.outbox import Call, Kind

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 14  # of a call that fails for a reason of its own
LONGEST_PAUSE_SECONDS = 300.0
AWAY_PAUSE_SECONDS = 15.0  # the longest, between tries where Chatwoot is away
REFUSED_PAUSE_SECONDS = 30.0


class Settling:
    """Writes down what became of calls.

    Args:
        desk: what queues.
        chance: for the pauses before another try.
    """

    def __init__(self, desk: ChatwootDesk, chance: random.Random) -> None:
        self._desk = desk
        self._chance = chance

    def record(self, unit: Unit, call: Call, error: Exception | None) -> Sequence[Change]:
        """What became of a call; what cannot get there any more becomes a promise."""
        said = str(error)[:300] if error is not None else None
        match error:
            case None:
                outbox.settle(unit, call, "done", unit.now)
            case FilesComing():
                outbox.put_back(unit, call, unit.now + timedelta(seconds=1))
            case TooMany():
                outbox.turned_away(unit, call, unit.now + timedelta(seconds=error.retry_after))
            case Refused():
                outbox.settle(unit, call, "waiting", unit.now + timedelta(seconds=REFUSED_PAUSE_SECONDS), error=said)
            case Unreachable():
                outbox.settle(unit, call, "waiting", self._later(unit, call, AWAY_PAUSE_SECONDS), error=said)
            case Gone(number=str() as number):
                return self._gone(unit, call, number, said)
            case Gone() | Invalid():
                return _failed(unit, call, said)
            case _ if call.attempts >= MOST_ATTEMPTS:
                return _failed(unit, call, said)
            case _:
                outbox.settle(unit, call, "waiting", self._later(unit, call, LONGEST_PAUSE_SECONDS), error=said)
        return ()

    def _gone(self, unit: Unit, call: Call, number: str, said: str | None) -> Sequence[Change]:
        """A conversation was deleted there; one that was just handed over again begins anew."""
        outbox.settle(unit, call, "failed", unit.now, error=said)
        if call.kind is not Kind.OPEN:
            return deleted_there(unit, number)
        _forget(unit, number)
        if locked(unit, call.conversation_id).owner != BOT:
            self._desk.handed_over_anew(unit, call.conversation_id)
        return ()

    def _later(self, unit: Unit, call: Call, longest: float) -> datetime:
        seconds = min(0.5 * 2.0 ** min(call.attempts, 20), longest) * (1 + self._chance.random() / 4)
        return unit.now + timedelta(seconds=seconds)


def deleted_there(unit: Unit, number: str) -> Sequence[Change]:
    """A conversation was deleted there: who was to answer in it does not, and all of it is told if it comes back."""
    conversation_id = _forget(unit, number)
    return () if conversation_id is None else effects.nobody_hears(unit, conversation_id)


def _failed(unit: Unit, call: Call, said: str | None) -> Sequence[Change]:
    log.error("chatwoot_call_failed", kind=call.kind.value, conversation=call.conversation_id, error=said)
    outbox.settle(unit, call, "failed", unit.now, error=said)
    if call.kind in (Kind.LABELS, Kind.STATUS, Kind.NOTE):
        return ()
    outbox.fail_rest(unit, call.conversation_id, said or "")
    return effects.nobody_hears(unit, call.conversation_id)


def _forget(unit: Unit, number: str) -> str | None:
    link = link_by_number(unit.connection, number)
    if link is None:
        return None
    locked(unit, link.conversation_id)
    log.error("chatwoot_conversation_deleted", conversation=link.conversation_id)
    forget_link(unit, number)
    outbox.fail_rest(unit, link.conversation_id, "deleted there")
    outbox.forget_told(unit, link.conversation_id)
    return link.conversation_id
