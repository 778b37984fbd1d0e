"""What comes of a wish for a person while no person has it: the queue, the way back to the bot, and the end of both."""

from __future__ import annotations

from enum import StrEnum

from bot.conversations.app_prompts import promise_here, said
from bot.conversations.models import Change, Draft, Message
from bot.conversations.prompting import locale_of
from bot.conversations.unit import Unit
from bot.handoff.events import note_event
from bot.handoff.models import BOT, QUEUE, Outcome, Place
from bot.handoff.reading import open_handoff
from bot.handoff.returning import go_on_with_bot
from bot.handoff.sla import mark_due
from bot.handoff.steps import (
    Elsewhere,
    begin,
    changed,
    close,
    give,
    handoff_in,
    locked,
    say,
    set_in,
    times_in,
)
from bot.handoff.wording import wait_words

OUTCOMES = {"resolved": Outcome.RESOLVED, "idle": Outcome.IDLE, "erased": Outcome.ERASED}  # of ends; others: LEFT


class NobodyComes(StrEnum):
    """Why nobody comes although somebody waits: the name of the sentence that says so, with the {promise} in it."""

    CLOSED = "utter_app_handoff_closed"  # business hours are over
    DESERTED = "utter_app_handoff_deserted"  # within them, but none of our people is there
    LEFT = "utter_app_handoff_left"  # who had it is gone, and nobody else is there
    UNREACHED = "utter_app_handoff_unreached"  # the helpdesk cannot be told


def is_with_people(unit: Unit, conversation_id: str) -> bool:
    """Whether the queue or a person has it, or nobody needs it any more since it has ended."""
    conversation = locked(unit, conversation_id)
    return bool(conversation.state != "open" or conversation.owner != BOT)


def language_in(unit: Unit, conversation_id: str) -> str:
    """The language that is spoken in it."""
    return unit.phrases.language_for(locale_of(unit, conversation_id))


def enqueue(unit: Unit, conversation_id: str, reason: str) -> bool:
    """Put an open conversation of the bot into the queue; False where a person or the queue has it, or it has ended."""
    conversation = locked(unit, conversation_id)
    if conversation.state != "open" or conversation.owner != BOT:
        return False
    handoff_id = begin(unit, conversation, reason)
    give(unit, conversation_id, QUEUE)
    note_event(unit, handoff_id, conversation_id, "requested", details={"reason": str(reason)})
    mark_due(unit, handoff_id, times_in(unit))
    return True


def tell_place(unit: Unit, conversation_id: str, place: Place | None) -> tuple[Message, ...]:
    """Say to a customer who has just come into the queue where they stand, and remember what they heard."""
    conversation = locked(unit, conversation_id)
    handoff = handoff_in(unit, conversation_id)
    told = say(unit, conversation_id, queued(unit, conversation.locale, place))
    set_in(unit, handoff.id, told_position=place.position if place else None, told_at=unit.now)
    return told


def queued(unit: Unit, locale: str, place: Place | None) -> Draft:
    """The sentence that says so."""
    position, seconds = (place.position, place.eta_seconds) if place else (1, None)
    if seconds is None and position == 1:  # as the channels' own line about it says
        return said(unit, "utter_app_handoff_queued_next_unknown", locale)
    if seconds is None:
        return said(unit, "utter_app_handoff_queued_unknown", locale, position=position)
    formatting = unit.cases.promises.formatting.in_language(unit.phrases.language_for(locale))
    wait = wait_words(formatting, seconds)
    if position == 1:
        return said(unit, "utter_app_handoff_queued_next", locale, wait=wait)
    return said(unit, "utter_app_handoff_queued", locale, position=position, wait=wait)


def withdraw(unit: Unit, conversation_id: str) -> tuple[Message, ...]:
    """The customer goes on with the bot instead of waiting; nothing where they do not wait."""
    conversation = locked(unit, conversation_id)
    if conversation.state != "open" or conversation.owner != QUEUE:
        return ()
    handoff = handoff_in(unit, conversation_id)
    close(unit, handoff, Outcome.WITHDRAWN)
    note_event(unit, handoff.id, conversation_id, "withdrawn")
    give(unit, conversation_id, BOT)
    go_on_with_bot(unit, conversation, "utter_app_went_back", asked_since=handoff.requested_at)
    return say(unit, conversation_id, said(unit, "utter_app_went_back", conversation.locale))


def promise_instead(unit: Unit, conversation_id: str, why: NobodyComes, *, owner: str = QUEUE) -> Change | None:
    """Nobody comes for now: who waits in the queue is promised an answer, and goes on with the bot.

    Args:
        why: what the customer hears about it.
        owner: an agent who is gone for good, where the conversation is still theirs.

    Returns:
        None where they do not wait any more.
    """
    conversation = locked(unit, conversation_id)
    if conversation.state != "open" or conversation.owner != owner:
        return None
    handoff = handoff_in(unit, conversation_id)
    close(unit, handoff, Outcome.PROMISED)
    note_event(unit, handoff.id, conversation_id, "promised")
    give(unit, conversation_id, BOT)
    go_on_with_bot(unit, conversation, why.value)
    if isinstance(unit.people, Elsewhere):
        unit.people.taken_back(unit, conversation_id, "promised")
    draft = promise_here(unit, conversation, handoff.reason, name=why.value)
    told = say(unit, conversation_id, draft)
    return changed(conversation, told, owner=BOT)


def customer_wrote(unit: Unit, conversation_id: str, message: Message) -> None:
    """A message came into a conversation that people own: they owe an answer, and what was put off is not any more."""
    handoff = open_handoff(unit.connection, conversation_id)
    if handoff is not None:
        mark_due(unit, handoff.id, times_in(unit))


def ended(unit: Unit, conversation_id: str, reason: str) -> None:
    """Close the handoff of a conversation that has ended otherwise than by a person's word."""
    handoff = open_handoff(unit.connection, conversation_id)
    if handoff is None:
        return
    outcome = OUTCOMES.get(reason, Outcome.LEFT)
    note_event(unit, handoff.id, conversation_id, "ended", details={"reason": reason, "with": handoff.held_by})
    close(unit, handoff, outcome)
