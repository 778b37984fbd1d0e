"""Saying a message of ours once more: as a new message, with buttons of its own that mean the same; and offering to."""

from __future__ import annotations

import sqlalchemy as sa

from bot.conversations.models import Change, Draft, Message
from bot.conversations.transcript import append, choice
from bot.conversations.unit import Unit
from bot.storage.tables import choices, conversations, deliveries, messages

MAYBE_LOST = "utter_app_maybe_lost"
SAY_AGAIN = "app:say_again:"
MOST_SHOWN_AGAIN = 10


def copy_of(unit: Unit, message_id: str) -> Draft:
    """The same message once more: its buttons have fresh ids and the payloads they had."""
    original = unit.connection.execute(sa.select(messages).where(messages.c.id == message_id)).one()
    offered = unit.connection.execute(
        sa.select(choices).where(choices.c.message_id == message_id).order_by(choices.c.position)
    ).all()
    return Draft(
        original.text,
        author_kind=original.author_kind,
        author_name=original.author_name,
        kind=original.kind,
        response=original.response,
        choices=tuple(choice(unit.new_id(), row.title, row.payload, row.value) for row in offered),
        cards=tuple(original.cards or ()),
        expects=original.expects,
        agent_id=original.agent_id,
    )


def open_question(unit: Unit, conversation_id: str) -> str | None:
    """The id of what we asked last and have no answer to, or else of the last that we said; notices aside."""
    ours = (
        sa.select(messages.c.id)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.author_kind != "customer",
            messages.c.kind != "notice",
        )
        .order_by(messages.c.seq.desc())
        .limit(1)
    )
    asks = ours.where(
        messages.c.seq > _last_of_customer(conversation_id),
        sa.or_(messages.c.expects.is_not(None), messages.c.choices.is_not(None)),
    )
    found: str | None = unit.connection.execute(asks).scalar() or unit.connection.execute(ours).scalar()
    return found


def say_again(unit: Unit, conversation_id: str, message_id: str) -> list[Draft]:
    """Copies of a message that may be lost and of all later ones of that conversation that may be lost, too.

    Returns:
        Nothing where no message of ours in this conversation has that id.
    """
    named = unit.connection.execute(
        sa.select(messages.c.seq).where(
            messages.c.id == message_id,
            messages.c.conversation_id == conversation_id,
            messages.c.author_kind != "customer",
        )
    ).scalar()
    if named is None:
        return []
    later = unit.connection.execute(
        sa.select(messages.c.id)
        .select_from(messages.join(deliveries, deliveries.c.message_id == messages.c.id))
        .where(
            deliveries.c.conversation_id == conversation_id,
            deliveries.c.state == "unknown",
            deliveries.c.seq > named,
            deliveries.c.copy.is_(False),
            messages.c.author_kind != "customer",
            messages.c.kind != "notice",
        )
        .order_by(messages.c.seq)
        .limit(MOST_SHOWN_AGAIN - 1)
    ).scalars()
    return [copy_of(unit, lost) for lost in (message_id, *later)]


def offer_to_show_again(unit: Unit, lost: Message, identity_id: str) -> Change | None:
    """Tell the customer that a message may be lost, and offer to show it again.

    Args:
        identity_id: to whom it went.

    Returns:
        None where that is not worth it: it was a mere notice, the customer goes on elsewhere, or the offer stands.
    """
    if lost.kind == "notice" and (not lost.choices or lost.response == MAYBE_LOST):
        return None
    conversation = unit.connection.execute(
        # Two that come to this at once make one offer.
        sa.select(conversations).where(conversations.c.id == lost.conversation_id).with_for_update()
    ).one()
    stands = sa.select(messages.c.id).where(
        messages.c.conversation_id == lost.conversation_id,
        messages.c.response == MAYBE_LOST,
        messages.c.seq > _last_of_customer(lost.conversation_id),
    )
    if conversation.identity_id != identity_id or unit.connection.execute(stands.limit(1)).first() is not None:
        return None
    title = unit.phrases.label("show_again", locale=conversation.locale)
    offer = Draft(
        unit.phrases.say(MAYBE_LOST, locale=conversation.locale).text,
        author_kind="system",
        kind="notice",
        response=MAYBE_LOST,
        choices=(choice(unit.new_id(), title, f"{SAY_AGAIN}{lost.id}"),),
    )
    stored = append(unit, lost.conversation_id, [offer])
    return Change(lost.conversation_id, conversation.customer_id, messages=stored)


def _last_of_customer(conversation_id: str) -> sa.ScalarSelect[int]:
    """The number of the last message that the customer has written in a conversation."""
    return (
        sa.select(sa.func.coalesce(sa.func.max(messages.c.seq), 0))
        .where(messages.c.conversation_id == conversation_id, messages.c.author_kind == "customer")
        .scalar_subquery()
    )
