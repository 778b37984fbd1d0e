"""What is said to something that is not text: nobody here can look at it, so honestly that; stores nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from bot.conversations.app_prompts import said
from bot.conversations.models import Attachment, Draft
from bot.conversations.unit import Unit
from bot.storage.tables import messages

KEPT, WITH_WORDS, UNKNOWN = "utter_app_media_kept", "utter_app_media_with_words", "utter_app_media_unknown"
LIMIT = "utter_app_media_limit"
PHONE_KNOWN, CONTACT = "utter_app_phone_known", "utter_app_contact_kept"
FILES = frozenset({"photo", "document", "voice", "audio", "video"})
_OTHERS = {"sticker": "utter_app_sticker", "location": "utter_app_location", "contact": CONTACT}
_ALIKE = {KEPT: (KEPT, WITH_WORDS), WITH_WORDS: (KEPT, WITH_WORDS)}
# An album comes as a message for each picture: what is said to the first is said to all.
ALBUM_LASTS = timedelta(seconds=60)
ALBUM_ARRIVES = timedelta(seconds=5)  # even though its words are being answered meanwhile
ASKS_WHO = ("email", "postcode", "one_time_code", "order_number")  # what a question may expect that a proof answers


def label(unit: Unit, locale: str, attachments: Sequence[Attachment]) -> str:
    """What a message without words is called in a transcript: "Photo"."""
    names = dict.fromkeys(_kind(attachment) for attachment in attachments)
    return ", ".join(unit.phrases.label(f"media_{name}", locale=locale) for name in names)


def asks_for_nothing(attachments: Sequence[Attachment]) -> bool:
    """Whether they are what people send to say thanks or goodbye."""
    return all(attachment.kind == "sticker" for attachment in attachments)


def own_number(attachments: Sequence[Attachment]) -> bool:
    """Whether the customer has shared their own contact, by the channel's word."""
    return any(attachment.kind == "contact" and attachment.details.get("own") is True for attachment in attachments)


def answer_alone(
    unit: Unit, conversation_id: str | None, locale: str, attachments: Sequence[Attachment]
) -> list[Draft]:
    """What is said to attachments without words. None of it where just that was said."""
    return _unless_just_said(unit, conversation_id, _sentence(attachments), locale)


def go_by_words(unit: Unit, conversation_id: str | None, locale: str, attachments: Sequence[Attachment]) -> list[Draft]:
    """What is said before words are answered that came with attachments."""
    if _is_over_limit(attachments):
        return _unless_just_said(unit, conversation_id, LIMIT, locale)
    if not any(_is_kept_file(attachment) for attachment in attachments):
        return []
    return _unless_just_said(unit, conversation_id, WITH_WORDS, locale)


def asks_who_it_is(unit: Unit, conversation_id: str) -> bool:
    """Whether our last question was one that ends once it is known who writes."""
    expected = unit.connection.execute(
        sa.select(messages.c.expects)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.author_kind != "customer",
            messages.c.kind != "notice",
        )
        .order_by(messages.c.seq.desc())
        .limit(1)
    ).scalar()
    return expected in ASKS_WHO


def _sentence(attachments: Sequence[Attachment]) -> str:
    if any(_is_kept_file(attachment) for attachment in attachments):
        return KEPT
    if _is_over_limit(attachments):
        return LIMIT
    return next((_OTHERS[attachment.kind] for attachment in attachments if attachment.kind in _OTHERS), UNKNOWN)


def _is_over_limit(attachments: Sequence[Attachment]) -> bool:
    return any(attachment.details.get("over_limit") for attachment in attachments)


def _is_kept_file(attachment: Attachment) -> bool:
    return attachment.kind in FILES and attachment.file_id is not None


def _kind(attachment: Attachment) -> str:
    return attachment.kind if attachment.kind in FILES or attachment.kind in _OTHERS else "other"


def _unless_just_said(unit: Unit, conversation_id: str | None, name: str, locale: str) -> list[Draft]:
    if conversation_id is not None and _just_said(unit, conversation_id, name):
        return []
    return [said(unit, name, locale)]


def _just_said(unit: Unit, conversation_id: str, name: str) -> bool:
    """Whether it was said a moment ago, no word of the customer's has come since, and we went on to nothing else."""
    here = messages.c.conversation_id == conversation_id
    told = unit.connection.execute(
        sa.select(messages.c.seq, messages.c.created_at)
        .where(
            here,
            messages.c.author_kind != "customer",
            messages.c.response.in_(_ALIKE.get(name, (name,))),
            messages.c.created_at > unit.now - ALBUM_LASTS,
        )
        .order_by(messages.c.seq.desc())
        .limit(1)
    ).first()
    if told is None:
        return False
    words = sa.and_(messages.c.author_kind == "customer", messages.c.kind != "media")
    ours = messages.c.author_kind != "customer" if told.created_at <= unit.now - ALBUM_ARRIVES else sa.false()
    since = sa.select(messages.c.id).where(here, messages.c.seq > told.seq, sa.or_(words, ours))
    return unit.connection.execute(since.limit(1)).first() is None
