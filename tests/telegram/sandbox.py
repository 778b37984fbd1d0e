"""The sandbox as a test or a program holds it: the server, its bots and users, faults on demand, records."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from tests.telegram import events
from tests.telegram.control import control_routes
from tests.telegram.faults import Fault, Ill
from tests.telegram.limits import Limits
from tests.telegram.model import Bot, Call, Chat, User, Wire
from tests.telegram.server import Server
from tests.telegram.state import Clock, Push, State, steady_clock
from tests.telegram.user import Place, TelegramUser

FIRST_USER = 100_001
FIRST_GROUP = -4_000_001
FIRST_SUPERGROUP = -1_001_000_000_001


class Sandbox:
    """A Bot API on loopback that enforces Telegram's limits.

    Attributes:
        state: everything it remembers; for what has no method here.
    """

    def __init__(self, *, limits: Limits | None = None, clock: Clock | None = None, seed: int | None = 1) -> None:
        self.state = State(limits or Limits(), clock or steady_clock(), random.Random(seed))
        self._server = Server(self.state, control_routes(self))
        self._users: dict[int, TelegramUser] = {}
        self._groups = 0

    def clear(self, *, limits: Limits | None = None, clock: Clock | None = None, seed: int | None = 1) -> None:
        """Forget all bots, users, faults and records, and go on serving: quicker than another sandbox."""
        self.state.become(State(limits or Limits(), clock or steady_clock(), random.Random(seed)))
        self._users.clear()
        self._groups = 0

    def set_limits(self, limits: Limits) -> None:
        """Other limits from now on."""
        self.state.set_limits(limits)

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, port: int = 0) -> None:
        """Serve on a port of 127.0.0.1 (0: a free one). After `stop` it goes on where it was."""
        self._server.start(port)

    def stop(self) -> None:
        """Telegram is not there: connections are closed, new ones refused. Users can go on writing."""
        self._server.stop()

    # Where it is

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def root(self) -> str:
        """What a product is told as its Bot API: `<root>/bot<token>/<method>`, `<root>/file/bot<token>/<path>`."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def base_url(self) -> str:
        """python-telegram-bot's `base_url`."""
        return f"{self.root}/bot"

    @property
    def file_base_url(self) -> str:
        """python-telegram-bot's `base_file_url`."""
        return f"{self.root}/file/bot"

    # Who is there

    def add_bot(
        self,
        token: str = "7001:a-token-of-the-sandbox",
        username: str = "sandbox_bot",
        name: str = "Sandbox",
        *,
        reads_groups: bool = False,
    ) -> Bot:
        """A bot that may call now. With `reads_groups` Telegram's privacy mode is off for it."""
        bot = self.state.add_bot(token, username, name)
        bot.reads_groups = reads_groups
        return bot

    @property
    def bot(self) -> Bot:
        """The first bot."""
        return next(iter(self.state.bots.values()))

    def user(
        self,
        first_name: str = "Ada",
        *,
        language_code: str = "en",
        id: int | None = None,
        last_name: str = "",
        username: str = "",
        bot: Bot | None = None,
    ) -> TelegramUser:
        """Somebody with a phone, who has not started the bot yet."""
        number = id or FIRST_USER + len(self._users)
        account = User(number, first_name, last_name, username, language_code)
        with self.state.changing():
            self.state.users[number] = account
        user = self._users[number] = TelegramUser(self.state, account, bot or self.bot)
        return user

    def known_user(self, number: int) -> TelegramUser:
        """A user by id. Raises KeyError."""
        return self._users[number]

    def group(self, title: str, by: TelegramUser, *, supergroup: bool = False, bot: Bot | None = None) -> Place:
        """A group that somebody made and took the bot into."""
        self._groups += 1
        first = FIRST_SUPERGROUP if supergroup else FIRST_GROUP
        return self._place(Chat(first - self._groups, "supergroup" if supergroup else "group", title), by, bot)

    def channel(self, title: str, by: TelegramUser, *, username: str = "", bot: Bot | None = None) -> Place:
        """A channel with the bot as an administrator."""
        self._groups += 1
        return self._place(Chat(FIRST_SUPERGROUP - self._groups, "channel", title, username), by, bot)

    def _place(self, chat: Chat, by: TelegramUser, bot: Bot | None) -> Place:
        place = Place(bot or self.bot, chat)
        with self.state.changing():
            place.bot.chats[chat.id] = chat
            chat.bot_status = "left"
            events.membership_changed(self.state, place.bot, chat, by.account, "member")
        return place

    def posts(self, channel: Place, text: str) -> int:
        """A post in a channel; its number."""
        with self.state.changing():
            content = events.typed(text)
            return events.message_arrives(self.state, channel.bot, channel.chat, None, content).id

    def upgrades(self, group: Place, by: TelegramUser) -> Place:
        """A group becomes a supergroup."""
        self._groups += 1
        with self.state.changing():
            new_id = FIRST_SUPERGROUP - self._groups
            chat = events.group_upgraded(self.state, group.bot, group.chat, by.account, new_id)
        return Place(group.bot, chat)

    def removes_bot(self, place: Place, by: TelegramUser) -> None:
        """Somebody throws the bot out of a group or channel."""
        with self.state.changing():
            events.membership_changed(self.state, place.bot, place.chat, by.account, "kicked")

    # What happens

    def update(self, update: Wire, *, bot: Bot | None = None) -> int | None:
        """Inject an update as it is, of whatever shape, with the next number."""
        with self.state.changing():
            return self.state.enqueue(bot or self.bot, update)

    def push_again(self, update_id: int, update: Wire, *, bot: Bot | None = None) -> None:
        """Deliver an update with a number that has been used, as Telegram may after an answer that it did not get."""
        with self.state.changing():
            (bot or self.bot).updates.append({**update, "update_id": update_id})

    def fault(self, ill: Ill | str, method: str | None = None, **given: Any) -> Fault:
        """From now on calls fail so; see `Fault` for what can be given (`chat`, `times`, `seconds` …)."""
        fault = Fault(Ill[ill.upper()] if not isinstance(ill, Ill) else ill, method, **given)
        with self.state.changing():
            return self.state.faults.add(fault)

    def heals(self) -> None:
        """All faults are over."""
        with self.state.changing():
            self.state.faults.lift_all()

    def revokes(self, bot: Bot | None = None) -> None:
        """The bot's token is no longer valid: 401."""
        with self.state.changing():
            (bot or self.bot).revoked = True

    def restores(self, bot: Bot | None = None) -> None:
        with self.state.changing():
            (bot or self.bot).revoked = False

    def pushes_each(self, times: int, *, shuffled: bool = False) -> None:
        """Push each update so often, and out of order."""
        with self.state.changing():
            self.state.pushing = replace(self.state.pushing, times=times, shuffled=shuffled)

    # What was recorded

    @property
    def calls(self) -> list[Call]:
        """Every call so far, in the order of their answers; a `getUpdates` whose client has gone is none."""
        with self.state.condition:
            return list(self.state.calls)

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method.lower() == method.lower()]

    @property
    def bad_requests(self) -> list[Call]:
        """Calls that were answered with 400: what a bot should not do."""
        return [call for call in self.calls if call.status == 400]

    @property
    def too_many(self) -> int:
        """How many calls were answered with 429."""
        return sum(call.status == 429 for call in self.calls)

    @property
    def ignored_retry_after(self) -> int:
        """How many of those came although the bot had been told to wait."""
        return sum(bot.pacer.ignored_retry_after for bot in self.state.bots.values())

    @property
    def pushes(self) -> list[Push]:
        """Every attempt to push an update to a webhook."""
        with self.state.condition:
            return list(self.state.pushes)

    @property
    def pending(self) -> int:
        """How many updates no bot has taken yet."""
        with self.state.condition:
            return sum(len(bot.updates) for bot in self.state.bots.values())

    def counters(self) -> dict[str, Any]:
        """The numbers that a test looks at in the end."""
        bad = [{"method": call.method, "description": call.description} for call in self.bad_requests]
        return {
            "too_many": self.too_many,
            "ignored_retry_after": self.ignored_retry_after,
            "bad_requests": bad,
            "pending": self.pending,
        }
