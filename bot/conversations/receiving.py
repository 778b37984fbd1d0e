"""Receipt of a customer's message: found or stored once, numbered, and answered at once where the app itself asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.conversations.app_prompts import APP, RATE, Handled, answer_choice, answer_typed, refused
from bot.conversations.bursts import pending_turn
from bot.conversations.ending import locale_of
from bot.conversations.models import Change, Incoming, Json, Message, PendingTurn, Received, Standing, Waiting
from bot.conversations.transcript import append
from bot.conversations.unit import Unit
from bot.customers.identities import Identity, find_or_create
from bot.storage.tables import awaits_turn, choices, conversations, customers, messages

_DUPLICATE = (
    sa.select(messages.c.seq, messages.c.conversation_id, conversations.c.customer_id, conversations.c.identity_id)
    .select_from(messages.join(conversations, conversations.c.id == messages.c.conversation_id))
    .where(messages.c.channel == sa.bindparam("channel"), messages.c.external_id == sa.bindparam("external_id"))
)
_LATEST = (
    sa.select(conversations)
    .where(conversations.c.customer_id == sa.bindparam("customer"))
    .order_by((conversations.c.state == "open").desc(), conversations.c.created_at.desc())
    .limit(1)
    # A turn that ends the conversation at this moment waits for us, and then sees that more has come.
    .with_for_update()
)
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
    .returning(conversations.c.last_seq, conversations.c.owner, conversations.c.locale)
)


def receive(unit: Unit, incoming: Incoming) -> Received:
    """Store a customer's message exactly once and give it its number.

    Raises:
        Refused: an unknown choice, or too many messages already waiting; nothing is stored.
        sqlalchemy.exc.IntegrityError: raced with another receipt of the same customer; run the work again.
    """
    duplicate = unit.connection.execute(
        _DUPLICATE, {"channel": incoming.channel, "external_id": incoming.external_id}
    ).first()
    if duplicate is not None:
        return Received(
            duplicate.seq,
            duplicate.conversation_id,
            duplicate.customer_id,
            duplicate.identity_id,
            duplicate=True,
            needs_turn=False,
            change=None,
        )
    identity = find_or_create(
        unit.connection,
        incoming.channel,
        incoming.identity,
        locale=incoming.locale,
        now=unit.now,
        new_id=unit.new_id,
    )
    _remember_proof(unit, identity, incoming)
    latest = unit.connection.execute(_LATEST, {"customer": identity.customer_id}).first()
    if incoming.choice_id is not None:
        return _receive_choice(unit, incoming, identity, latest)
    return _receive_text(unit, incoming, identity, latest)


def _receive_text(unit: Unit, incoming: Incoming, identity: Identity, latest: Row[Any] | None) -> Received:
    text = incoming.text or ""
    handled = answer_typed(unit, latest, text) if latest is not None else None
    if latest is None or (latest.state == "ended" and handled is None):
        opened = _open(unit, incoming, identity, latest)
        return _store(unit, incoming, identity, _Place(opened, 0, [], 0), text, None, None)
    waiting = _waiting(unit, latest.id) if handled is None else 0
    place = _Place(latest.id, latest.turns, latest.history or [], waiting)
    return _store(unit, incoming, identity, place, text, None, handled)


def _receive_choice(unit: Unit, incoming: Incoming, identity: Identity, latest: Row[Any] | None) -> Received:
    chosen = unit.connection.execute(sa.select(choices).where(choices.c.id == incoming.choice_id)).first()
    # A choice is good for its own conversation only; what is somebody else's looks like what never was.
    if chosen is not None and latest is not None and chosen.payload.startswith(RATE):
        # A rating stays open for its window, also when a new conversation has begun since.
        latest = _own_conversation(unit, identity, chosen.conversation_id)
    if chosen is None or latest is None or chosen.conversation_id != latest.id:
        locale = latest.locale if latest is not None else incoming.locale
        raise refused(unit, "unknown_choice", "utter_app_button_of_earlier", locale)
    handled = answer_choice(unit, latest, chosen.payload) if chosen.payload.startswith(APP) else None
    if handled is None and latest.state == "ended":
        raise refused(unit, "unknown_choice", "utter_app_conversation_over", latest.locale)
    waiting = _waiting(unit, latest.id) if handled is None else 0
    place = _Place(latest.id, latest.turns, latest.history or [], waiting)
    return _store(unit, incoming, identity, place, chosen.title, chosen.payload, handled)


def _own_conversation(unit: Unit, identity: Identity, conversation_id: str) -> Row[Any] | None:
    own = (conversations.c.id == conversation_id) & (conversations.c.customer_id == identity.customer_id)
    return unit.connection.execute(sa.select(conversations).where(own).with_for_update()).first()


@dataclass(frozen=True, slots=True)
class _Place:
    """The conversation that a message goes into; `waiting` messages are before it."""

    conversation_id: str
    turns: int
    history: list[Json]
    waiting: int


def _store(
    unit: Unit,
    incoming: Incoming,
    identity: Identity,
    place: _Place,
    text: str,
    payload: str | None,
    handled: Handled | None,
) -> Received:
    numbering = {
        "conversation": place.conversation_id,
        "now": unit.now,
        "channel_now": incoming.channel,
        "identity_now": identity.id,
    }
    numbered = unit.connection.execute(_NUMBER, numbering).one()
    own = Message(
        id=unit.new_id(),
        conversation_id=place.conversation_id,
        seq=numbered.last_seq,
        at=unit.now,
        channel=incoming.channel,
        author_kind="customer",
        author_name=None,
        kind="text" if payload is None else "choice",
        text=text,
        choices=(),
        cards=(),
        expects=None,
        external_id=incoming.external_id,
        in_reply_to=None,
    )
    unit.connection.execute(
        _INSERT,
        {
            "id": own.id,
            "conversation_id": own.conversation_id,
            "seq": own.seq,
            "channel": own.channel,
            "external_id": own.external_id,
            "author_kind": own.author_kind,
            "kind": own.kind,
            "text": own.text,
            "payload": payload,
            "created_at": unit.now,
            "handled_at": unit.now if handled is not None else None,
        },
    )
    answered = (own.id, incoming.external_id)
    replies = append(unit, place.conversation_id, handled.drafts, in_reply_to=answered) if handled else ()
    bot_is_next = handled is None and place.waiting == 0 and numbered.owner == "bot"
    change = Change(
        place.conversation_id,
        identity.customer_id,
        messages=(own, *replies),
        handled=(incoming.external_id,) if handled else (),
        opened=own.seq == 1,
        turn=_turn(own, identity, numbered.locale, place, payload) if bot_is_next else None,
    )
    return Received(
        own.seq,
        place.conversation_id,
        identity.customer_id,
        identity.id,
        duplicate=False,
        needs_turn=handled is None,
        change=change,
    )


def _turn(own: Message, identity: Identity, locale: str, place: _Place, payload: str | None) -> PendingTurn:
    standing = Standing(
        own.conversation_id, identity.customer_id, identity.id, locale, place.turns, place.history, "bot", "open"
    )
    waiting = Waiting(own.id, own.external_id, own.channel, own.seq, own.text, payload, own.at)
    return pending_turn(standing, [waiting])


def _open(unit: Unit, incoming: Incoming, identity: Identity, previous: Row[Any] | None) -> str:
    conversation_id = unit.new_id()
    unit.connection.execute(
        sa.insert(conversations).values(
            id=conversation_id,
            customer_id=identity.customer_id,
            previous_id=previous.id if previous is not None else None,
            channel=incoming.channel,
            identity_id=identity.id,
            locale=incoming.locale,
            state="open",
            owner="bot",
            last_seq=0,
            turns=0,
            history=[],
            created_at=unit.now,
            active_at=unit.now,
        )
    )
    return conversation_id


def _waiting(unit: Unit, conversation_id: str) -> int:
    """How many messages wait before the next one."""
    waiting: int = unit.connection.execute(_WAITING, {"conversation": conversation_id}).scalar_one()
    if waiting >= unit.rules.max_waiting:
        locale = locale_of(unit, conversation_id)
        raise refused(unit, "too_many_waiting", "utter_app_too_many_waiting", locale, retryable=True)
    return waiting


def _remember_proof(unit: Unit, identity: Identity, incoming: Incoming) -> None:
    """An identity token names the shop's customer: keep it with ours. It never renames one that is known already."""
    if incoming.shop_customer_id and identity.shop_customer_id is None:
        unit.connection.execute(
            sa.update(customers)
            .where(customers.c.id == identity.customer_id, customers.c.shop_customer_id.is_(None))
            .values(shop_customer_id=incoming.shop_customer_id)
        )


def waiting_conversations(connection: Connection) -> list[str]:
    """Conversations with messages that wait for their turn, the longest waiting first."""
    return list(
        connection.execute(
            sa.select(messages.c.conversation_id)
            .where(awaits_turn)
            .group_by(messages.c.conversation_id)
            .order_by(sa.func.min(messages.c.created_at))
        ).scalars()
    )
