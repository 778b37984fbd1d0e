"""A Telegram chat in a terminal: each line is a message or one of a few commands; what the bot does is drawn below."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.telegram.drawing import Pen
from tests.telegram.seen import SeenMessage
from tests.telegram.user import NotSeen, TelegramUser

HELP = """\
A line is a message. /commands go out as they are; a https://t.me/…?start=… link starts the bot with its payload.
  :2           tap button 2 of the newest message with buttons; ":2 17" of message 17
  :photo TEXT  :voice  :sticker  :location  :contact    send one
  :edit TEXT   change your last message       :reply 17 TEXT   answer message 17
  :block  :unblock                            block the bot, and change your mind
  :commands    the bot's menu                 :help  :quit
  ::TEXT       a message that begins with a colon"""
_LINK = re.compile(r"https?://t\.me/\w+\?start=([A-Za-z0-9_-]*)")
_COMMAND = re.compile(r":(\d+|[a-z]+)(?:\s+(.*))?")
_ASIDE = frozenset({"block", "unblock", "commands", "help"})  # nothing that a bot answers
Say = Callable[[str], None]


class Quit(Exception):
    """The user has had enough."""


class Terminal:
    """One user's chat; `heed` takes a line, a thread draws what comes."""

    def __init__(self, user: TelegramUser, say: Say, *, name: str, colours: bool) -> None:
        self._user = user
        self._say = say
        self._name = name
        self._pen = Pen(colours=colours)
        self._drawn: dict[int, SeenMessage] = {}
        self._popups = 0
        self._below: object = ()
        self._last_drawn = self._heeded = 0.0
        self._lock = threading.Lock()
        self._commands: dict[str, Callable[[str], object]] = {
            "photo": lambda caption: self._user.sends_photo(caption=caption),
            "voice": lambda _: self._user.sends_voice(),
            "sticker": lambda _: self._user.sends_sticker(),
            "location": lambda _: self._user.sends_location(),
            "contact": lambda _: self._user.shares_contact(),
            "edit": self._edit,
            "reply": self._reply,
            "block": lambda _: self._user.blocks(),
            "unblock": lambda _: self._user.unblocks(),
            "commands": lambda _: self._say(self._menu()),
            "help": lambda _: self._say(HELP),
            "quit": self._quit,
        }

    def heed(self, line: str) -> bool:
        """Do what a line says; whether it was something that the bot may answer. Raises Quit."""
        self._heeded = time.monotonic()
        line = line.strip()
        command = _COMMAND.fullmatch(line)
        try:
            if link := _LINK.fullmatch(line):
                self._user.start(link.group(1))
            elif command and command.group(1).isdecimal():
                self._tap(int(command.group(1)), command.group(2) or "")
            elif command:
                self._commanded(command.group(1), command.group(2) or "")
                return command.group(1) not in _ASIDE
            elif line:
                self._user.says(line[1:] if line.startswith("::") else line)
            elif not self._user.chat:
                self._user.start()
            else:
                return False
        except (ValueError, NotSeen, KeyError, IndexError) as error:
            self._say(self._pen.dim(f"({error})"))
            return False
        return True

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Draw what comes, in a thread of its own."""
        over = threading.Event()

        def draw() -> None:
            while not over.wait(0.05):
                self.draw()

        thread = threading.Thread(target=draw, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self.draw()

    def draw(self) -> None:
        """Draw what is new since the last time."""
        with self._lock:
            lines = [*self._new_messages(), *self._gone(), *self._new_popups(), *self._new_keys()]
            if lines:
                self._last_drawn = time.monotonic()
                self._say("\n".join(lines))

    def wait_for_quiet(self, *, silence: float, longest: float) -> None:
        """Until something was drawn since the last line and then nothing for a while: how a script waits."""
        while (now := time.monotonic()) - self._heeded < longest:
            if self._last_drawn > self._heeded and now - self._last_drawn > silence:
                return
            time.sleep(0.02)
        self._say(self._pen.dim(f"(no answer within {longest:g} s)"))

    def _new_messages(self) -> Iterator[str]:
        for message in self._user.heard:
            before = self._drawn.get(message.id)
            self._drawn[message.id] = message
            if before is None or (message.text, message.entities) != (before.text, before.entities):
                yield from self._pen.message(message, self._name)
            elif message.keyboard != before.keyboard:
                yield from self._pen.buttons(message, "  ") or [
                    self._pen.dim(f"(#{message.id} has no buttons any more)")
                ]

    def _gone(self) -> Iterator[str]:
        there = {message.id for message in self._user.heard}
        for number in [number for number in self._drawn if number not in there]:
            del self._drawn[number]
            yield self._pen.dim(f"(#{number} was deleted)")

    def _new_popups(self) -> Iterator[str]:
        popups = self._user.popups
        yield from map(self._pen.popup, popups[self._popups :])
        self._popups = len(popups)

    def _new_keys(self) -> Iterator[str]:
        below = self._user.keyboard_below
        if below != self._below:
            self._below = below
            yield from self._pen.below(below)

    def _commanded(self, name: str, rest: str) -> None:
        if name not in self._commands:
            raise ValueError(f"there is no :{name}; :help tells what there is")
        self._commands[name](rest)

    def _tap(self, number: int, of: str) -> None:
        with_buttons = [message for message in self._user.heard if message.buttons]
        if of:
            with_buttons = [message for message in with_buttons if str(message.id) == of.lstrip("#")]
        if not with_buttons or not 1 <= number <= len(with_buttons[-1].buttons):
            raise ValueError(f"there is no button {number}")
        message = with_buttons[-1]
        button = message.buttons[number - 1]
        self._say(self._pen.dim(f"(tapped {button.title})"))
        address = self._user.taps(button.data or button.title, message)
        if button.url:
            self._say(self._pen.dim(f"(opens {address})"))

    def _edit(self, text: str) -> None:
        own = [message for message in self._user.chat if not message.from_bot]
        self._user.edits(own[-1], text)

    def _reply(self, rest: str) -> None:
        number, _, text = rest.partition(" ")
        if not text:
            raise ValueError("as in ':reply 17 Thank you'")
        self._user.says(text, reply_to=int(number.lstrip("#")))

    def _menu(self) -> str:
        return "\n".join(f"/{command}  {what}" for command, what in self._user.commands) or "(the bot has no menu)"

    def _quit(self, _: str) -> None:
        raise Quit
