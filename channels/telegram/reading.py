"""Reads updates: JSON of any shape in, one typed value out, never an error; no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.conversations.cleaning import clean_text
from channels.telegram.media import attachment_of, own_number
from channels.telegram.updates import (
    LINK,
    NO_LINK,
    Blocked,
    CommandMessage,
    Edited,
    GroupTalk,
    Ignored,
    LinkAnswer,
    MediaMessage,
    Migrated,
    Reading,
    StartLink,
    StrayTap,
    Tap,
    TextMessage,
    Unacceptable,
    Unblocked,
    Unknown,
    Update,
    Writer,
)

Raw = Mapping[str, Any]
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,32}))?(?=\s|$)")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")  # as links make them; any other is a shop's own: t.me/bot?start=newsletter
_LARGEST = 2**63 - 1
_KIND = re.compile(r"[a-z_]{1,40}")
_LINK_ANSWER = re.compile(rf"{LINK}(?:({_TOKEN.pattern})|{NO_LINK})")
_CHOICE = re.compile(r"[!-~]{1,64}")
_ASK = ("help", "orders")  # words after these say what is wanted better than the command does


def read_update(raw: object, reading: Reading) -> Update:
    """What `raw`, as Telegram sent it, is to us."""
    if not isinstance(raw, dict):
        return Unknown()
    kind = next((key for key in raw if _KIND.fullmatch(key) and isinstance(raw[key], dict)), None)
    if kind is None:
        return Unknown()
    content: Raw = raw[kind]
    match kind:
        case "message":
            return _message(content, reading)
        case "edited_message":
            return _edited(content, raw, reading)
        case "callback_query":
            return _tap(content, reading)
        case "my_chat_member":
            return _membership(content, reading)
    return Ignored(kind[:20])


def chat_of(raw: object) -> int | None:
    """The chat whose updates this one has to wait for: that of its message, or of the person it is from."""
    if not isinstance(raw, dict):
        return None
    for content in raw.values():
        if isinstance(content, dict):
            within = content.get("message") if isinstance(content.get("message"), dict) else content
            for place in (_id(_part(within, "chat")), _id(_part(content, "from"))):
                if place is not None:
                    return place
    return None


def sent_at(raw: object) -> float | None:
    """When a customer wrote or changed a message, in seconds as Telegram says; None where it does not say."""
    if not isinstance(raw, dict):
        return None
    changed, written = _part(raw, "edited_message"), _part(raw, "message")
    seconds = _number(changed.get("edit_date") if changed else written.get("date"))
    return None if seconds is None else float(seconds)


def external_id(customer: int, bot_id: int, message_id: int) -> str:
    """Our name of a message in a customer's private chat, theirs or ours. Numbers begin anew with another bot."""
    return f"{customer}:{bot_id}:{message_id}"


def _message(content: Raw, reading: Reading) -> Update:
    chat = _part(content, "chat")
    if chat.get("type") in ("group", "supergroup"):
        return _in_group(content, reading)
    if chat.get("type") != "private":
        return Ignored("elsewhere") if isinstance(chat.get("type"), str) else Unknown()
    writer, number = _writer(content, reading), _number(content.get("message_id"))
    if writer is None or number is None:
        return Ignored("bot") if _part(content, "from").get("is_bot") is True else Unknown()
    own_id, quotes = external_id(writer.id, reading.bot_id, number), _quoted(content, writer, reading)
    attachment = attachment_of(content)
    text = _text(content)
    if len(text) > reading.longest_text:
        return Unacceptable(writer, "utter_app_too_long")
    if attachment is not None:
        phone = own_number(content)
        return MediaMessage(writer, own_id, phone or text, quotes, attachment, phone)
    if not isinstance(content.get("text"), str):
        return Ignored("service")
    if not text:
        return Unacceptable(writer, "utter_app_empty")
    return _worded(writer, own_id, text, quotes, reading)


def _worded(writer: Writer, own_id: str, text: str, quotes: str | None, reading: Reading) -> Update:
    """A command where it is one of ours; anything else is text, whatever it looks like."""
    found = _COMMAND.match(text)
    command = found.group(1).lower() if found else ""
    if found is None or command not in reading.commands or not _is_ours(found.group(2), reading):
        return TextMessage(writer, own_id, text, quotes)
    words = text[found.end() :].strip()
    if command == "start" and _TOKEN.fullmatch(words):
        return StartLink(writer, own_id, words)
    if words and command in _ASK:
        return TextMessage(writer, own_id, words, quotes)
    return CommandMessage(writer, own_id, command, quotes, words)


def _edited(content: Raw, raw: Raw, reading: Reading) -> Update:
    writer, number = _writer(content, reading), _number(content.get("message_id"))
    if _part(content, "chat").get("type") != "private":
        return Ignored("elsewhere")
    if writer is None or number is None:
        return Unknown()
    text = _text(content)[: reading.longest_text]
    if not text:
        return Ignored("edited_other")  # a place that moves, a picture that was replaced
    return Edited(
        writer, external_id(writer.id, reading.bot_id, number), text, _edited_at(content.get("edit_date"), raw)
    )


