"""A customer's message finds its place: the conversation it belongs to, its number, and what came with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.conversations import attachments, edits
from bot.conversations.app_prompts import Handled, Happened, refused
from bot.conversations.bursts import pending_turn
from bot.conversations.commands import APP
from bot.conversations.models import Change, Draft, Incoming, Json, Message, PendingTurn, Received, Standing, Waiting
from bot.conversations.opening import open_conversation
from bot.conversations.participants import join
from bot.conversations.prompting import locale_of
from bot.conversations.quotes import quoted
from bot.conversations.transcript import append, copies
from bot.conversations.unit import Unit
from bot.customers.identities import Identity
from bot.storage.tables import awaits_turn, conversations, messages

_INSERT = sa.insert(messages)
_WAITING = sa.select(sa.func.count()).where(
    messages.c.conversation_id == sa.bindparam("conversation"),
    awaits_turn,
)
_NUMBER = (
    sa.update(conversations)
    .where(conversations.c.id == sa.bindparam("conversation"))
    .values(
        last_seq=conversations.c.last_seq + 1,
        active_at=sa.bindparam("now"),
        channel=sa.bindparam("channel_now"),
        identity_id=sa.bindparam("identity_now"),
    )
    .returning(conversations.c.last_seq, conversations.c.owner, conversations.c.locale, conversations.c.shared)
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message at the door: what came, from whom, and the conversation it may go on with."""

    unit: Unit
    incoming: Incoming
    identity: Identity
    latest: Row[Any] | None  # the customer's open conversation, or else the last that ended

    @property
    def open(self) -> Row[Any] | None:
        """The conversation that goes on, if one does."""
        return self.latest if self.latest is not None and self.latest.state == "open" else None

    @property
    def locale(self) -> str:
        """In which the customer is spoken to."""
        return self.latest.locale if self.latest is not None else self.incoming.locale

    @property
    def bot_speaks(self) -> bool:
        """Whether no person has taken the conversation over."""
        return self.open is None or self.open.owner == "bot"


