"""Telegram users who go on writing while parts of the product are killed, and what has to be true afterwards."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.chaos.customers import SMALL_TALK
from tests.support.telegram_product import TelegramProduct
from tests.telegram import Ill, SeenMessage, TelegramUser

Part = Literal["app", "engine"]
COME_BACK_SECONDS = 60.0
STILL_SECONDS = 1.5  # without anything to do: then all is over
# How late Telegram answers what it has done, so that kills come in between.
LATE_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class Plan:
    """Who writes how much within `seconds`, and what is killed meanwhile, in that order."""

    users: int
    messages: int
    kills: tuple[Part, ...]
    seconds: float
    seed: int
    quiet_seconds: float = 60.0


@dataclass(slots=True)
class Run:
    """A run of a plan against a product that is ready."""

    telegram: TelegramProduct
    plan: Plan
    users: list[TelegramUser] = field(default_factory=list)
    killed: list[tuple[Part, int]] = field(default_factory=list)

    def carry_out(self) -> None:
        """Write, tap and kill at seeded moments, then wait until nothing is left to do. Raises AssertionError."""
        plan, rng = self.plan, random.Random(self.plan.seed)
        self.telegram.sandbox.fault(Ill.LATE, "sendMessage", times=None, seconds=LATE_SECONDS)
        names = ("Ann", "Ben", "Cleo", "Dov", "Edda", "Finn", "Gwen", "Hugo")
        self.users = [self.telegram.sandbox.user(names[number]) for number in range(plan.users)]
        deeds: list[tuple[float, Callable[[], None]]] = [
            (rng.uniform(0, plan.seconds), self._writes(user, random.Random(rng.random())))
            for user in self.users
            for _ in range(plan.messages)
        ]
        # Spread over the whole time, each somewhere within its share of it.
        share = plan.seconds / len(plan.kills)
        deeds += [(share * (at + rng.random()), self._kills(part)) for at, part in enumerate(plan.kills)]
        begun = time.monotonic()
        for at, deed in sorted(deeds, key=lambda one: one[0]):
            time.sleep(max(0.0, begun + at - time.monotonic()))
            deed()
        self._wait_for_quiet()

    def _writes(self, user: TelegramUser, rng: random.Random) -> Callable[[], None]:
        def deed() -> None:
            buttons = [button for message in user.heard[-1:] for button in message.buttons]
            if buttons and rng.random() < 0.25:
                user.taps(rng.choice(buttons).data)
            else:
                user.says(rng.choice(SMALL_TALK))

        return deed

    def _kills(self, part: Part) -> Callable[[], None]:
        def deed() -> None:
            before = {pid for _, pid in self.killed}
            until = time.monotonic() + COME_BACK_SECONDS
            while (pid := self._pid(part)) is None or pid in before:
                assert time.monotonic() < until, f"the {part} has not come back"
                time.sleep(0.05)
            os.kill(pid, signal.SIGKILL)
            self.killed.append((part, pid))

        return deed

    def _pid(self, part: Part) -> int | None:
        run = self.telegram.product.run_file()
        return None if run is None else (run.app if part == "app" else run.engine)

    def _wait_for_quiet(self) -> None:
        until = time.monotonic() + self.plan.quiet_seconds
        still_since: float | None = None
        while still_since is None or time.monotonic() - still_since < STILL_SECONDS:
            left = self._left()
            if any(left.values()):
                still_since = None
            elif still_since is None:
                still_since = time.monotonic()
            assert time.monotonic() < until, f"not over within {self.plan.quiet_seconds:g} s: {left}"
            time.sleep(0.2)

    def _left(self) -> dict[str, int]:
        """How much of what is still to be done."""
        count = "SELECT count(*) AS n FROM"
        queries = {
            "updates": f"{count} telegram_updates WHERE handled_at IS NULL",
            "turns": f"{count} messages WHERE author_kind = 'customer' AND handled_at IS NULL",
            "deliveries": f"{count} deliveries WHERE state IN ('waiting', 'sending')",
            "calls": f"{count} telegram_calls WHERE state IN ('waiting', 'sending')",
        }
        left = {what: int(self.telegram.facts.rows(query)[0].n) for what, query in queries.items()}
        return left | {"at Telegram": self.telegram.sandbox.pending}


# -- what has to be true ------------------------------------------------------------------------------------


def breaches(run: Run) -> list[str]:
    """Every sentence that should be true after a run and is not."""
    found = [*_written_once(run), *_answered_once(run), *_seen_once(run), *_offered(run), *_rules_of_telegram(run)]
    state = run.telegram.product.run_file()
    died = Counter(part for part, _ in run.killed)
    for part, count in (state.restarts if state else {}).items():
        if count > died[part]:  # type: ignore[index]
            found.append(f"the {part} was killed {died[part]} times and started again {count} times")  # type: ignore[index]
    verified = run.telegram.command("verify")
    if verified.returncode != 0:
        found.append(f"the ledger does not balance: {verified.stdout}{verified.stderr}")
    return found


def _written_once(run: Run) -> Iterator[str]:
    """What customers wrote is stored, once; and nothing else is."""
    stored = Counter(
        row.external_id
        for row in run.telegram.facts.rows("SELECT external_id FROM messages WHERE author_kind = 'customer'")
    )
    bot = run.telegram.sandbox.bot.account.id
    for user in run.users:
        for message in user.chat:
            times = stored[f"{user.id}:{bot}:{message.id}"]
            if not message.from_bot and times != 1:
                yield f"{message.text!r} of {user.account.first_name} is stored {times} times"
    for external_id, count in stored.items():
        if count > 1:
            yield f"{external_id} is stored {count} times"


def _answered_once(run: Run) -> Iterator[str]:
    """One turn a message, its own or a later one's that it was understood with; none given up; and words for each."""
    rows = run.telegram.facts.rows(
        "SELECT m.id, m.text, m.payload, m.answered_with, m.handled_at,"
        " (SELECT count(*) FROM turns t WHERE t.message_id = m.id) AS turns,"
        " (SELECT count(*) FROM turns t WHERE t.message_id = m.id AND t.understanding LIKE '%\"error\"%') AS given_up,"
        " (SELECT count(*) FROM messages r WHERE r.in_reply_to = coalesce(m.answered_with, m.id)) AS replies"
        " FROM messages m WHERE m.author_kind = 'customer'"
    )
    for row in rows:
        by_the_app = (row.payload or "").startswith("app:")
        if row.turns != (0 if by_the_app or row.answered_with else 1):
            yield f"{row.text!r} has {row.turns} turns"
        if row.handled_at is None or (not row.replies and not by_the_app):
            yield f"{row.text!r} has no answer"
        if row.given_up:
            yield f"{row.text!r} was answered with an apology"


