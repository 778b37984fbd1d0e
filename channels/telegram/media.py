"""What came beside text in a message of Telegram's: read from JSON of any shape, never an error; no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.conversations.cleaning import clean_text
from bot.conversations.models import Attachment, Json

Raw = Mapping[str, Any]
LONGEST_FILE_ID, LONGEST_NAME = 300, 200  # of their columns

# Telegram's field → our kind. Telegram adds `document` to an animation and `location` to a venue: those come first.
_FILES = {
    "animation": "video",
    "video": "video",
    "video_note": "video",
    "voice": "voice",
    "audio": "audio",
    "sticker": "sticker",
    "document": "document",
}
_OTHERS = ("poll", "checklist", "dice", "game", "story", "paid_media", "giveaway", "invoice")


def attachment_of(message: Raw) -> Attachment | None:
    """What a message holds beside text; None where it is text, or only tells of something."""
    photo = _largest(message.get("photo"))
    if photo is not None:
        return _file("photo", photo)
    for field, kind in _FILES.items():
        if isinstance(content := message.get(field), dict):
            return _file(kind, content)
    for field, read in _WITHOUT_FILE.items():
        if isinstance(content := message.get(field), dict):
            return read(content, message)
    return next((Attachment("other", {"what": field}) for field in _OTHERS if field in message), None)


def own_number(message: Raw) -> str | None:
    """The number of whoever wrote, if they shared it. A card that was passed on may be an old one: no proof."""
    contact, sender = message.get("contact"), message.get("from")
    if not isinstance(contact, dict) or not isinstance(sender, dict) or "forward_origin" in message:
        return None
    owner, phone = contact.get("user_id"), contact.get("phone_number")
    if type(owner) is not int or owner != sender.get("id") or not isinstance(phone, str):
        return None
    digits = re.sub(r"[^0-9]", "", phone)
    return f"+{digits}" if 5 <= len(digits) <= 20 else None  # with its country code, though often without the plus


def _file(kind: str, content: Raw) -> Attachment:
    file_id = content.get("file_id")
    usable = isinstance(file_id, str) and 0 < len(file_id) <= LONGEST_FILE_ID
    details: Json = {}
    if (seconds := _count(content.get("duration"))) is not None:
        details["seconds"] = seconds
    if emoji := _words(content.get("emoji"), 16):
        details["emoji"] = emoji
    return Attachment(
        kind,
        details,
        file_id if usable else None,
        _words(content.get("file_name"), LONGEST_NAME),
        _words(content.get("mime_type"), 100),
        _count(content.get("file_size")),
    )


def _largest(sizes: object) -> Raw | None:
    """Of a picture's sizes the largest."""
    found = [size for size in sizes if isinstance(size, dict)] if isinstance(sizes, list) else []
    return max(
        found, key=lambda size: (_count(size.get("width")) or 0) * (_count(size.get("height")) or 0), default=None
    )


def _venue(content: Raw, message: Raw) -> Attachment:
    place = content.get("location") if isinstance(content.get("location"), dict) else message.get("location")
    told = {name: words for name in ("title", "address") if (words := _words(content.get(name), 200))}
    return Attachment("location", {**_coordinates(place), **told})


def _location(content: Raw, message: Raw) -> Attachment:
    return Attachment("location", _coordinates(content))


def _coordinates(place: object) -> Json:
    found = place if isinstance(place, dict) else {}
    names = ("latitude", "longitude")
    return {
        name: float(found[name]) for name in names if type(found.get(name)) in (int, float) and abs(found[name]) <= 180
    }


def _contact(content: Raw, message: Raw) -> Attachment:
    names = [_words(content.get(part), 100) for part in ("first_name", "last_name")]
    details: Json = {"own": own_number(message) is not None}
    if phone := _words(content.get("phone_number"), 40):
        details["phone"] = phone
    if name := " ".join(part for part in names if part):
        details["name"] = name
    return Attachment("contact", details)


_WITHOUT_FILE: dict[str, Callable[[Raw, Raw], Attachment]] = {
    "venue": _venue,
    "location": _location,
    "contact": _contact,
}


def _words(value: object, longest: int) -> str | None:
    return (clean_text(value)[:longest] or None) if isinstance(value, str) else None


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < 2**62 else None
