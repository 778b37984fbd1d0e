"""What the methods share: who calls, which chat is meant and whether the bot may write there."""

from __future__ import annotations

from dataclasses import dataclass

from tests.telegram.arguments import Arguments
from tests.telegram.entities import Formatted, fixed, read_entities
from tests.telegram.html_mode import parse_html
from tests.telegram.markdown_mode import parse_markdown
from tests.telegram.model import Bot, Chat, Message
from tests.telegram.refusals import bad_request, forbidden
from tests.telegram.state import State
from tests.telegram.strings import utf16_length

MOST_TEXT = 4096
MOST_CAPTION = 1024
_PARSERS = {"html": parse_html, "markdownv2": parse_markdown}


@dataclass(frozen=True)
class Request:
    """One call of a method by a bot."""

    state: State
    bot: Bot
    arguments: Arguments

    def chat(self) -> Chat:
        """The chat that `chat_id` names. Raises Refused."""
        given = self.arguments.text("chat_id").strip()
        if not given:
            raise bad_request("chat_id is empty")
        if given.startswith("@"):
            named = (chat for chat in self.bot.chats.values() if chat.username.lower() == given[1:].lower())
            chat = next((chat for chat in named if chat.type != "private"), None)
        else:
            chat = self.bot.chats.get(self.arguments.integer("chat_id"))
            if chat is None and self.arguments.integer("chat_id") in self.state.users:
                raise forbidden("bot can't initiate conversation with a user")
        if chat is None:
            raise bad_request("chat not found")
        return chat

    def writable_chat(self) -> Chat:
        """The chat, where the bot may write in it."""
        chat = self.chat()
        check_writable(chat)
        return chat

    def message(self, chat: Chat, missing: str) -> Message:
        """The message that `message_id` names."""
        message = chat.messages.get(self.arguments.integer("message_id"))
        if message is None or message.deleted:
            raise bad_request(missing)
        return message

    def text(self) -> Formatted:
        """`text` with its formatting, within its limits."""
        if not self.arguments.text("text"):
            raise bad_request("message text is empty")
        found = fixed(self._formatted("text", "entities"), empty="text must be non-empty")
        if utf16_length(found.text) > MOST_TEXT:
            raise bad_request("message is too long")
        return found

    def caption(self) -> Formatted:
        """`caption` with its formatting; it may be empty."""
        found = fixed(self._formatted("caption", "caption_entities"), empty=None)
        if utf16_length(found.text) > MOST_CAPTION:
            raise bad_request("message caption is too long")
        return found

    def _formatted(self, name: str, entities: str) -> Formatted:
        source = self.arguments.text(name)
        mode = self.arguments.text("parse_mode").strip().lower()
        if not mode:
            return Formatted(source, tuple(read_entities(self.arguments.json(entities))))
        if mode not in _PARSERS:
            raise bad_request("unsupported parse_mode")
        return _PARSERS[mode](source)


def check_writable(chat: Chat) -> None:
    """Refuse as Telegram does where the bot may not write. Raises Refused."""
    if chat.migrated_to is not None:
        raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
    if chat.partner is not None and chat.partner.is_deactivated:
        raise forbidden("user is deactivated")
    if chat.bot_status == "never":
        raise forbidden("bot can't initiate conversation with a user")
    if chat.bot_status == "kicked":
        private = chat.type == "private"
        raise forbidden("bot was blocked by the user" if private else f"bot was kicked from the {chat.type} chat")
    if chat.bot_status == "left":
        raise forbidden(f"bot is not a member of the {chat.type} chat")
