"""Updates as Telegram sends them, made in a line, and ways to break them."""

from __future__ import annotations

import copy
import random
from typing import Any

BOT_ID, USERNAME = 7001, "shop_bot"
TOKEN = f"{BOT_ID}:aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
Raw = dict[str, Any]

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**63, -(2**70), 10**30, "", "x", "\ud800", "a\0b", "９", [], [[]], {}, {"id": None},
    {"": {}}, [{"id": 1}], float("nan"), "x" * 5000, "/start", {"type": "private"},
)  # fmt: skip


def person(number: int = 42, **others: Any) -> Raw:
    """A sender."""
    return {"id": number, "is_bot": False, "first_name": "Ada", "language_code": "en", **others}


def message(number: int = 5, sender: int = 42, **content: Any) -> Raw:
    """A message in the private chat of `sender`."""
    chat = {"id": sender, "type": "private", "first_name": "Ada"}
    return {"message_id": number, "date": 1772442000, "chat": chat, "from": person(sender), **content}


def sent(update_id: int, number: int = 5, sender: int = 42, **content: Any) -> Raw:
    """The update of a new message."""
    return {"update_id": update_id, "message": message(number, sender, **content)}


def typed(update_id: int, text: str, number: int = 5, sender: int = 42, **content: Any) -> Raw:
    """The update of a typed message."""
    return sent(update_id, number, sender, text=text, **content)


def edited(update_id: int, text: str, number: int = 5, sender: int = 42, at: object = 1772442060) -> Raw:
    """The update of a message with other words."""
    return {"update_id": update_id, "edited_message": message(number, sender, text=text, edit_date=at)}


def tapped(update_id: int, data: object, query: str = "", sender: int = 42, under: int = 3) -> Raw:
    """The update of a button."""
    under_it = {"message_id": under, "date": 1772442000, "chat": {"id": sender, "type": "private"}, "text": "?"}
    query = query or f"9{update_id}"
    content = {"id": query, "from": person(sender), "message": under_it, "chat_instance": "1", "data": data}
    return {"update_id": update_id, "callback_query": content}


def membership(update_id: int, status: str, sender: int = 42, before: str = "member", **chat: Any) -> Raw:
    """The update of what we are in a chat."""
    us = {"id": BOT_ID, "is_bot": True, "first_name": "Shop"}
    content = {
        "chat": {"id": sender, "type": "private", **chat},
        "from": person(sender),
        "date": 1772442000,
        "old_chat_member": {"user": us, "status": before},
        "new_chat_member": {"user": us, "status": status},
    }
    return {"update_id": update_id, "my_chat_member": content}


def in_group(update_id: int, text: str = "hello", group: int = -100, **content: Any) -> Raw:
    """The update of something written in a group."""
    said = message(9, text=text) | {"chat": {"id": group, "type": "supergroup", "title": "Friends"}}
    return {"update_id": update_id, "message": {**said, **content}}


def one_of_each(update_id: int = 1) -> list[Raw]:
    """Updates of many kinds."""
    file = {"file_id": "F" * 40, "file_unique_id": "u", "file_size": 1000}
    photo = [{**file, "width": 90, "height": 90}, {**file, "file_id": "big", "width": 900, "height": 900}]
    contents: list[Raw] = [
        {"text": "Where is my order?"},
        {"text": "/orders", "entities": [{"type": "bot_command", "offset": 0, "length": 7}]},
        {"text": "/start abcdefghijklmnopqrstuv"},
        {"photo": photo, "caption": "broken"},
        {"document": {**file, "file_name": "a.pdf", "mime_type": "application/pdf"}},
        {"voice": {**file, "duration": 3}},
        {"sticker": {**file, "emoji": "👍"}},
        {"location": {"latitude": 1.5, "longitude": 2.5}},
        {"venue": {"location": {"latitude": 1.5, "longitude": 2.5}, "title": "T", "address": "A"}},
        {"contact": {"phone_number": "4915112345678", "first_name": "Ada", "user_id": 42}},
        {"poll": {"id": "1", "question": "?", "options": []}},
        {"text": "yes", "reply_to_message": message(2, text="?")},
        {"pinned_message": message(2, text="?")},
    ]
    updates = [sent(update_id, **content) for content in contents]
    updates += [edited(update_id, "other"), tapped(update_id, "c" * 32), membership(update_id, "kicked")]
    updates += [in_group(update_id, f"@{USERNAME} hi"), in_group(update_id, migrate_to_chat_id=-200)]
    updates += [{"update_id": update_id, "channel_post": message()}, {"update_id": update_id, "poll": {"id": "1"}}]
    return updates


def broken(raw: Raw, chance: random.Random) -> Raw:
    """The update with some of its fields gone, or of another type."""
    result: Raw = copy.deepcopy(raw)
    for _ in range(chance.randint(1, 3)):
        place: Any = result
        while True:
            key = chance.choice(list(place) if isinstance(place, dict) else range(len(place))) if place else None
            if key is None:
                break
            if isinstance(place[key], dict | list) and place[key] and chance.random() < 0.75:
                place = place[key]
                continue
            if key == "update_id":
                break
            if chance.random() < 0.3:
                del place[key]
            else:
                place[key] = chance.choice(ODD)
            break
    return result


def thousand_again(chance: random.Random) -> tuple[list[Raw], list[Raw]]:
    """A thousand updates of all kinds, mostly texts; and the same, each one to five times, shuffled."""
    odd = one_of_each()
    updates = []
    for n in range(1, 1001):
        raw = dict(chance.choice(odd)) if n % 10 == 0 else typed(n, f"text {n}", number=n, sender=100 + n % 40)
        updates.append({**raw, "update_id": n})
    again = [raw for raw in updates for _ in range(chance.randint(1, 5))]
    chance.shuffle(again)
    return updates, again


def texts_of(updates: list[Raw]) -> list[str]:
    """What of `thousand_again` is typed by customers, in order."""
    typed_ones = (raw["message"].get("text", "") for raw in updates if "message" in raw)
    return sorted(text for text in typed_ones if text.startswith("text "))
