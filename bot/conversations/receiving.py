"""Receipt of a customer's message: found or stored once, numbered, and answered at once where the app itself asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.conversations import attachments, blocking, media, proving
from bot.conversations.app_choices import ANSWERS, OF_THEIR_OWN_TIME, answer_choice
from bot.conversations.app_prompts import CALLBACK, Handled, answer_contact, answer_typed, refused, said
from bot.conversations.commands import APP, COMMANDS
from bot.conversations.ending import PERSON
from bot.conversations.models import Incoming, Received
from bot.conversations.opening import latest_of
from bot.conversations.storing import Arrival, Own, begun, place_for, place_in, store
from bot.conversations.unit import Unit
from bot.customers.identities import find_or_create
from bot.storage.tables import awaits_turn, choices, conversations, messages

RESUME = "/resume"  # on with what was begun, now that it is known who writes
WANTS_PERSON = (PERSON, CALLBACK, f"{CALLBACK}:failed_action")

_DUPLICATE = (
    sa.select(messages.c.seq, messages.c.conversation_id, conversations.c.customer_id, conversations.c.identity_id)
    .select_from(messages.join(conversations, conversations.c.id == messages.c.conversation_id))
    .where(messages.c.channel == sa.bindparam("channel"), messages.c.external_id == sa.bindparam("external_id"))
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
    if identity.blocked:  # whoever writes to us takes our answers again
        blocking.unblocked(unit, incoming.channel, incoming.identity)
    incoming = proving.only_theirs(unit, identity, incoming)
    proving.remember(unit, identity, incoming.shop_customer_id)
    arrival = Arrival(unit, incoming, identity, latest_of(unit, identity.customer_id))
    received = _received(arrival)
    proven = proving.proven_here(unit, incoming, received.conversation_id, identity.id)
    return received if proven is None else replace(received, proven=proven)


def _received(arrival: Arrival) -> Received:
    incoming = arrival.incoming
    if incoming.attachments:
        fitting = attachments.within_limit(arrival.unit, arrival.identity.customer_id, incoming.attachments)
        arrival = replace(arrival, incoming=replace(incoming, attachments=fitting))
    if incoming.choice_id is not None:
        return _receive_choice(arrival, incoming.choice_id)
    if incoming.command is not None:
        return _receive_command(arrival, incoming.command)
    if media.own_number(incoming.attachments):
        return _receive_own_number(arrival)
    if incoming.attachments:
        return _receive_media(arrival)
    return _receive_words(arrival, Own(incoming.text or ""))


def _receive_words(arrival: Arrival, own: Own) -> Received:
    handled = answer_typed(arrival.unit, arrival.latest, own.text) if arrival.latest is not None else None
    return store(arrival, place_for(arrival, handled), own, handled)


def _receive_choice(arrival: Arrival, choice_id: str) -> Received:
    unit, latest = arrival.unit, arrival.latest
    chosen = unit.connection.execute(sa.select(choices).where(choices.c.id == choice_id)).first()
    # A choice is good for its own conversation only; what is somebody else's looks like what never was.
    if chosen is not None and latest is not None and chosen.payload.startswith(OF_THEIR_OWN_TIME):
        latest = _own_conversation(arrival, chosen)
    if chosen is None or latest is None or chosen.conversation_id != latest.id:
        raise refused(unit, "unknown_choice", "utter_app_button_of_earlier", arrival.locale)
    if chosen.payload in WANTS_PERSON and latest.state == "ended":  # in a conversation that goes on with that one
        arrival = begun(arrival)
        assert arrival.latest is not None
        latest = arrival.latest
    handled = answer_choice(unit, latest, chosen.payload) if chosen.payload.startswith(APP) else None
    if handled is None and latest.state == "ended":
        raise refused(unit, "unknown_choice", "utter_app_conversation_over", latest.locale)
    return store(arrival, place_in(unit, latest, handled), Own(chosen.title, chosen.payload, "choice"), handled)


def _receive_command(arrival: Arrival, name: str) -> Received:
    payload = COMMANDS[name]
    # What was written after it is done nothing with, but whoever takes over reads it.
    own = Own(f"/{name} {arrival.incoming.text or ''}".strip(), payload, "command")
    if not payload.startswith(APP):
        return store(arrival, place_for(arrival, None), own, None)
    # A word of the app's own needs no new conversation where there is an ended one.
    arrival = arrival if arrival.latest is not None else begun(arrival)
    assert arrival.latest is not None
    handled = answer_choice(arrival.unit, arrival.latest, payload)
    return store(arrival, place_for(arrival, handled), own, handled)


def _receive_media(arrival: Arrival) -> Received:
    """With words it is a turn like any other; to anything else the app itself says what it can."""
    unit, brought = arrival.unit, arrival.incoming.attachments
    words = (arrival.incoming.text or "").strip()
    if words:
        here = arrival.open.id if arrival.open is not None else None
        first = media.go_by_words(unit, here, arrival.locale, brought) if arrival.bot_speaks else []
        return _receive_words(arrival, Own(words, kind="media", first=tuple(first)))
    # Who sends a sticker to say goodbye begins nothing new with it.
    if arrival.latest is None or not media.asks_for_nothing(brought):
        arrival = begun(arrival)
    assert arrival.latest is not None
    said_to_it = media.answer_alone(unit, arrival.latest.id, arrival.locale, brought) if arrival.bot_speaks else []
    handled = Handled(said_to_it)
    own = Own(media.label(unit, arrival.locale, brought), kind="media")
    return store(arrival, place_for(arrival, handled), own, handled)


def _receive_own_number(arrival: Arrival) -> Received:
    """The customer's own number, by the channel's word: a way to call back, or proof of who they are."""
    unit, own = arrival.unit, Own((arrival.incoming.text or "").strip(), kind="media")
    handled = answer_contact(unit, arrival.latest, own.text) if arrival.latest is not None else None
    if handled is not None:
        return store(arrival, place_for(arrival, handled), own, handled)
    arrival = begun(arrival)
    assert arrival.latest is not None
    if not arrival.bot_speaks:
        return store(arrival, place_for(arrival, Handled()), own, Handled())
    proven = arrival.incoming.shop_customer_id is not None
    if proven and media.asks_who_it_is(unit, arrival.latest.id):
        own = Own(own.text, RESUME, own.kind)
        return store(arrival, place_for(arrival, None), own, None)
    name = media.PHONE_KNOWN if proven else media.CONTACT
    handled = Handled([said(unit, name, arrival.locale)])
    return store(arrival, place_for(arrival, handled), own, handled)


def _own_conversation(arrival: Arrival, chosen: Row[Any]) -> Row[Any] | None:
    theirs = conversations.c.customer_id == arrival.identity.customer_id
    if chosen.payload.startswith(ANSWERS):  # who was asked may answer, though by a link another's customer since
        theirs |= conversations.c.identity_id == arrival.identity.id
    wanted = sa.select(conversations).where(conversations.c.id == chosen.conversation_id, theirs)
    return arrival.unit.connection.execute(wanted.with_for_update()).first()


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
