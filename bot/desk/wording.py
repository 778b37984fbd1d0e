"""How what stands in a conversation is written on its page: links, times, days, places, what became of a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from bot.desk.attachments import file_name, size_words

_ADDRESS = re.compile(r"https?://[^\s<>\"'`{}|\\^\[\]\u2028\u2029]+", re.IGNORECASE)
_AFTER = ".,;:!?…)"  # ends the sentence, not the address
_LINK = Markup('<a href="{0}" target="_blank" rel="noopener noreferrer nofollow ugc">{0}</a>')
_MAP = "https://www.openstreetmap.org/?mlat={0:.6f}&mlon={1:.6f}#map=17/{0:.6f}/{1:.6f}"
_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))  # signs that turn a line around, also ours


def linked(text: str) -> Markup:
    """A text with its web addresses as links; all else in it is text, whatever it looks like."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        address = found[0]
        while address and (address[-1] in _AFTER) and not (address[-1] == ")" and "(" in address):
            address = address[:-1]
        if "." not in address and "localhost" not in address:
            continue
        parts += [escape(text[end : found.start()]), _LINK.format(address.translate(_TURNS))]
        end = found.start() + len(address)
    return Markup("").join([*parts, escape(text[end:])])


def place_link(details: Mapping[str, Any]) -> str:
    """Where a map shows a place that a customer sent."""
    return _MAP.format(float(details["latitude"]), float(details["longitude"]))


def place_words(details: Mapping[str, Any]) -> str:
    """A place as words: what it is called, or its numbers."""
    named = ", ".join(str(details[name]) for name in ("title", "address") if details.get(name))
    return named or f"{float(details['latitude']):.5f}, {float(details['longitude']):.5f}"


def day_words(day: date, today: date) -> str:
    """A day as the line between days says it."""
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return f"{day:%A} {day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")


def talk_words(zone: ZoneInfo, now: datetime) -> dict[str, object]:
    """What the templates of a conversation say values with."""
    today = now.astimezone(zone).date()
    return {
        "linked": linked,
        "clock_of": lambda at: at.astimezone(zone).strftime("%H:%M"),
        "moment_of": lambda at: at.astimezone(zone).strftime("%d %b %Y %H:%M:%S"),
        "day_words": lambda day: day_words(day, today),
        "place_link": place_link,
        "place_words": place_words,
        "file_name": file_name,
        "size_words": size_words,
    }
