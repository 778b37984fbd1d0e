"""The append-only log of what people did: lines are added and read; the database refuses to change or remove them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Json
from bot.staff.models import AuditEntry
from bot.storage.desk_tables import audit
from bot.storage.tables import agents

_LONGEST_SUBJECT, _LONGEST_ADDRESS = 200, 64


def note(
    connection: Connection,
    *,
    now: datetime,
    action: str,
    agent_id: str | None = None,
    conversation_id: str | None = None,
    subject: str | None = None,
    details: Json | None = None,
    address: str | None = None,
) -> None:
    """Add a line; it stands if the caller's transaction does.

    Args:
        action: what was done, in small letters: conversation_read, claim, sign_in_failed …; up to 40 characters.
        agent_id: who did it; None for ourselves and for commands on the machine.
        subject: what else it was about, such as an e-mail address.
        address: from where.
    """
    connection.execute(
        sa.insert(audit).values(
            at=now,
            action=action,
            agent_id=agent_id,
            conversation_id=conversation_id,
            subject=subject[:_LONGEST_SUBJECT] if subject else None,
            details=dict(details) if details else None,
            address=address[:_LONGEST_ADDRESS] if address else None,
        )
    )


def read_audit(
    connection: Connection,
    *,
    limit: int,
    before: int | None = None,
    agent_id: str | None = None,
    conversation_id: str | None = None,
    action: str | None = None,
) -> list[AuditEntry]:
    """Lines of the log, the newest first, with the names that agents have now.

    Args:
        limit: how many at most.
        before: only lines with a smaller number: the last one's of the page before.
    """
    chosen = (
        sa.select(audit, agents.c.name.label("agent_name"))
        .select_from(audit.outerjoin(agents, agents.c.id == audit.c.agent_id))
        .order_by(audit.c.number.desc())
        .limit(limit)
    )
    wanted = {audit.c.agent_id: agent_id, audit.c.conversation_id: conversation_id, audit.c.action: action}
    for column, value in wanted.items():
        if value is not None:
            chosen = chosen.where(column == value)
    if before is not None:
        chosen = chosen.where(audit.c.number < before)
    return [AuditEntry(**row) for row in connection.execute(chosen).mappings()]


def actions_in(connection: Connection) -> list[str]:
    """Every action that the log has a line of, by name."""
    # From each action straight to the next one in the index: a DISTINCT would read every line there ever was.
    found = sa.select(sa.func.min(audit.c.action).label("action")).cte("found", recursive=True)
    following = sa.select(sa.func.min(audit.c.action)).where(audit.c.action > found.c.action).scalar_subquery()
    found = found.union_all(sa.select(following).where(found.c.action.is_not(None)))
    wanted = sa.select(found.c.action).where(found.c.action.is_not(None)).order_by(found.c.action)
    return [str(action) for action in connection.execute(wanted).scalars()]
