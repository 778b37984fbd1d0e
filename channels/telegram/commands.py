"""The menu of commands that Telegram shows beside the field, in each language; what they do is said elsewhere."""

from __future__ import annotations

import structlog

from bot.conversations.commands import COMMANDS
from bot.conversations.errors import TransportError
from bot.conversations.phrases import Phrases
from channels.telegram.client import TelegramClient, TokenRefused

log = structlog.get_logger(__name__)

ORDER = tuple(COMMANDS)
_PRIVATE = {"type": "all_private_chats"}  # in groups we do nothing, so nothing is offered there
_LONGEST = 256  # characters of a description


def menu(phrases: Phrases, language: str | None) -> list[dict[str, str]]:
    """The commands with what they do, in that language; None is the shop's own."""
    described = ((name, phrases.label(f"command_{name}", locale=language)) for name in ORDER)
    return [{"command": name, "description": text[:_LONGEST]} for name, text in described]


async def set_menu(client: TelegramClient, phrases: Phrases) -> None:
    """Show the menu to everybody in their own language. Without it all works as well: trouble is only logged.

    Raises:
        TokenRefused: Telegram does not know the token.
    """
    for language in (None, *phrases.languages.codes):
        arguments = {"commands": menu(phrases, language), "scope": _PRIVATE, "language_code": language}
        try:
            await client.call("setMyCommands", arguments)
        except TokenRefused:
            raise
        except TransportError as error:
            log.warning("telegram_menu_not_set", language=language, error=str(error))
            return