@dataclass(frozen=True, slots=True)
class Own:
    """The customer's message as it is stored; `first` is what we say to it before it has its turn."""

    text: str
    payload: str | None = None
    kind: str = "text"
    first: tuple[Draft, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """The conversation that a message goes into; `waiting` messages are before it."""

    conversation_id: str
    identity_id: str  # of its customer, who wrote last
    turns: int
    history: list[Json]
    waiting: int


def place_for(arrival: Arrival, handled: Handled | None) -> Place:
    """The conversation that goes on, or the ended one that the app answered for; else a new one."""
    if arrival.latest is None or (arrival.open is None and handled is None):
        return Place(_open(arrival), arrival.identity.id, 0, [], 0)
    return place_in(arrival.unit, arrival.latest, handled)


def place_in(unit: Unit, conversation: Row[Any], handled: Handled | None) -> Place:
    """The end of this conversation.

    Raises:
        Refused: too many messages wait in it for their turns.
    """
    waiting = _waiting(unit, conversation.id) if handled is None else 0
    return Place(conversation.id, conversation.identity_id, conversation.turns, conversation.history or [], waiting)


def begun(arrival: Arrival) -> Arrival:
    """The same message with a conversation that goes on: a new one where there was none."""
    if arrival.open is not None:
        return arrival
    wanted = sa.select(conversations).where(conversations.c.id == _open(arrival))
    return replace(arrival, latest=arrival.unit.connection.execute(wanted).one())


def store(arrival: Arrival, place: Place, own: Own, handled: Handled | None) -> Received:
    """Number and store the message with what came with it, and what the app says to it.

    Args:
        handled: the app's own answer; None where the message has a turn of its own.
    """
    unit, incoming, identity = arrival.unit, arrival.incoming, arrival.identity
    if place.identity_id != identity.id:
        join(unit, place.conversation_id, (place.identity_id, identity.id))
    numbering = {
        "conversation": place.conversation_id,
        "now": unit.now,
        "channel_now": incoming.channel,
        "identity_now": identity.id,
    }
    numbered = unit.connection.execute(_NUMBER, numbering).one()
    for_app = handled is not None and (own.payload or "").startswith(APP)
    for_people = numbered.owner != "bot" and not for_app
    is_handled = handled is not None or for_people  # what a person reads waits for no turn
    message = _insert(arrival, place, own, seq=numbered.last_seq, is_handled=is_handled)
    if numbered.shared:
        copies(unit, place.conversation_id, [(message.id, message.seq)], channel=message.channel)
    if for_people:
        unit.people.customer_wrote(unit, place.conversation_id, message)
    drafts = handled.drafts if handled is not None else own.first
    answered = (message.id, message.external_id)
    replies = append(unit, place.conversation_id, drafts, in_reply_to=answered)
    happened = handled.then() if handled is not None and handled.then is not None else Happened()
    bot_is_next = not is_handled and place.waiting == 0
    change = Change(
        place.conversation_id,
        identity.customer_id,
        messages=(message, *replies, *happened.messages),
        handled=((incoming.external_id,) if is_handled else ()) + happened.handled,
        opened=message.seq == 1,
        ended=happened.ended,
        moved=happened.moved,
        owner=happened.owner,
        turn=_turn(arrival, message, numbered.locale, place, own.payload) if bot_is_next else None,
    )
    return Received(
        message.seq,
        place.conversation_id,
        identity.customer_id,
        identity.id,
        duplicate=False,
        needs_turn=not is_handled,
        change=change,
    )


def _insert(arrival: Arrival, place: Place, own: Own, *, seq: int, is_handled: bool) -> Message:
    unit, incoming = arrival.unit, arrival.incoming
    may_be_edited = incoming.channel in edits.CHANNELS
    edit = edits.latest_edit(unit, incoming.channel, incoming.external_id) if may_be_edited else None
    message = Message(
        id=unit.new_id(),
        conversation_id=place.conversation_id,
        seq=seq,
        at=unit.now,
        channel=incoming.channel,
        author_kind="customer",
        author_name=None,
        kind=own.kind,
        text=own.text,
        choices=(),
        cards=(),
        expects=None,
        external_id=incoming.external_id,
        in_reply_to=None,
        edited_text=edit.text if edit is not None else None,
        attachments=tuple(attachments.shown(attachment) for attachment in incoming.attachments),
    )
    quotes = incoming.quotes and quoted(unit, arrival.identity.customer_id, incoming.channel, incoming.quotes)
    unit.connection.execute(
        _INSERT,
        {
            "id": message.id,
            "conversation_id": message.conversation_id,
            "seq": message.seq,
            "channel": message.channel,
            "external_id": message.external_id,
            "author_kind": message.author_kind,
            "kind": message.kind,
            "text": message.text,
            "payload": own.payload,
            "created_at": unit.now,
            "handled_at": unit.now if is_handled else None,
            "quotes_id": quotes or None,
            "edited_text": message.edited_text,
            "edited_at": edit.at if edit is not None else None,
        },
    )
    attachments.store(unit, message.id, message.channel, incoming.attachments)
    return message


def _turn(arrival: Arrival, message: Message, locale: str, place: Place, payload: str | None) -> PendingTurn:
    identity = arrival.identity
    standing = Standing(
        message.conversation_id, identity.customer_id, identity.id, locale, place.turns, place.history, "bot", "open"
    )
    words = edits.words_of(message.text, message.edited_text, payload)
    waiting = Waiting(message.id, message.external_id, message.channel, message.seq, words, payload, message.at)
    return pending_turn(standing, [waiting])


def _open(arrival: Arrival) -> str:
    incoming, identity, previous = arrival.incoming, arrival.identity, arrival.latest
    return open_conversation(
        arrival.unit,
        identity.customer_id,
        identity.id,
        incoming.channel,
        incoming.locale,
        previous_id=previous.id if previous is not None else None,
    )


def _waiting(unit: Unit, conversation_id: str) -> int:
    """How many messages wait before the next one."""
    waiting: int = unit.connection.execute(_WAITING, {"conversation": conversation_id}).scalar_one()
    if waiting >= unit.rules.max_waiting:
        locale = locale_of(unit, conversation_id)
        raise refused(unit, "too_many_waiting", "utter_app_too_many_waiting", locale, retryable=True)
    return waiting
