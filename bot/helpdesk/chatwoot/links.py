"""Which conversation of ours is which of Chatwoot's, and what we know of that one; asks nobody."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.conversations.models import Json
from bot.conversations.unit import Unit
from bot.helpdesk.chatwoot import HELPDESK
from bot.storage.desk_tables import helpdesk_links
from bot.storage.inserts import insert_into
from bot.storage.tables import conversations

_rows = helpdesk_links.c
_OURS = sa.select(helpdesk_links).where(_rows.helpdesk == HELPDESK)


@dataclass(frozen=True, slots=True)
class Link:
    """A conversation of ours and its other half."""

    conversation_id: str
    number: str  # Chatwoot's, as its addresses have it
    contact_id: str | None
    details: Json

    @property
    def status(self) -> str:
        """What it is there, or is to be by our word: open | pending | resolved | snoozed."""
        return str(self.details.get("status") or "open")

    @property
    def assignee(self) -> int | None:
        """Who has it there, as far as we heard."""
        found = self.details.get("assignee")
        return found if isinstance(found, int) else None

    @property
    def seen(self) -> int:
        """Up to which of its messages all are here that were for the customer."""
        return int(self.details.get("seen") or 0)

    @property
    def source_id(self) -> str | None:
        """The contact's id in the inbox."""
        found = self.details.get("source_id")
        return found if isinstance(found, str) else None


def link_of(connection: Connection, conversation_id: str) -> Link | None:
    """The other half of a conversation of ours."""
    return _link(connection.execute(_OURS.where(_rows.conversation_id == conversation_id)).first())


def link_by_number(connection: Connection, number: str) -> Link | None:
    """The link of a conversation of Chatwoot's."""
    return _link(connection.execute(_OURS.where(_rows.external_id == number)).first())


def link_or_heir(connection: Connection, conversation_id: str) -> Link | None:
    """The other half of a conversation of ours, or what it became: that one goes on there with a later one of ours."""
    own = link_of(connection, conversation_id)
    if own is not None:
        return own
    customer = sa.select(conversations.c.customer_id).where(conversations.c.id == conversation_id).scalar_subquery()
    theirs = _OURS.join(conversations, conversations.c.id == _rows.conversation_id)
    for row in connection.execute(theirs.where(conversations.c.customer_id == customer)):
        if conversation_id in (row.details or {}).get("earlier", ()):
            return _link(row)
    return None


def forget_link(unit: Unit, number: str) -> None:
    """A conversation of Chatwoot's is no more."""
    own = (_rows.helpdesk == HELPDESK) & (_rows.external_id == number)
    unit.connection.execute(sa.delete(helpdesk_links).where(own))


def keep_link(unit: Unit, conversation_id: str, number: str, contact_id: str | None, details: Json) -> None:
    """Remember which conversation is which.

    One of Chatwoot's belongs to the latest of ours: it may go on there with what had ended here.
    """
    before = link_by_number(unit.connection, number)
    if before is not None and before.conversation_id != conversation_id:
        details = {"seen": before.seen, "assignee": before.assignee, **details}
        details["earlier"] = [*before.details.get("earlier", []), before.conversation_id][-20:]
        contact_id = contact_id or before.contact_id
        own = (_rows.helpdesk == HELPDESK) & (_rows.external_id == number)
        unit.connection.execute(sa.delete(helpdesk_links).where(own))
    row = {
        "conversation_id": conversation_id,
        "helpdesk": HELPDESK,
        "external_id": number,
        "contact_id": contact_id,
        "details": details,
        "created_at": unit.now,
    }
    unit.connection.execute(
        insert_into(unit.connection, helpdesk_links)
        .values(row)
        .on_conflict_do_update(
            index_elements=["conversation_id", "helpdesk"],
            set_={name: row[name] for name in ("external_id", "contact_id", "details")},
        )
    )


def note(unit: Unit, conversation_id: str, **details: object) -> None:
    """Remember more of a link; nothing where there is none."""
    own = (_rows.helpdesk == HELPDESK) & (_rows.conversation_id == conversation_id)
    found = unit.connection.execute(sa.select(_rows.details).where(own).with_for_update()).first()
    if found is not None:
        values = {**(found.details or {}), **details}
        unit.connection.execute(sa.update(helpdesk_links).where(own).values(details=values))


def _link(row: Row[tuple[object, ...]] | None) -> Link | None:
    if row is None:
        return None
    return Link(row.conversation_id, row.external_id, row.contact_id, dict(row.details or {}))
