"""Everything the sandbox remembers, behind one lock, and who is told when it changes."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields

from tests.telegram.faults import Faults
from tests.telegram.limits import Limits, Pacer
from tests.telegram.model import Bot, Call, Chat, Message, StoredFile, User, Wire

Clock = Callable[[], float]
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


def steady_clock() -> Clock:
    """Seconds since 1970 that never jump."""
    start = time.time() - time.monotonic()
    return lambda: start + time.monotonic()


@dataclass(frozen=True)
class Push:
    """One attempt to push an update. `status` is 0 where no answer came; `error` says why."""

    update_id: int
    at: float
    status: int
    error: str = ""


@dataclass
class Pushing:
    """How updates are pushed. Seconds here are real ones."""

    timeout: float = 60.0
    first_pause: float = 1.0
    longest_pause: float = 60.0
    times: int = 1
    shuffled: bool = False


@dataclass
class State:
    """Bots, users, files and records. Whoever reads or changes them holds the lock."""

    limits: Limits
    clock: Clock
    rng: random.Random
    # How long a tapped button may be answered.
    query_seconds: float = 15.0
    bots: dict[str, Bot] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    pushing: Pushing = field(default_factory=Pushing)
    calls: list[Call] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    typing: Counter[tuple[int, int]] = field(default_factory=Counter)
    listeners: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.condition = threading.Condition(threading.RLock())

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock; afterwards, whoever waits looks again."""
        with self.condition:
            yield
            self.condition.notify_all()
        for listener in list(self.listeners):
            listener()

    def become(self, other: State) -> None:
        """Forget everything and be as another; who listens goes on listening."""
        with self.changing():
            for bot in self.bots.values():
                bot.poll += 1  # whoever still waits for news of it is sent away
            for part in fields(self):
                if part.name != "listeners":
                    setattr(self, part.name, getattr(other, part.name))

    def now(self) -> int:
        """A message's date."""
        return int(self.clock())

    def new_number(self) -> int:
        """A number for what needs one that nobody guesses."""
        return self.rng.randrange(10**15, 10**16)

    def add_bot(self, token: str, username: str, first_name: str) -> Bot:
        account = User(int(token.partition(":")[0]), first_name, username=username, is_bot=True)
        start = self.rng.randrange(10**8, 10**9)
        bot = Bot(token, account, self.limits, Pacer(self.limits), start)
        with self.changing():
            self.bots[token] = bot
            self.users[account.id] = account
        return bot

    def set_limits(self, limits: Limits) -> None:
        """Other limits from now on; what was counted stays."""
        with self.changing():
            self.limits = limits
            for bot in self.bots.values():
                bot.limits = bot.pacer.limits = limits

    def private_chat(self, bot: Bot, user: User) -> Chat:
        """A user's chat with a bot; nobody may write in it before the user starts."""
        return bot.chats.setdefault(user.id, Chat(user.id, "private", partner=user, bot_status="never"))

    def new_message(self, bot: Bot, chat: Chat, sender: User | None, content: Wire, **given: object) -> Message:
        """Store a message with the next number."""
        message = Message(bot.next_message_id, chat, sender, self.now(), content, **given)  # type: ignore[arg-type]
        bot.next_message_id += 1
        chat.messages[message.id] = message
        return message

    def new_file(
        self, body: bytes, *, mime: str, folder: str, suffix: str, name: str = "", size: int = 0
    ) -> StoredFile:
        """Keep a file under a new id."""
        number = self.new_number()
        file = StoredFile(
            id=f"AgACAgIAAxkBAAI{number}",
            unique_id=f"AQAD{number % 10**10}",
            path=f"{folder}/file_{len(self.files)}{suffix}",
            mime=mime,
            body=body,
            size=size or len(body),
            name=name,
        )
        self.files[file.id] = file
        return file

    def enqueue(self, bot: Bot, update: Wire) -> int | None:
        """Add an update for a bot; its number, or None where the bot did not ask for this kind."""
        kind = next(iter(update))
        allowed = bot.allowed_updates
        if (allowed and kind not in allowed) or (not allowed and kind in NOT_BY_DEFAULT):
            return None
        number = bot.next_update_id
        bot.next_update_id += 1
        bot.updates.append({"update_id": number, **update})
        return number
