"""Groups: we talk in private only, and say so where somebody speaks to us; never to whom, never twice an hour."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot.conversations.unit import Unit
from bot.storage.channel_tables import telegram_calls, telegram_groups
from bot.storage.inserts import insert_into
from channels.telegram.calls import enqueue
from channels.telegram.updates import GroupTalk, Migrated

PRIVATE_ONLY = "utter_app_private_only"
TOLD_EVERY = timedelta(hours=1)


def tell_private_only(unit: Unit, talk: GroupTalk, key: str, link: str) -> bool:
    """Have the group told that we talk in private, with a link to there, unless it was told within the hour.

    Args:
        key: what asks for it; the same is said once.
        link: to our private chat.
    """
    chat_id = _current(unit, talk.chat_id)
    if not _due(unit, chat_id):
        return False
    phrase = unit.phrases.say(PRIVATE_ONLY, locale=talk.locale, link=link)
    arguments: dict[str, object] = {"text": phrase.text, "disable_notification": True}
    if talk.message_id is not None:
        arguments["reply_parameters"] = {"message_id": talk.message_id, "allow_sending_without_reply": True}
    return enqueue(unit, key, chat_id, "sendMessage", arguments)


def record_migration(unit: Unit, migrated: Migrated) -> None:
    """A group has a new number: what waits for the old one goes there, and what it was told counts there."""
    if migrated.old_chat_id == migrated.new_chat_id:
        return
    told_at = unit.connection.execute(
        sa.select(telegram_groups.c.told_at).where(telegram_groups.c.chat_id == migrated.old_chat_id)
    ).scalar()
    never = unit.now - 2 * TOLD_EVERY
    _put(unit, migrated.old_chat_id, told_at=told_at or never, migrated_to=migrated.new_chat_id)
    if told_at is not None:
        _put(unit, migrated.new_chat_id, told_at=told_at)
    unit.connection.execute(
        sa.update(telegram_calls)
        .where(telegram_calls.c.chat_id == migrated.old_chat_id, telegram_calls.c.state == "waiting")
        .values(chat_id=migrated.new_chat_id)
    )


def _due(unit: Unit, chat_id: int) -> bool:
    """Whether the group is to be told now; it then counts as told. One statement: two may speak to us at once."""
    row = {"chat_id": chat_id, "told_at": unit.now}
    told = (
        insert_into(unit.connection, telegram_groups)
        .values(row)
        .on_conflict_do_update(
            index_elements=["chat_id"],
            set_={"told_at": unit.now},
            where=telegram_groups.c.told_at <= unit.now - TOLD_EVERY,
        )
        .returning(telegram_groups.c.chat_id)
    )
    return unit.connection.execute(told).first() is not None


def _current(unit: Unit, chat_id: int) -> int:
    moved: int | None = unit.connection.execute(
        sa.select(telegram_groups.c.migrated_to).where(telegram_groups.c.chat_id == chat_id)
    ).scalar()
    return chat_id if moved is None else moved


def _put(unit: Unit, chat_id: int, **values: object) -> None:
    statement = insert_into(unit.connection, telegram_groups).values(chat_id=chat_id, **values)
    unit.connection.execute(statement.on_conflict_do_update(index_elements=["chat_id"], set_=values))
