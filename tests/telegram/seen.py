"""What a user sees: messages as they are now, with their buttons, and the pop-ups after taps."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tests.telegram.model import Message


@dataclass(frozen=True)
class Button:
    """A button; `data` is what a tap sends, `url` where it leads. Both are empty for one of a reply keyboard."""

    title: str
    data: str = ""
    url: str = ""
    # Of a reply keyboard: "contact" or "location", what it shares.
    shares: str = ""


@dataclass(frozen=True)
class SeenMessage:
    """One message as somebody sees it at the moment of looking."""

    id: int
    from_bot: bool
    text: str
    kind: str  # text, photo, document, voice …
    entities: tuple[dict[str, Any], ...]
    keyboard: tuple[tuple[Button, ...], ...]
    edits: int
    silent: bool
    reply_to: int | None
    date: int
    file_ids: tuple[str, ...] = ()
    file_name: str = ""

    @property
    def photo(self) -> bool:
        return self.kind == "photo"

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All inline buttons, row by row."""
        return tuple(button for row in self.keyboard for button in row)

    @property
    def titles(self) -> list[str]:
        return [button.title for button in self.buttons]

    def wire(self) -> dict[str, Any]:
        """As JSON, for another process."""
        return asdict(self)


@dataclass(frozen=True)
class Popup:
    """The text that answered a tap."""

    text: str
    alert: bool


_KINDS = (
    "text",
    "photo",
    "document",
    "voice",
    "video",
    "audio",
    "animation",
    "video_note",
    "sticker",
    "contact",
    "venue",
    "location",
    "poll",
    "dice",
)


def seen(message: Message) -> SeenMessage:
    return SeenMessage(
        id=message.id,
        from_bot=message.from_bot,
        text=message.shown,
        kind=next((kind for kind in _KINDS if kind in message.content), "other"),
        entities=tuple(message.entities),
        keyboard=_rows((message.markup or {}).get("inline_keyboard", [])),
        edits=message.edits,
        silent=message.silent,
        reply_to=message.reply_to,
        date=message.date,
        file_ids=tuple(message.file_ids),
        file_name=message.content.get("document", {}).get("file_name", ""),
    )


def reply_keyboard(messages: list[Message]) -> tuple[tuple[Button, ...], ...]:
    """The buttons under the input field: the newest message that sets or removes them decides."""
    for message in reversed(messages):
        markup = message.markup or {}
        if "remove_keyboard" in markup:
            return ()
        if "keyboard" in markup:
            return _rows(markup["keyboard"])
    return ()


def _rows(rows: list[list[dict[str, Any]]]) -> tuple[tuple[Button, ...], ...]:
    return tuple(tuple(_button(button) for button in row) for row in rows)


def _button(given: dict[str, Any]) -> Button:
    shares = "contact" if given.get("request_contact") else "location" if given.get("request_location") else ""
    return Button(given["text"], given.get("callback_data", ""), given.get("url", ""), shares)
