"""Hands out all that we hold of a person, and nobody else's: a zip to be read by people and by programs.

`customer.json` has every row of theirs, table by table; `conversations/` what was said, to be read; `attachments/`
the files they sent. Ids of our people and hashes that open something are left out.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.concealing import concealed
from bot.privacy.fates import FATES, Of
from bot.privacy.persons import Person
from bot.storage.channel_tables import attachment_contents, attachments, message_edits, telegram_calls, telegram_updates
from bot.storage.desk_tables import audit
from bot.storage.shop_tables import shop_customers, shop_orders
from bot.storage.tables import conversations, mails, messages, metadata, surveys

# What is our people's, or opens something.
_HIDDEN = (
    "agent_id to_agent_id to_team_id team_id held_by created_by published_by updated_by leased_by leased_until "
    "token_hash code_hash key"
)
_NOT_THEIRS = frozenset(_HIDDEN.split())
_NO_DATA = frozenset({"desk_reads", "desk_viewing", "desk_drafts", "attachment_contents", "proof_attempts"})
_LOCAL = re.compile(r"[^\w.\-]+")

README = """\
What we hold of you
===================

customer.json     everything that our database has of you, table by table, for programs as well
conversations/    what was said in each of your conversations
attachments/      the files that you sent us

Times in customer.json are in UTC; those of the conversations in {zone}.
Written on {at}.
"""


def rows_of(connection: Connection, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Every row of theirs, by table; tables without one are left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name in FATES:
        condition = None if name in _NO_DATA else _theirs(name, person)
        if condition is None:
            continue
        table = metadata.tables[name]
        columns = [column for column in table.columns if column.name not in _NOT_THEIRS]
        order = list(table.primary_key.columns)
        rows = connection.execute(sa.select(*columns).where(condition).order_by(*order)).mappings().all()
        if rows:
            found[name] = [{key: _shown(value) for key, value in row.items()} for row in rows]
    lines = sa.select(audit.c.at, audit.c.action, audit.c.conversation_id).order_by(audit.c.number)
    seen = connection.execute(lines.where(audit.c.conversation_id.in_(person.conversation_ids))).mappings().all()
    if seen:
        found["audit"] = [{key: _shown(value) for key, value in row.items()} for row in seen]
    return found


def _theirs(name: str, person: Person) -> sa.ColumnElement[bool] | None:
    """Which rows of a table are this person's; None where they are found otherwise, or are not to be handed out."""
    table, talks = metadata.tables[name], list(person.conversation_ids)
    own_messages = sa.select(messages.c.id).where(messages.c.conversation_id.in_(talks))
    own_surveys = sa.select(surveys.c.id).where(surveys.c.conversation_id.in_(talks))
    identity_ids = [row.id for row in person.identities]
    chats = [
        int(row.external_id) for row in person.identities if row.channel == "telegram" and row.external_id.isdigit()
    ]
    special: Mapping[str, sa.ColumnElement[bool]] = {
        "customers": table.c.id.in_(person.customer_ids) if name == "customers" else sa.false(),
        "message_edits": sa.exists().where(
            messages.c.conversation_id.in_(talks),
            messages.c.channel == message_edits.c.channel,
            messages.c.external_id == message_edits.c.external_id,
        ),
        "mails": sa.func.lower(mails.c.recipient).in_(person.emails),  # others went to our people
        "telegram_calls": telegram_calls.c.chat_id.in_(chats),
        "telegram_updates": telegram_updates.c.chat_id.in_(chats),
        "shop_customers": shop_customers.c.id.in_(person.shop_customer_ids),
        "shop_orders": shop_orders.c.customer_id.in_(person.shop_customer_ids),
    }
    if name in special:
        return special[name]
    return {
        Of.CUSTOMER: lambda: table.c.customer_id.in_(person.customer_ids),
        Of.CONVERSATION: lambda: table.c.conversation_id.in_(talks),
        Of.MESSAGE: lambda: table.c.message_id.in_(own_messages),
        Of.SURVEY: lambda: table.c.survey_id.in_(own_surveys),
        Of.IDENTITY: lambda: table.c.identity_id.in_(identity_ids),
    }.get(FATES[name].of, lambda: None)()


def _shown(value: Any) -> Any:
    """As JSON knows it; what opens a conversation is hidden."""
    if isinstance(value, str):
        return concealed(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return None if isinstance(value, bytes) else value


def write_export(connection: Connection, person: Person, file: IO[bytes], *, now: datetime, zone: ZoneInfo) -> int:
    """Write the zip; how many rows are in it. Call it in a transaction that sees one snapshot."""
    rows = rows_of(connection, person)
    told = {
        "customers": list(person.customer_ids),
        "names": list(person.names),
        "e_mails": list(person.emails),
        "written_at": now.isoformat(),
        "rows": rows,
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README.format(zone=zone.key, at=f"{now.astimezone(zone):%Y-%m-%d %H:%M}"))
        archive.writestr("customer.json", json.dumps(told, ensure_ascii=False, indent=2))
        for name, text in _transcripts(connection, person, zone):
            archive.writestr(name, text)
        for name, content in _files(connection, person):
            archive.writestr(name, content)
    return sum(map(len, rows.values()))


def _transcripts(connection: Connection, person: Person, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    for number, conversation_id in enumerate(person.conversation_ids, 1):
        talk = connection.execute(sa.select(conversations).where(conversations.c.id == conversation_id)).one()
        said = sa.select(messages).where(messages.c.conversation_id == conversation_id).order_by(messages.c.seq)
        began = talk.created_at.astimezone(zone)
        lines = [f"Conversation on {talk.channel}, begun {began:%Y-%m-%d %H:%M} ({zone.key})", ""]
        for row in connection.execute(said):
            who = {"customer": "You", "bot": "Assistant", "system": "Assistant"}.get(row.author_kind)
            text = concealed(row.edited_text or row.text) or f"({row.kind})"
            at = f"{row.created_at.astimezone(zone):%H:%M}"
            lines.append(f"{at}  {who or row.author_name or 'One of us'}: {text}")
        yield f"conversations/{number:04}-{began:%Y-%m-%d}.txt", "\n".join(lines) + "\n"


def _files(connection: Connection, person: Person) -> Iterator[tuple[str, bytes]]:
    kept = (
        sa.select(attachments.c.id, attachments.c.name)
        .join(messages, messages.c.id == attachments.c.message_id)
        .join(attachment_contents, attachment_contents.c.attachment_id == attachments.c.id)
        .where(messages.c.conversation_id.in_(person.conversation_ids))
        .order_by(messages.c.created_at, attachments.c.position)
    )
    for row in connection.execute(kept).all():  # one content in memory at a time
        own = attachment_contents.c.attachment_id == row.id
        content = connection.execute(sa.select(attachment_contents.c.content).where(own)).scalar_one()
        # Nothing of a name that somebody else has chosen may lead out of the folder.
        name = _LOCAL.sub("_", row.name or "file").strip("._")[-80:] or "file"
        yield f"attachments/{row.id}-{name}", bytes(content)