def _edited_at(seconds: object, raw: Raw) -> datetime | None:
    number, update = _number(seconds), _number(raw.get("update_id"))
    if number is None or number > 2**33:
        return None
    # Telegram tells seconds; of two edits within one, the later update is the later edit.
    return datetime.fromtimestamp(number, UTC) + timedelta(microseconds=(update or 0) % 1_000_000)


def _tap(content: Raw, reading: Reading) -> Update:
    query_id, data = content.get("id"), content.get("data")
    if not isinstance(query_id, str) or not _CHOICE.fullmatch(query_id):
        return Unknown()
    message, person = _part(content, "message"), _person(content, reading)
    chat = _part(message, "chat")
    if person is None or (chat and chat.get("type", "private") != "private"):
        return StrayTap(query_id)
    choice_id = data if isinstance(data, str) and _CHOICE.fullmatch(data) else ""
    message_id = _number(message.get("message_id"))
    if answered := _LINK_ANSWER.fullmatch(choice_id):
        return LinkAnswer(person, query_id, answered.group(1), message_id)
    return Tap(person, query_id, choice_id, message_id)


def _membership(content: Raw, reading: Reading) -> Update:
    chat, now = _part(content, "chat"), _part(content, "new_chat_member").get("status")
    before = _part(content, "old_chat_member").get("status")
    if chat.get("type") == "private":
        writer = _writer(content, reading)
        if writer is None or not isinstance(now, str):
            return Unknown()
        return Blocked(writer) if now == "kicked" else Unblocked(writer)
    chat_id = _id(chat)
    if chat.get("type") in ("group", "supergroup") and chat_id is not None:
        added = now in ("member", "administrator", "restricted") and before in ("left", "kicked", None)
        return GroupTalk(chat_id, _locale(_part(content, "from"), reading), None) if added else Ignored("membership")
    return Ignored("membership")


def _in_group(content: Raw, reading: Reading) -> Update:
    chat_id = _id(_part(content, "chat"))
    if chat_id is None:
        return Unknown()
    new, old = _id(content, "migrate_to_chat_id"), _id(content, "migrate_from_chat_id")
    if new is not None:
        return Migrated(chat_id, new)
    if old is not None:
        return Migrated(old, chat_id)
    if _part(content, "from").get("is_bot") is True or not _addressed(content, reading):
        return Ignored("group")
    number = _number(content.get("message_id"))
    return GroupTalk(chat_id, _locale(_part(content, "from"), reading), number)


def _addressed(content: Raw, reading: Reading) -> bool:
    """Whether something in a group is meant for us: a reply to us, our name, one of our commands."""
    if _id(_part(_part(content, "reply_to_message"), "from")) == reading.bot_id:
        return True
    text = content.get("text") if isinstance(content.get("text"), str) else content.get("caption")
    if not isinstance(text, str):
        return False
    found = _COMMAND.match(text)
    if found is not None and found.group(2) is None:
        return found.group(1).lower() in reading.commands
    if found is not None:
        return _is_ours(found.group(2), reading)
    return re.search(rf"(?<!\w)@{re.escape(reading.username)}(?!\w)", text, re.IGNORECASE) is not None


def _is_ours(name: str | None, reading: Reading) -> bool:
    return name is None or name.lower() == reading.username.lower()


def _writer(content: Raw, reading: Reading) -> Writer | None:
    """Who wrote, where that is a person in a private chat with us."""
    person = _person(content, reading)
    return person if person is not None and person.id == _id(_part(content, "chat")) else None


def _person(content: Raw, reading: Reading) -> Writer | None:
    sender = _part(content, "from")
    number = _id(sender)
    if number is None or number < 1 or sender.get("is_bot") is True:
        return None
    return Writer(number, _locale(sender, reading))


def _locale(sender: Raw, reading: Reading) -> str:
    language = sender.get("language_code")
    return language if isinstance(language, str) and _LANGUAGE.fullmatch(language) else reading.locale


def _quoted(content: Raw, writer: Writer, reading: Reading) -> str | None:
    number = _number(_part(content, "reply_to_message").get("message_id"))
    return None if number is None else external_id(writer.id, reading.bot_id, number)


def _text(content: Raw) -> str:
    words = content.get("text") if isinstance(content.get("text"), str) else content.get("caption")
    return clean_text(words) if isinstance(words, str) else ""


def _part(content: object, name: str) -> Raw:
    part = content.get(name) if isinstance(content, dict) else None
    return part if isinstance(part, dict) else {}


def _id(part: Raw, name: str = "id") -> int | None:
    return _number(part.get(name), least=-_LARGEST)


def _number(value: object, *, least: int = 0) -> int | None:
    return value if type(value) is int and least <= value <= _LARGEST else None
