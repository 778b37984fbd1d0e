"""Where a conversation is answered when people work in another helpdesk: the way there, and what that did not take."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.helpdesk.chatwoot.links import link_of
from bot.settings import Settings
from bot.storage.desk_tables import helpdesk_calls


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The other half of a conversation.

    `address` is where it is there, None while it is not, or not known to be; `refused` is why the latest of what has
    not got there has not.
    """

    address: str | None = None
    refused: str | None = None


def read_elsewhere(settings: Settings, connection: Connection, conversation_id: str) -> Elsewhere | None:
    """The other half of a conversation; None where people work at our own desk."""
    if settings.helpdesk == "desk":
        return None
    link = link_of(connection, conversation_id)
    failed = sa.select(helpdesk_calls.c.error).where(
        helpdesk_calls.c.conversation_id == conversation_id,
        helpdesk_calls.c.state != "done",
        helpdesk_calls.c.error.is_not(None),
    )
    refused = connection.execute(failed.order_by(helpdesk_calls.c.number.desc()).limit(1)).scalar()
    account = f"{settings.chatwoot_url.rstrip('/')}/app/accounts/{settings.chatwoot_account}"
    return Elsewhere(f"{account}/conversations/{link.number}" if link is not None else None, refused)
