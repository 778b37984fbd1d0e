"""A message of a conversation as the calls that show it on Telegram: texts, pictures, files. Pure; sends nothing.

Formatting goes beside the text, never as markup inside it: no word of anybody's can break a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.conversations.models import Message
from bot.conversations.reminders import REMINDER
from bot.handoff.files import CARD
from bot.languages.languages import Labels
from channels.telegram.cards import Card, card_text
from channels.telegram.keyboards import Keyboard, keyboards, rating_keyboard
from channels.telegram.pictures import Picture, Pictures
from channels.telegram.rating import KINDS
from channels.telegram.texts import (
    LONGEST_CAPTION,
    NOTHING,
    Rich,
    cleaned,
    cleaned_line,
    entities,
    joined,
    split,
    styled,
    units,
)

LOOK_BELOW = "👇"  # above buttons that have no text of their own
MOST_PHOTO_BYTES = 10 * 1024 * 1024  # larger ones go as files
_PHOTOS = ("image/jpeg", "image/png", "image/webp")
_WITH_PICTURE = ("order", "product")
_ALWAYS_HEARD = ("utter_app_linked", "utter_app_linked_only", "utter_app_unlinked")  # who did not do it has to notice


@dataclass(frozen=True, slots=True)
class TextPart:
    """One call of sendMessage."""

    words: Rich
    keyboard: Keyboard | None = None
    silent: bool = False

    @property
    def method(self) -> str:
        """As the Bot API calls it."""
        return "sendMessage"

    def arguments(self) -> dict[str, Any]:
        """What goes with the call, but for the chat."""
        return {
            "text": self.words.text,
            "entities": entities(self.words) or None,
            "link_preview_options": {"is_disabled": True},
            **_shared(self),
        }


@dataclass(frozen=True, slots=True)
class PhotoPart:
    """One call of sendPhoto; the picture itself is added where it is read."""

    picture: Picture
    words: Rich
    keyboard: Keyboard | None = None
    silent: bool = False

    @property
    def method(self) -> str:
        """As the Bot API calls it."""
        return "sendPhoto"

    def arguments(self) -> dict[str, Any]:
        """What goes with the call, but for the chat and the picture."""
        return {
            "caption": self.words.text or None,
            "caption_entities": entities(self.words) or None,
            **_shared(self),
        }


@dataclass(frozen=True, slots=True)
class FilePart:
    """One call of sendPhoto or sendDocument with a file of our people's; its content is added where it is read."""

    attachment_id: str
    name: str
    words: Rich
    keyboard: Keyboard | None = None
    silent: bool = False
    is_photo: bool = False

    @property
    def method(self) -> str:
        """As the Bot API calls it."""
        return "sendPhoto" if self.is_photo else "sendDocument"

    @property
    def field(self) -> str:
        """The argument that the content goes into."""
        return "photo" if self.is_photo else "document"

    def arguments(self) -> dict[str, Any]:
        """What goes with the call, but for the chat and the content."""
        return {
            "caption": self.words.text or None,
            "caption_entities": entities(self.words) or None,
            **_shared(self),
        }


Part = TextPart | PhotoPart | FilePart


def render(
    message: Message, words: Labels, pictures: Pictures, base_url: str, *, copy: bool = False
) -> tuple[Part, ...]:
    """All calls that one message makes, in order; never none.

    Args:
        words: labels in the language of the conversation.
        pictures: finds what can be sent for a card's image.
        base_url: of addresses without a host.
        copy: the customer wrote on another channel last, or this is what they wrote there: arrives without a sound,
            unless it says who reads along. So does a reminder.
    """
    body = _body(message, words)
    given = [card for card in message.cards if isinstance(card, dict)]
    files = [card for card in given if card.get("kind") == CARD]
    cards = [card for card in given if card.get("kind") != CARD]
    caption = Rich("")
    if files and not cards and units(body.text) <= LONGEST_CAPTION:
        parts, caption = [], body
    elif len(cards) == 1 and (picture := _picture(cards[0], pictures)):
        parts = _with_picture(body, card_text(cards[0], words, base_url), picture)
    else:
        apart = "\n\n" if len(cards) == 1 else "\n"
        parts = _texts(joined((body, *(card_text(card, words, base_url, apart=apart) for card in cards)), "\n\n"))
    parts += [_file(card, Rich("") if number else caption) for number, card in enumerate(files)]
    parts = _with_buttons(parts or [TextPart(Rich(LOOK_BELOW if message.choices else NOTHING))], message)
    silent = message.response == REMINDER or (copy and message.response not in _ALWAYS_HEARD)
    return tuple(replace(part, silent=silent) for part in parts)


def buttons_of(message: Message) -> list[Keyboard]:
    """The keyboards under a message: mostly one or none."""
    if asks_for_rating(message):
        return [rating_keyboard(message.choices, None)]
    return keyboards(message.choices)


def asks_for_rating(message: Message) -> bool:
    """Whether its choices are the scores."""
    return message.kind in KINDS and bool(message.choices)


def _body(message: Message, words: Labels) -> Rich:
    text = cleaned(message.text)
    if message.author_kind == "customer":
        return Rich(f"{words.say('you_on_the_website')} “{text or NOTHING}”")
    name = cleaned_line(message.author_name) if message.author_kind == "agent" else ""
    return joined((styled(name, "bold"), Rich(text)), "\n")


def _texts(whole: Rich) -> list[Part]:
    return [TextPart(part) for part in split(whole)] if whole else []


def _with_picture(body: Rich, card: Rich, picture: Picture) -> list[Part]:
    """All under the picture, where that is short enough; else only the card; else both after it."""
    whole = joined((body, card), "\n\n")
    if units(whole.text) <= LONGEST_CAPTION:
        return [PhotoPart(picture, whole)]
    if units(card.text) <= LONGEST_CAPTION:
        return [*_texts(body), PhotoPart(picture, card)]
    return [PhotoPart(picture, Rich("")), *_texts(whole)]


def _with_buttons(parts: Sequence[Part], message: Message) -> list[Part]:
    """Buttons go under the last part; those that are too many for one keyboard under parts of their own."""
    under = buttons_of(message)
    if not under:
        return list(parts)
    more = (TextPart(Rich(LOOK_BELOW), keyboard) for keyboard in under[1:])
    return [*parts[:-1], replace(parts[-1], keyboard=under[0]), *more]


def _file(card: Card, words: Rich) -> FilePart:
    """A picture that Telegram shows as one, or a file to save."""
    size, kind = card.get("size"), card.get("media_type")
    is_photo = kind in _PHOTOS and isinstance(size, int) and size <= MOST_PHOTO_BYTES
    name = cleaned_line(card.get("title")) or NOTHING
    return FilePart(str(card.get("attachment")), name, words, is_photo=is_photo)


def _picture(card: Card, pictures: Pictures) -> Picture | None:
    """Of the one thing that a card is about; one picture for several things would show the wrong one."""
    items = [item for item in card.get("items") or () if isinstance(item, dict)]
    if card.get("kind") not in _WITH_PICTURE or len(items) != 1:
        return None
    return pictures.find(items[0].get("image"))


def _shared(part: Part) -> dict[str, Any]:
    return {"reply_markup": part.keyboard, "disable_notification": part.silent or None}
