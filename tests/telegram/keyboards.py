"""Buttons under and below messages: what Telegram takes, and in which words it refuses the rest.

Telegram itself says nothing about more than eight buttons in a row (it draws them anew) and takes the first of two
actions on one button; both are mistakes of a bot, so that they are refused here.
"""

from __future__ import annotations

from typing import Any

from tests.telegram.links import checked_link
from tests.telegram.refusals import bad_request
from tests.telegram.strings import check_utf8, clean_line

MOST_BUTTONS = 100
MOST_IN_A_ROW = 8
MOST_DATA_BYTES = 64
_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_KINDS = ("inline_keyboard", "keyboard", "remove_keyboard", "force_reply")


def check_markup(given: object) -> dict[str, Any] | None:
    """A message's `reply_markup` as it will be shown; None where there is none. Raises Refused."""
    if given in (None, ""):
        return None
    if not isinstance(given, dict):
        raise bad_request("object expected as reply markup")
    kind = next((kind for kind in _KINDS if kind in given), None)
    if kind is None:
        return None
    if kind == "inline_keyboard":
        rows = _rows(given[kind], _inline_button, "inline keyboard")
        return {"inline_keyboard": rows} if rows else None
    if kind == "keyboard":
        return {**given, "keyboard": _rows(given[kind], _reply_button, "keyboard")}
    return given if given[kind] is True else None


def check_inline(given: object) -> dict[str, Any] | None:
    """The `reply_markup` of an edit: inline or none."""
    markup = check_markup(given)
    if markup is not None and "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    return markup


def _rows(given: object, button: Any, what: str) -> list[list[dict[str, Any]]]:
    if not isinstance(given, list) or not all(isinstance(row, list) for row in given):
        raise bad_request(f"can't parse {what}: expected an Array of Array")
    rows = [[button(item) for item in row] for row in given if row]
    if any(len(row) > MOST_IN_A_ROW for row in rows) or sum(map(len, rows)) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return rows


def _inline_button(given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise bad_request("can't parse inline keyboard button: expected an Object")
    title = _title(given, "inline keyboard button")
    actions = [name for name in _ACTIONS if given.get(name) not in (None, False)]
    if not actions:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request(f"can't parse inline keyboard button: exactly one action expected, got {', '.join(actions)}")
    if actions == ["callback_data"]:
        _check_data(given["callback_data"])
    if actions == ["url"]:
        return given | {"text": title, "url": _checked_url(given["url"])}
    return given | {"text": title}


def _title(given: dict[str, Any], what: str) -> str:
    title = given.get("text")
    if not isinstance(title, str):
        raise bad_request(f"can't parse {what}: Can't find field \"text\"")
    title = clean_line(title)
    if not title:
        raise bad_request(f"{what} text must be non-empty")
    return title


def _check_data(data: object) -> None:
    if not isinstance(data, str):
        raise bad_request('can\'t parse inline keyboard button: Field "callback_data" must be of type String')
    check_utf8(data)
    if not 1 <= len(data.encode()) <= MOST_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")


def _checked_url(url: object) -> str:
    link = checked_link(url) if isinstance(url, str) else None
    if link is None:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return link


def _reply_button(given: object) -> dict[str, Any]:
    if isinstance(given, str):
        given = {"text": given}
    if not isinstance(given, dict):
        raise bad_request("can't parse keyboard button: expected an Object")
    return given | {"text": _title(given, "keyboard button")}
