"""How many calls a message takes is counted in the language that it is sent in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.conversations.phrases import REQUIRED, Phrases
from channels.telegram.pacing import Pacing
from channels.telegram.pictures import Pictures
from channels.telegram.texts import LONGEST_TEXT
from channels.telegram.transport import Looks, TelegramTransport
from tests.support.telegram_messages import shown

SHOP = "https://shop.example"


def transport() -> TelegramTransport:
    nothing: Any = None  # counting calls nobody and reads nothing
    phrases = Phrases({name: [{"text": name}] for name in REQUIRED})
    looks = Looks(Pictures(None, SHOP), SHOP)
    return TelegramTransport(nothing, Pacing(lambda: 0.0), nothing, phrases, looks, lambda: datetime.now(UTC))


def test_words_of_ours_that_are_longer_in_one_language_make_a_part_more_only_there() -> None:
    english, german = "You, on our website:", "Sie, auf unserer Website:"
    message = shown("x " * ((LONGEST_TEXT - len(english) - 3) // 2), author_kind="customer")
    assert len(english) < len(german)
    assert transport().parts(message, "en") == transport().parts(message, None) == 1
    assert transport().parts(message, "de-AT") == 2
