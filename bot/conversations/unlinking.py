"""The way back from a link: an identity is again the customer that it was, and reads nothing more of the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.conversations import participants
from bot.conversations.app_prompts import Happened, notice
from bot.conversations.ending import end_conversation
from bot.conversations.errors import LinkRefused
from bot.conversations.linking import latest_of
from bot.conversations.models import Change, Message
from bot.conversations.participants import Participant
from bot.conversations.transcript import append
from bot.conversations.unit import Unit
from bot.customers import links
from bot.customers.links import Link
from bot.storage.channel_tables import participants as taking_part
from bot.storage.tables import conversations, deliveries, identities

UNLINKED = "unlinked"  # why a message that waited was not sent


def undo_link(unit: Unit, link_id: str, by: str) -> list[Change]:
    """Give an identity back to the customer that it was before a link, with a word to both sides where they talk.

    What was said while it was linked stays where it was said, and the identity no longer reads it. Nothing stays
    proven in the open conversation, since nobody can tell which of the two has proven it.

    Args:
        by: `customer` or `operator`.

    Raises:
        LinkRefused: no such link (`unknown`), or not the one by which its identity is whose it is: undone before, or
            another link came after it (`superseded`).
    """
    link = _standing(unit, link_id, None)
    latest = latest_of(unit, link.to_customer_id)
    told, asked = _undo(unit, link, by, latest, tell_in=latest if _talks_in(unit, link, latest) else None)
    if latest is None:
        return []
    return [Change(latest.id, link.to_customer_id, messages=(*told, *asked), ended=bool(asked), moved=True)]


def undo_from_button(unit: Unit, conversation: Row[Any], link_id: str) -> Happened:
    """As `undo_link`, by the button under the notice; for after the customer's tap is stored in `conversation`.

    Raises:
        LinkRefused: as `undo_link`, and where the link is none of this conversation's customer.
    """
    link = _standing(unit, link_id, conversation.locale)
    if link.to_customer_id != conversation.customer_id:
        raise _not_standing(unit, "unknown", conversation.locale)
    latest = latest_of(unit, link.to_customer_id)
    told, asked = _undo(unit, link, links.CUSTOMER, latest, tell_in=conversation)
    ended = bool(asked) and asked[0].conversation_id == conversation.id
    return Happened((*told, *asked) if ended else told, ended=ended, moved=True)


def undone_by_operators(connection: Connection, since: datetime) -> dict[str, Change]:
    """Changes that say of each link that an operator has undone since then that it is undone, by the link's id."""
    newest = sa.select(conversations.c.id).order_by(conversations.c.created_at.desc()).limit(1)
    return {
        link.id: Change(
            connection.execute(newest.where(conversations.c.customer_id == link.to_customer_id)).scalar_one(),
            link.to_customer_id,
            moved=True,
        )
        for link in links.undone_since(connection, since)
        if link.undone_by == links.OPERATOR
    }


def _standing(unit: Unit, link_id: str, locale: str | None) -> Link:
    """The link by which its identity is whose it is; no message of that customer comes between from now on."""
    link = links.by_id(unit.connection, link_id)
    if link is None:
        raise _not_standing(unit, "unknown", locale)
    links.lock_customers(unit.connection, [link.to_customer_id])
    if links.standing(unit.connection, link.identity_id) != link:
        raise _not_standing(unit, "superseded", locale)
    return link


def _not_standing(unit: Unit, code: str, locale: str | None) -> LinkRefused:
    return LinkRefused(code, unit.phrases.say("utter_app_button_over", locale=locale).text)


def _undo(
    unit: Unit, link: Link, by: str, latest: Row[Any] | None, *, tell_in: Row[Any] | None
) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """Undo a link that stands: what was said of it in `tell_in`, and what is asked where `latest` has ended by it."""
    _keep_back(unit, link)
    told: tuple[Message, ...] = ()
    if tell_in is not None:  # while both still take part: each of them should hear it
        told = append(unit, tell_in.id, [notice(unit, "utter_app_unlinked", tell_in.locale)])
    asked: tuple[Message, ...] = ()
    if latest is not None and _talks_in(unit, link, latest):
        links.keep_at_most(unit.connection, latest.id, "nothing", unit.now)
        asked = _goes_on_without(unit, latest.id, link)
    links.move(unit.connection, link.identity_id, link.from_customer_id)
    links.note_undone(unit.connection, link.id, by, unit.now)
    return told, asked


def _keep_back(unit: Unit, link: Link) -> None:
    """What waits to be sent to the identity is no longer for it."""
    theirs = sa.select(conversations.c.id).where(conversations.c.customer_id == link.to_customer_id)
    unit.connection.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.state == "waiting",
            deliveries.c.channel == link.channel,
            deliveries.c.identity_id == link.identity_id,
            deliveries.c.conversation_id.in_(theirs),
        )
        .values(state="failed", error=UNLINKED, updated_at=unit.now)
    )


def _goes_on_without(unit: Unit, conversation_id: str, link: Link) -> tuple[Message, ...]:
    """Let a conversation go on without an identity; its rating question where nobody else is left to go on."""
    participants.leave(unit, conversation_id, link.identity_id)
    now_at = unit.connection.execute(
        sa.select(conversations.c.identity_id).where(conversations.c.id == conversation_id)
    ).scalar_one()
    if now_at != link.identity_id:
        return ()
    other = participants.other_than(unit, conversation_id, link.identity_id) or _who_asked(unit, link)
    if other is None:
        return end_conversation(unit, conversation_id, "left") or ()
    participants.goes_on_at(unit, conversation_id, other)
    return ()


def _who_asked(unit: Unit, link: Link) -> Participant | None:
    """The identity that asked for the link, if it is still that customer's."""
    row = unit.connection.execute(
        sa.select(identities.c.id, identities.c.channel).where(
            identities.c.id == link.asked_by, identities.c.customer_id == link.to_customer_id
        )
    ).first()
    return None if row is None else Participant(row.id, row.channel)


def _talks_in(unit: Unit, link: Link, conversation: Row[Any] | None) -> bool:
    """Whether the identity takes part in this conversation, and it is open."""
    if conversation is None or conversation.state != "open":
        return False
    if conversation.identity_id == link.identity_id:
        return True
    row = unit.connection.execute(
        sa.select(taking_part.c.identity_id).where(
            taking_part.c.conversation_id == conversation.id,
            taking_part.c.identity_id == link.identity_id,
            taking_part.c.left_at.is_(None),
        )
    ).first()
    return row is not None
