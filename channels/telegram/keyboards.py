"""Buttons under a message: choices in rows, the scores of a rating, and the one that shares a phone number."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from channels.telegram.texts import NOTHING, cleaned_line

Choice = Mapping[str, Any]
Button = dict[str, Any]
Keyboard = dict[str, Any]

MOST_BUTTONS = 100
MOST_BYTES = 6000  # of all titles; Telegram refuses a keyboard of more than some 10,000 bytes
CHOSEN = "✓ "
_ROW = 30  # narrow characters that a row shows on a small phone
_SHORT = 14  # of which two go side by side
_MOST_IN_A_ROW = 4
MOST_SCORES_IN_A_ROW = 7  # digits with a tick can be read and hit on a small phone; Telegram takes eight


def keyboards(choices: Sequence[Choice]) -> list[Keyboard]:
    """The choices as inline keyboards: none without choices, more than one where they are too many for Telegram."""
    return [{"inline_keyboard": _rows(batch)} for batch in _batches(choices)]


def rating_keyboard(scores: Sequence[Choice], standing: int | None, others: Sequence[Choice] = ()) -> Keyboard:
    """The scores in one row, or two where they are many; the standing one ticked, and other choices below."""
    buttons = [
        button(score, CHOSEN if standing is not None and str(score.get("value")) == str(standing) else "")
        for score in scores
    ]
    rows = max(1, -(-len(buttons) // MOST_SCORES_IN_A_ROW))
    longest = max(1, -(-len(buttons) // rows))
    scored = [buttons[start : start + longest] for start in range(0, len(buttons), longest)] or [[]]
    return {"inline_keyboard": [*scored, *_rows([button(choice) for choice in others])]}


def button(choice: Choice, before: str = "") -> Button:
    """One choice; its title is never empty."""
    title = cleaned_line(choice.get("title")) or cleaned_line(choice.get("value")) or NOTHING
    return {"text": before + title, "callback_data": str(choice["id"])}


def number_keyboard(title: str) -> Keyboard:
    """A keyboard instead of the phone's own whose only key shares the customer's number."""
    key = {"text": cleaned_line(title) or NOTHING, "request_contact": True}
    return {"keyboard": [[key]], "resize_keyboard": True, "one_time_keyboard": True}


NO_NUMBER_KEYBOARD: Keyboard = {"remove_keyboard": True}
NO_BUTTONS: Keyboard = {"inline_keyboard": []}


def _batches(choices: Sequence[Choice]) -> list[list[Button]]:
    """All buttons, in groups that one keyboard takes."""
    batches: list[list[Button]] = []
    weight = 0
    for made in map(button, choices):
        size = len(made["text"].encode()) + len(made["callback_data"])
        if not batches or len(batches[-1]) == MOST_BUTTONS or weight + size > MOST_BYTES:
            batches.append([])
            weight = 0
        batches[-1].append(made)
        weight += size
    return batches


def _rows(buttons: Sequence[Button]) -> list[list[Button]]:
    """Short titles side by side, in rows of about equal length; long ones alone."""
    rows: list[list[Button]] = []
    short: list[Button] = []
    for made in buttons:
        if _width(made["text"]) <= _SHORT:
            short.append(made)
            continue
        rows += [*_side_by_side(short), [made]]
        short = []
    return rows + _side_by_side(short)


def _side_by_side(buttons: Sequence[Button]) -> list[list[Button]]:
    if not buttons:
        return []
    widest = max(_width(made["text"]) for made in buttons)
    columns = max(1, min(_MOST_IN_A_ROW, len(buttons), _ROW // (widest + 1)))
    rows = -(-len(buttons) // columns)
    least, more = divmod(len(buttons), rows)
    lengths = [least + (row < more) for row in range(rows)]
    starts = [sum(lengths[:row]) for row in range(rows)]
    return [list(buttons[start : start + length]) for start, length in zip(starts, lengths, strict=True)]


def _width(title: str) -> int:
    """In narrow characters; those of East Asia and pictures are two wide."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in title)
