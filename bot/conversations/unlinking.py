"""The way back from a link: an identity is again the customer that it was, and reads nothing more of the other.

Whom it has let in since goes with it: else who brought a stolen token would stay by a link of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.conversations import participants
from bot.conversations.app_prompts import Happened, notice
from bot.conversations.deliveries import NO_LONGER_THEIRS
from bot.conversations.errors import LinkRefused
from bot.conversations.linking import awaits_us, end_left, write_anew
from bot.conversations.models import Change, Message
from bot.conversations.opening import latest_of
from bot.conversations.participants import Participant
from bot.conversations.transcript import append
from bot.conversations.unit import Unit
from bot.customers import links
from bot.customers.links import Link
from bot.storage.channel_tables import participants as taking_part
from bot.storage.tables import conversations, deliveries, identities


def undo_link(unit: Unit, link_id: str, by: str) -> list[Change]:
    """Give an identity back to the customer that it was before a link, with a word to both sides where they talk.

    So it is with those whom that identity has let in by links of its own since, and whom they have.

    What was said while it was linked stays where it was said, and the identity no longer reads it. Nothing stays
    proven in the open conversation, since nobody can tell which of the two has proven it.

    Args:
        by: `customer` or `operator`.

    Raises:
        LinkRefused: no such link (`unknown`), or not the one by which its identity is whose it is: undone before, or
            another link came after it (`superseded`).
    """
    link = _standing(unit, link_id, None)
    leaving = links.with_handed_on(unit.connection, link)
    latest = latest_of(unit, link.to_customer_id)
    undone = _undo(unit, leaving, by, latest, tell_in=latest if _talk_in(unit, leaving, latest) else None)
    if latest is None:
        return []
    said = (*undone.told, *undone.asked)
    return [Change(latest.id, link.to_customer_id, messages=said, ended=undone.ended, moved=True)]


def undo_from_button(unit: Unit, conversation: Row[Any], link_id: str) -> Happened:
    """As `undo_link`, by the button under the notice; for after the customer's tap is stored in `conversation`.

    Raises:
        LinkRefused: as `undo_link`, and where the link is none of this conversation's customer.
    """
    link = _standing(unit, link_id, conversation.locale)
    if link.to_customer_id != conversation.customer_id:
        raise _not_standing(unit, "unknown", conversation.locale)
    latest = latest_of(unit, link.to_customer_id)
    leaving = links.with_handed_on(unit.connection, link)
    undone = _undo(unit, leaving, links.CUSTOMER, latest, tell_in=conversation)
    if latest is None or latest.id != conversation.id:
        return Happened(undone.told, moved=True)
    return Happened((*undone.told, *undone.asked), ended=undone.ended, moved=True)


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


@dataclass(frozen=True, slots=True)
class _Undone:
    """What was said of the undoing, and of the conversation that has ended by it, if it has."""

    told: tuple[Message, ...] = ()
    asked: tuple[Message, ...] = ()
    ended: bool = False


def _undo(
    unit: Unit, leaving: Sequence[Link], by: str, latest: Row[Any] | None, *, tell_in: Row[Any] | None
) -> _Undone:
    """Undo links that stand: what was said of it in `tell_in`, and what is asked where `latest` has ended by it."""
    for link in leaving:
        _keep_back(unit, link)
    told: tuple[Message, ...] = ()
    if tell_in is not None:  # while both still take part: each of them should hear it
        told = append(unit, tell_in.id, [notice(unit, "utter_app_unlinked", tell_in.locale)])
    undone = _Undone(told)
    if latest is not None and _talk_in(unit, leaving, latest):
        links.keep_at_most(unit.connection, latest.id, "nothing", unit.now)
        undone = _goes_on_without(unit, latest, leaving, told)
    for link in leaving:
        links.move(unit.connection, link.identity_id, link.from_customer_id)
        links.note_undone(unit.connection, link.id, by, unit.now)
    return undone


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
        .values(state="failed", error=NO_LONGER_THEIRS, updated_at=unit.now)
    )


def _goes_on_without(unit: Unit, latest: Row[Any], leaving: Sequence[Link], told: tuple[Message, ...]) -> _Undone:
    """Let a conversation go on without some identities; it has ended where nobody else is left to go on."""
    for link in leaving:
        participants.leave(unit, latest.id, link.identity_id)
    now_at = unit.connection.execute(
        sa.select(conversations.c.identity_id).where(conversations.c.id == latest.id)
    ).scalar_one()
    speaking = next((link for link in leaving if link.identity_id == now_at), None)
    if speaking is None:
        return _Undone(told)
    other = participants.other_than(unit, latest.id, now_at) or _who_asked(unit, leaving[0])
    if other is not None:
        participants.goes_on_at(unit, latest.id, other)
        return _Undone(told)
    if awaits_us(unit, latest.id):
        told += append(unit, latest.id, [write_anew(unit, latest.locale, speaking.channel)])
    return _Undone(told, end_left(unit, latest.id), ended=True)


def _who_asked(unit: Unit, link: Link) -> Participant | None:
    """The identity that asked for the link, if it is still that customer's."""
    row = unit.connection.execute(
        sa.select(identities.c.id, identities.c.channel).where(
            identities.c.id == link.asked_by, identities.c.customer_id == link.to_customer_id
        )
    ).first()
    return None if row is None else Participant(row.id, row.channel)


def _talk_in(unit: Unit, leaving: Sequence[Link], conversation: Row[Any] | None) -> bool:
    """Whether any of the identities takes part in this conversation, and it is open."""
    if conversation is None or conversation.state != "open":
        return False
    theirs = [link.identity_id for link in leaving]
    if conversation.identity_id in theirs:
        return True
    row = unit.connection.execute(
        sa.select(taking_part.c.identity_id).where(
            taking_part.c.conversation_id == conversation.id,
            taking_part.c.identity_id.in_(theirs),
            taking_part.c.left_at.is_(None),
        )
    ).first()
    return row is not None
