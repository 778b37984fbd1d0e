"""Messages as lines for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tests.telegram.seen import Button, Popup, SeenMessage

_ON = {
    "bold": "\x1b[1m",
    "italic": "\x1b[3m",
    "underline": "\x1b[4m",
    "strikethrough": "\x1b[9m",
    "code": "\x1b[36m",
    "pre": "\x1b[36m",
    "blockquote": "\x1b[2m",
    "text_link": "\x1b[4m",
    "url": "\x1b[4m",
    "bot_command": "\x1b[34m",
}
_OFF = "\x1b[0m"
_DIM = "\x1b[2m"
_SHOWN_KINDS = {"photo": "picture", "document": "file"}


class Pen:
    """Draws with colours or without."""

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def dim(self, text: str) -> str:
        return f"{_DIM}{text}{_OFF}" if self._colours else text

    def text(self, message: SeenMessage) -> str:
        """The text with its formatting; links show where they lead."""
        encoded = message.text.encode("utf-16-le")
        length = len(encoded) // 2
        spots = sorted({0, length} | {spot for entity in message.entities for spot in _ends(entity)})
        drawn = ""
        for start, end in pairwise(spots):
            part = encoded[2 * start : 2 * end].decode("utf-16-le")
            drawn += self._styled(part, [str(entity["type"]) for entity in message.entities if _covers(entity, start)])
            drawn += "".join(self._target(entity) for entity in message.entities if _ends(entity)[1] == end)
        return drawn

    def message(self, message: SeenMessage, name: str) -> list[str]:
        """A message of the bot, line by line, its buttons numbered."""
        body = self.text(message)
        if message.kind != "text":
            kind = _SHOWN_KINDS.get(message.kind, message.kind)
            body = f"[{kind}: {body}]" if body else f"[{kind}]"
        lead = "(edited) " if message.edits else ""
        silent = " (silent)" if message.silent and not message.edits else ""
        head = f"{self.dim(f'{name} #{message.id}{silent}')}  "
        lines = f"{lead}{body}".split("\n")
        indent = " " * (len(name) + len(str(message.id)) + len(silent) + 4)
        return [f"{head}{lines[0]}", *(f"{indent}{line}" for line in lines[1:]), *self.buttons(message, indent)]

    def buttons(self, message: SeenMessage, indent: str) -> list[str]:
        """The rows of buttons; a number taps."""
        numbers = iter(range(1, len(message.buttons) + 1))
        return [indent + "  ".join(_button(next(numbers), button) for button in row) for row in message.keyboard]

    def below(self, rows: Sequence[Sequence[Button]]) -> list[str]:
        """The reply keyboard."""
        return [self.dim("keys: ") + "  ".join(f"[{button.title}]" for button in row) for row in rows]

    def popup(self, popup: Popup) -> str:
        return f"{'(alert)' if popup.alert else '(notice)'} {popup.text}"

    def _styled(self, part: str, kinds: list[str]) -> str:
        signs = "".join(_ON.get(kind, "") for kind in kinds) if self._colours else ""
        # Each line anew: a style must not reach into the indentation.
        return "\n".join(f"{signs}{line}{_OFF}" if signs and line else line for line in part.split("\n"))

    def _target(self, entity: dict[str, object]) -> str:
        return self.dim(f" <{entity['url']}>") if entity["type"] == "text_link" else ""


def _ends(entity: dict[str, object]) -> tuple[int, int]:
    offset, length = entity["offset"], entity["length"]
    assert isinstance(offset, int)
    assert isinstance(length, int)
    return offset, offset + length


def _covers(entity: dict[str, object], spot: int) -> bool:
    start, end = _ends(entity)
    return start <= spot < end


def _button(number: int, button: Button) -> str:
    return f"[:{number} {button.title}]" + (f" <{button.url}>" if button.url else "")
