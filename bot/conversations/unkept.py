"""Files that customers were told are kept, and that are not after all: said once; decides nothing about files."""

from __future__ import annotations

import sqlalchemy as sa

from bot.conversations.app_prompts import notice
from bot.conversations.media import FILES
from bot.conversations.models import Change
from bot.conversations.transcript import append
from bot.conversations.unit import Unit
from bot.storage.channel_tables import attachments
from bot.storage.tables import conversations, messages

NOT_KEPT = "utter_app_media_not_kept"
LOST = ("too_large", "gone", "over_limit")


def admit_unkept(unit: Unit, attachment_id: str) -> Change | None:
    """Tell a customer that a file of theirs is not kept, once for all that came before we say so.

    Returns:
        None where there is nothing to admit: it is kept, or may still be; nobody was told otherwise; or a person, who
        sees what became of it, owns the conversation.
    """
    found = unit.connection.execute(
        sa.select(
            messages.c.seq,
            conversations.c.id,
            conversations.c.customer_id,
            conversations.c.owner,
            conversations.c.locale,
        )
        .select_from(
            attachments.join(messages, messages.c.id == attachments.c.message_id).join(
                conversations, conversations.c.id == messages.c.conversation_id
            )
        )
        .where(attachments.c.id == attachment_id, attachments.c.state.in_(LOST), attachments.c.kind.in_(sorted(FILES)))
        .with_for_update(of=conversations)
    ).first()
    if found is None or found.owner != "bot":
        return None
    told = sa.select(messages.c.id).where(
        messages.c.conversation_id == found.id, messages.c.response == NOT_KEPT, messages.c.seq > found.seq
    )
    if unit.connection.execute(told.limit(1)).first() is not None:
        return None
    said = append(unit, found.id, [notice(unit, NOT_KEPT, found.locale)])
    return Change(found.id, found.customer_id, messages=said)