def _seen_once(run: Run) -> Iterator[str]:
    """What is delivered is seen once, in order; what nobody knows of, at most once; nothing else is seen.

    The notice that something may be lost may be seen more than once: it is sent until it is confirmed.
    """
    for user in run.users:
        seen = {message.id: message for message in user.heard}
        claimed: list[int] = []
        in_doubt: list[Any] = []
        notices: set[str] = set()
        for part in _parts(run, user):
            if part.response == "utter_app_maybe_lost":
                notices.add(part.text)
            if part.state not in ("delivered", "unknown"):
                yield f"the delivery of {part.text!r} is {part.state}: {part.error}"
            elif part.outcome == "sent":
                claimed.append(int(part.external_id.rpartition(":")[2]))
            else:
                in_doubt.append(part)
        yield from (f"{number} is said to be sent and was not seen" for number in claimed if number not in seen)
        yield from (f"{number} is two messages" for number, count in Counter(claimed).items() if count > 1)
        if claimed != sorted(claimed):
            yield f"{user.account.first_name} saw messages in the order {claimed}"
        for message in (seen[number] for number in seen.keys() - set(claimed)):
            match = next((part for part in in_doubt if _may_be(message, part.text)), None)
            if match is None and message.text in notices:
                continue
            if match is None:
                yield f"{user.account.first_name} saw {message.text!r}, which is no message of ours, or once too often"
            else:
                in_doubt.remove(match)


def _parts(run: Run, user: TelegramUser) -> list[Any]:
    """All that was to be sent to a user, call by call, in the order in which they should see it."""
    return run.telegram.facts.rows(
        "SELECT m.text, m.response, d.state, d.error, p.outcome, p.external_id FROM deliveries d"
        " JOIN messages m ON m.id = d.message_id JOIN identities i ON i.id = d.identity_id"
        " JOIN conversations c ON c.id = d.conversation_id"
        " LEFT JOIN delivery_parts p ON p.message_id = d.message_id AND p.channel = d.channel"
        " WHERE d.channel = 'telegram' AND i.external_id = :user ORDER BY c.created_at, d.seq, p.part",
        user=str(user.id),
    )


def _may_be(message: SeenMessage, text: str) -> bool:
    """Whether this is that text, with cards below it or the later part of something long."""
    return message.text.startswith(text) or message.text in text


def _offered(run: Run) -> Iterator[str]:
    """Who may have missed something is told so, with a button that shows it again."""
    rows = run.telegram.facts.rows(
        "SELECT DISTINCT d.conversation_id AS id FROM deliveries d JOIN messages m ON m.id = d.message_id"
        " WHERE d.state = 'unknown' AND m.kind <> 'notice' AND d.conversation_id NOT IN"
        " (SELECT conversation_id FROM messages WHERE response = 'utter_app_maybe_lost')"
    )
    yield from (f"nobody was told in {row.id} that something may be lost" for row in rows)


def _rules_of_telegram(run: Run) -> Iterator[str]:
    """No call that Telegram has forbidden, and none that it could not take but for a tap whose time was over."""
    sandbox = run.telegram.sandbox
    if sandbox.ignored_retry_after:
        yield f"{sandbox.ignored_retry_after} calls came although Telegram had asked for a pause"
    for call in sandbox.bad_requests:
        if call.method.lower() != "answercallbackquery":
            yield f"{call.method}({call.arguments}) was refused: {call.description}"


def summary(run: Run) -> dict[str, int]:
    """What happened, in numbers."""
    count = run.telegram.facts.rows
    states: dict[str, int] = defaultdict(int)
    for row in count("SELECT state, count(*) AS n FROM deliveries GROUP BY state"):
        states[f"deliveries {row.state}"] = row.n
    return {
        "kills": len(run.killed),
        "written": int(count("SELECT count(*) AS n FROM messages WHERE author_kind = 'customer'")[0].n),
        "turns": int(count("SELECT count(*) AS n FROM turns")[0].n),
        "seen": sum(len(user.heard) for user in run.users),
        "429": run.telegram.sandbox.too_many,
        **states,
    }
