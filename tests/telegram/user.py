"""Somebody with Telegram on their phone, to be told what to do by a test or a terminal.

Everything here is a plain call that may be made from any thread; the updates are with the bot a moment later.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.telegram import contents, events
from tests.telegram.model import Bot, Chat, Message, Tap, User, Wire
from tests.telegram.seen import Button, Popup, SeenMessage, reply_keyboard, seen
from tests.telegram.state import State
from tests.telegram.strings import units

_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_TEXT = 4096
Wanted = str | Callable[[SeenMessage], bool]


class NotSeen(AssertionError):
    """What was waited for did not come, or what should be tapped is not there; the text shows the chat."""


@dataclass(frozen=True)
class Place:
    """A group or channel that users write in."""

    bot: Bot
    chat: Chat

    @property
    def id(self) -> int:
        return self.chat.id


class TelegramUser:
    """One person and their chat with one bot."""

    def __init__(self, state: State, account: User, bot: Bot) -> None:
        self._state = state
        self._bot = bot
        self.account = account
        with state.changing():
            self._own = state.private_chat(bot, account)

    @property
    def id(self) -> int:
        """The user's id, which is that of the private chat as well."""
        return self.account.id

    # What they do

    def start(self, payload: str = "") -> SeenMessage:
        """Press START, or follow a `t.me/<bot>?start=<payload>` link."""
        if payload and not _PAYLOAD.fullmatch(payload):
            raise ValueError("a start payload has 1 to 64 characters of A-Z a-z 0-9 _ -")
        return self.says(f"/start {payload}".strip())

    def says(self, text: str, *, reply_to: SeenMessage | int | None = None, place: Place | None = None) -> SeenMessage:
        """Write a text. One that is too long goes out in pieces, as from a phone; the last one is returned."""
        for piece in _pieces(text):
            message = self._send(events.typed(piece), place=place, reply_to=_number(reply_to))
        return message

    def edits(self, message: SeenMessage | int, text: str, *, place: Place | None = None) -> SeenMessage:
        """Change an own message."""
        with self._state.changing():
            found = self._chat(place).messages[_number(message) or 0]
            if found.sender is not self.account:
                raise ValueError("only own messages can be changed")
            events.message_edited(self._state, self._bot, found, events.typed(text))
            return seen(found)

    def forwards(self, text: str, *, of: str = "Somebody") -> SeenMessage:
        return self._send(events.typed(text), more=contents.forwarded_from(of, self._state.now()))

    def sends_photo(
        self, body: bytes | None = None, caption: str = "", *, size: int = 0, more: Wire | None = None
    ) -> SeenMessage:
        """Send a photo; `size` lets it claim to be larger than it is, `more` are further fields of the message."""
        return self._send_files(lambda: contents.photo(self._state, body, caption, size=size), more)

    def sends_document(
        self,
        body: bytes = b"text",
        name: str = "file.txt",
        caption: str = "",
        *,
        size: int = 0,
        mime: str = "text/plain",
    ) -> SeenMessage:
        return self._send_files(lambda: contents.document(self._state, body, name, caption, mime=mime, size=size))

    def sends_voice(self, seconds: int = 3) -> SeenMessage:
        return self._send_files(lambda: contents.recording(self._state, "voice", seconds))

    def sends_video(self, caption: str = "", *, kind: str = "video") -> SeenMessage:
        """A video, or another recording: `video_note`, `animation`, `audio`."""
        return self._send_files(lambda: contents.recording(self._state, kind, 3, caption))

    def sends_sticker(self, emoji: str = "👍") -> SeenMessage:
        return self._send_files(lambda: contents.sticker(self._state, emoji))

    def sends_location(self, latitude: float = 52.52, longitude: float = 13.405) -> SeenMessage:
        return self._send(contents.location(latitude, longitude))

    def sends_venue(self, title: str = "Café", address: str = "Main Street 1") -> SeenMessage:
        return self._send(contents.venue(title, address, 52.52, 13.405))

    def sends_poll(self, question: str, options: list[str]) -> SeenMessage:
        return self._send(contents.poll(self._state, question, options))

    def sends_dice(self, emoji: str = "🎲") -> SeenMessage:
        return self._send(contents.dice(self._state, emoji))

    def sends_album(self, captions: list[str]) -> list[SeenMessage]:
        """Several photos at once: messages with one `media_group_id`."""
        group = {"media_group_id": str(self._state.new_number())}
        return [self.sends_photo(None, caption, more=group) for caption in captions]

    def shares_contact(
        self, phone: str = "+4915112345678", *, first_name: str = "", own: bool = True, user_id: int | None = None
    ) -> SeenMessage:
        """Share a phone number: the own one, or with `own=False` somebody else's (with or without an account)."""
        owner = self.id if own else user_id
        return self._send(contents.contact(phone, first_name or self.account.first_name, owner))

    def sends(self, content: Wire) -> SeenMessage:
        """Send what has no method of its own: any content in the Bot API's form."""
        return self._send(content)

    def taps(self, title: str, message: SeenMessage | int | None = None) -> str:
        """Tap a button, found by its title or data, in the newest message that has it.

        One of a reply keyboard writes its title or shares what it is for. Returns the id of the callback query; the
        address of a button that is a link; nothing for a reply keyboard's.
        """
        with self._state.changing():
            found, button = self._find(title, _number(message))
            if found is not None and button.data:
                query = events.button_tapped(self._state, self._bot, self.account, found, button.data, accessible=True)
                return query.id
        return button.url if found is not None else self._taps_below(button)

    def taps_inaccessible(self, data: str, message: SeenMessage | int | None = None) -> str:
        """Tap on a message that is too old for the bot to see: it gets the chat, the number and `date: 0`."""
        with self._state.changing():
            number = _number(message) or 1
            old = self._own.messages.get(number) or Message(number, self._own, self._bot.account, 0, {})
            return events.button_tapped(self._state, self._bot, self.account, old, data, accessible=False).id

    def blocks(self) -> None:
        with self._state.changing():
            events.membership_changed(self._state, self._bot, self._own, self.account, "kicked")

    def unblocks(self) -> None:
        with self._state.changing():
            events.membership_changed(self._state, self._bot, self._own, self.account, "member")

    def deletes_account(self) -> None:
        """From now on the bot is told that the user is deactivated."""
        with self._state.changing():
            self.account.is_deactivated = True

    def clears_history(self) -> None:
        """The bot's messages are gone for editing and answering."""
        with self._state.changing():
            for message in self._own.messages.values():
                message.deleted = True

    # What they see

    @property
    def chat(self) -> list[SeenMessage]:
        """The private chat as it is now."""
        with self._state.condition:
            return [seen(message) for message in self._messages()]

    @property
    def heard(self) -> list[SeenMessage]:
        """What the bot wrote."""
        return [message for message in self.chat if message.from_bot]

    @property
    def last(self) -> SeenMessage:
        """The bot's newest message."""
        return self.heard[-1]

    @property
    def keyboard_below(self) -> tuple[tuple[Button, ...], ...]:
        """The reply keyboard under the input field."""
        with self._state.condition:
            return reply_keyboard(self._messages())

    @property
    def popups(self) -> list[Popup]:
        """Texts that answered the user's taps."""
        with self._state.condition:
            return [Popup(tap.text, tap.alert) for tap in self._taps() if tap.answered and tap.text]

    @property
    def unanswered_taps(self) -> list[str]:
        """Data of tapped buttons that still spin."""
        with self._state.condition:
            return [tap.data for tap in self._taps() if not tap.answered]

    @property
    def commands(self) -> list[tuple[str, str]]:
        """The bot's menu in the user's language: the nearest list that there is, as (command, description)."""
        chat = json.dumps({"type": "chat", "chat_id": self.id})
        scopes = (chat, *(json.dumps({"type": kind}) for kind in ("all_private_chats", "default")))
        for key in ((scope, language) for scope in scopes for language in (self.account.language_code, "")):
            if found := self._bot.commands.get(key):
                return [(command["command"], command["description"]) for command in found]
        return []

    @property
    def description(self) -> str:
        """What stands in the chat before it is started."""
        given = self._bot.descriptions
        return given.get(("description", self.account.language_code)) or given.get(("description", ""), "")

    @property
    def typing(self) -> int:
        """How often the bot showed that it is busy."""
        return self._state.typing[self._bot.id, self.id]

    def picture(self, message: SeenMessage) -> bytes:
        """The file in a message."""
        return self._state.files[message.file_ids[0]].body

    def waits_for(self, wanted: Wanted, seconds: float = 5.0, *, after: SeenMessage | int | None = None) -> SeenMessage:
        """Wait for a message of the bot that has this text in it, or that a function says yes to.

        It blocks the thread; where the bot runs in the same one, use `hears`.

        Args:
            wanted: a part of the text, or a function.
            seconds: how long to wait.
            after: only messages after this one count.

        Raises:
            NotSeen: if none comes.
        """
        until = time.monotonic() + seconds
        with self._state.condition:
            while (found := self._wanted(wanted, after)) is None:
                left = until - time.monotonic()
                if left <= 0:
                    raise NotSeen(self._not_seen(wanted, seconds))
                self._state.condition.wait(left)
        return found

    async def hears(
        self, wanted: Wanted, seconds: float = 5.0, *, after: SeenMessage | int | None = None
    ) -> SeenMessage:
        """`waits_for` that lets the event loop go on."""
        until = time.monotonic() + seconds
        while (found := self._wanted(wanted, after)) is None:
            if time.monotonic() > until:
                raise NotSeen(self._not_seen(wanted, seconds))
            await asyncio.sleep(0.01)
        return found

    # Inside

    def _chat(self, place: Place | None) -> Chat:
        return place.chat if place else self._own

    def _messages(self) -> list[Message]:
        return [message for message in self._own.messages.values() if not message.deleted]

    def _taps(self) -> list[Tap]:
        return [tap for tap in self._bot.taps.values() if tap.user is self.account]

    def _send(
        self, content: Wire, *, place: Place | None = None, more: Wire | None = None, **given: object
    ) -> SeenMessage:
        with self._state.changing():
            chat = self._chat(place)
            message = events.message_arrives(
                self._state, self._bot, chat, self.account, content, more=more or {}, **given
            )
            return seen(message)

    def _send_files(self, make: Callable[[], contents.Content], more: Wire | None = None) -> SeenMessage:
        with self._state.changing():
            content, files = make()
            return self._send(content, file_ids=files, more=more)

    def _find(self, title: str, number: int | None) -> tuple[Message | None, Button]:
        messages = self._messages() if number is None else [self._own.messages[number]]
        for message in reversed(messages):
            for button in seen(message).buttons:
                if title in (button.title, button.data):
                    return message, button
        for row in reply_keyboard(self._messages()) if number is None else ():
            for button in row:
                if button.title == title:
                    return None, button
        raise NotSeen(f"no button {title!r} in the chat:\n{self._shown()}")

    def _taps_below(self, button: Button) -> str:
        if button.shares == "contact":
            self.shares_contact()
        elif button.shares == "location":
            self.sends_location()
        else:
            self.says(button.title)
        return ""

    def _wanted(self, wanted: Wanted, after: SeenMessage | int | None) -> SeenMessage | None:
        first = (_number(after) or 0) + 1
        for message in reversed(self.heard):
            hit = wanted in message.text if isinstance(wanted, str) else wanted(message)
            if message.id >= first and hit:
                return message
        return None

    def _not_seen(self, wanted: Wanted, seconds: float) -> str:
        what = repr(wanted) if isinstance(wanted, str) else "what was wanted"
        return f"{what} did not come within {seconds:g} s; the chat:\n{self._shown()}"

    def _shown(self) -> str:
        return "\n".join(map(_line, self.chat)) or "(empty)"


def _line(message: SeenMessage) -> str:
    who = "bot" if message.from_bot else "user"
    return f"{message.id} {who}: {message.text or message.kind} {message.titles or ''}".rstrip()


def _number(message: SeenMessage | int | None) -> int | None:
    return message.id if isinstance(message, SeenMessage) else message


def _pieces(text: str) -> list[str]:
    """A text cut where a phone cuts it: at the most that fits."""
    pieces, room = [""], MOST_TEXT
    for character in text:
        if room < units(character):
            pieces.append("")
            room = MOST_TEXT
        pieces[-1] += character
        room -= units(character)
    return pieces
