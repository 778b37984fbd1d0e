"""Compares acknowledged, stored, answered and shown; pure: records in, breaches out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.chaos.records import Customers, Database, Shown, StoredMessage, StoredTurn

# What the app says on its own while a customer waits; not an answer.
WHILE_WAITING = ("notice", "offer")


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken promise: its rule and the row that breaks it."""

    rule: str
    what: str


Rule = Callable[[Customers, Database], Iterator[str]]


def check(customers: Customers, database: Database) -> list[Breach]:
    """Every breach of every rule, in the order of the rules."""
    return [Breach(name, what) for name, rule in RULES.items() for what in rule(customers, database)]


def acked_is_stored(customers: Customers, database: Database) -> Iterator[str]:
    """Nothing acknowledged is lost: each ack has its row, with the same number."""
    stored = {row.client_id: row for row in database.messages if row.client_id is not None}
    for ack in customers.acked:
        row = stored.get(ack.id)
        if row is None:
            yield f"{ack.customer}: {ack.id} was acknowledged as {ack.seq} and is not stored"
        elif row.seq != ack.seq:
            yield f"{ack.customer}: {ack.id} was acknowledged as {ack.seq} and is stored as {row.seq}"


def stored_once(customers: Customers, database: Database) -> Iterator[str]:
    """What was sent again is stored once."""
    ids = Counter(row.client_id for row in database.messages if row.client_id is not None)
    for id, count in ids.items():
        if count > 1:
            yield f"{id} is stored {count} times"


def stored_is_handled(customers: Customers, database: Database) -> Iterator[str]:
    """Nothing stored is left lying."""
    for row in database.messages:
        if row.author == "customer" and not row.handled:
            yield f"{_place(row)} ({row.text[:40]!r}) was never handled"


def handled_is_answered(customers: Customers, database: Database) -> Iterator[str]:
    """Each message has an answer: the bot's, to it or to what it was understood with, or the app's own."""
    answered = {row.in_reply_to for row in database.messages if row.kind not in WHILE_WAITING}
    for row in database.messages:
        if row.author == "customer" and row.handled and (row.answered_with or row.id) not in answered:
            yield f"{_place(row)} ({row.text[:40]!r}) has no answer"
    for noted in customers.unanswered:
        yield f"{noted.customer}: {noted.what}"


def answered_once(customers: Customers, database: Database) -> Iterator[str]:
    """One turn a message, its own or that of a later one; the bot's replies were written by that turn's transaction."""
    rows = {row.id: row for row in database.messages}
    turns: dict[str, list[StoredTurn]] = defaultdict(list)
    for turn in database.turns:
        turns[turn.message].append(turn)
    for message, found in turns.items():
        if len(found) > 1:
            yield f"{_name(rows, message)} has {len(found)} turns"
    for row in database.messages:
        if row.answered_with is not None:
            last = rows.get(row.answered_with)
            if turns[row.id] or last is None or not turns[last.id] or last.seq <= row.seq:
                own = f"{len(turns[row.id])} turns of its own"
                yield f"{_place(row)} has {own} and was answered with {_name(rows, row.answered_with)}"
        if row.author == "bot" and row.in_reply_to is not None:
            moments = {turn.moment for turn in turns[row.in_reply_to]}
            if row.moment not in moments:
                yield (
                    f"{_place(row)} answers {_name(rows, row.in_reply_to)} outside of its turn "
                    f"({row.moment}, the turn: {', '.join(sorted(moments)) or 'none'})"
                )


def shown_answer_once(customers: Customers, database: Database) -> Iterator[str]:
    """The customer's own view of the same: no sentence twice in reply to one message."""
    seen: dict[tuple[str, str | None, str, str], set[int]] = defaultdict(set)
    for shown in customers.shown:
        if shown.author in ("bot", "system") and shown.in_reply_to is not None:
            seen[shown.customer, shown.conversation, shown.in_reply_to, shown.text].add(shown.seq)
    for (customer, _, answered, text), numbers in seen.items():
        if len(numbers) > 1:
            yield f"{customer} was told {text[:40]!r} {len(numbers)} times in reply to {answered}: {sorted(numbers)}"


def nobody_gave_up(customers: Customers, database: Database) -> Iterator[str]:
    """A turn that a dead part interrupted is run again, not closed with an apology; no frame is refused."""
    for turn in database.turns:
        if turn.gave_up:
            yield f"turn {turn.number} of {turn.conversation} was closed with an apology"
    for noted in customers.refused:
        yield f"{noted.customer} was refused: {noted.what}"


def numbers_are_whole(customers: Customers, database: Database) -> Iterator[str]:
    """Each conversation's messages are numbered 1, 2, 3 … to the number it counts itself."""
    by_conversation: dict[str, list[int]] = defaultdict(list)
    for row in database.messages:
        by_conversation[row.conversation].append(row.seq)
    known = {row.id for row in database.conversations}
    for conversation in database.conversations:
        numbers = sorted(by_conversation[conversation.id])
        if numbers != list(range(1, conversation.last_seq + 1)):
            yield f"{conversation.id} counts {conversation.last_seq} messages and has {_abridged(numbers)}"
    for id in by_conversation.keys() - known:
        yield f"messages of {id}, which is no conversation"


def turns_in_order(customers: Customers, database: Database) -> Iterator[str]:
    """Turns are numbered without gaps, and in the order of the messages they answer."""
    rows = {row.id: row for row in database.messages}
    by_conversation: dict[str, list[StoredTurn]] = defaultdict(list)
    for turn in database.turns:
        by_conversation[turn.conversation].append(turn)
    for conversation in database.conversations:
        turns = sorted(by_conversation[conversation.id], key=lambda turn: turn.number)
        if [turn.number for turn in turns] != list(range(1, conversation.turns + 1)):
            numbers = _abridged([turn.number for turn in turns])
            yield f"{conversation.id} counts {conversation.turns} turns and has {numbers}"
        answered = [rows[turn.message].seq for turn in turns if turn.message in rows]
        if answered != sorted(answered) or len(answered) != len(turns):
            yield f"the turns of {conversation.id} answer its messages in the order {_abridged(answered)}"


def replies_follow(customers: Customers, database: Database) -> Iterator[str]:
    """A reply stands below what it answers, in the same conversation."""
    rows = {row.id: row for row in database.messages}
    for row in database.messages:
        if row.in_reply_to is not None:
            asked = rows.get(row.in_reply_to)
            if asked is None or asked.conversation != row.conversation or asked.seq >= row.seq:
                yield f"{_place(row)} answers {_name(rows, row.in_reply_to)}"


def screens_in_order(customers: Customers, database: Database) -> Iterator[str]:
    """On every connection numbers go up by one; a client notes what else it sees of broken protocol."""
    last: dict[tuple[str, int, str | None], int] = {}
    for shown in customers.shown:
        key = (shown.customer, shown.connection, shown.conversation)
        before = last.get(key)
        if before is not None and shown.seq != before + 1:
            yield (
                f"{shown.customer}, connection {shown.connection}: {shown.seq} came after {before} "
                f"in {shown.conversation}"
            )
        last[key] = shown.seq
    for noted in customers.breaches:
        yield f"{noted.customer}: {noted.what}"


def stored_is_shown(customers: Customers, database: Database) -> Iterator[str]:
    """Every stored message was on its customer's screen, and said there what is stored."""
    screens: dict[tuple[str | None, int], list[Shown]] = defaultdict(list)
    for shown in customers.shown:
        screens[shown.conversation, shown.seq].append(shown)
    for row in database.messages:
        found = screens.pop((row.conversation, row.seq), [])
        if not found:
            yield f"{_place(row)} ({row.author}: {row.text[:40]!r}) was never shown"
        for shown in found:
            if (shown.author, shown.text) != (row.author, row.text) or (
                row.author == "customer" and shown.id != row.client_id
            ):
                yield (
                    f"{_place(row)} is {row.author}: {row.text[:40]!r}, "
                    f"{shown.customer} saw {shown.author}: {shown.text[:40]!r}"
                )
    for conversation, seq in screens:
        yield f"{conversation}/{seq} was shown and is not stored"


def screens_are_current(customers: Customers, database: Database) -> Iterator[str]:
    """In the end everybody sees the last message of their conversation."""
    counts = {row.id: row.last_seq for row in database.conversations}
    for screen in customers.screens:
        last = counts.get(screen.conversation or "", 0)
        if screen.last_seq != last:
            yield f"{screen.customer} sees {screen.last_seq} of {last} messages of {screen.conversation}"


def surveys_balance(customers: Customers, database: Database) -> Iterator[str]:
    """Each ended conversation has one survey, no other has any, and the last rating is the one that counts."""
    surveys = Counter(row.conversation for row in database.surveys)
    for conversation in database.conversations:
        expected = 1 if conversation.state == "ended" else 0
        if surveys[conversation.id] != expected:
            yield f"{conversation.id} is {conversation.state} and has {surveys[conversation.id]} surveys"
    asked = {row.conversation: row.seq for row in database.messages if row.kind == "rating"}
    given: dict[str, tuple[int, int]] = {}
    for row in database.messages:
        score = _rating(row)
        if score is not None and row.seq > asked.get(row.conversation, row.seq):
            given[row.conversation] = max(given.get(row.conversation, (0, 0)), (row.seq, score))
    for survey in database.surveys:
        score = given.get(survey.conversation, (0, None))[1]
        if survey.score != score:
            yield f"the rating of {survey.conversation} is {survey.score}, the customer gave {score}"


RULES: dict[str, Rule] = {
    "acknowledged is stored": acked_is_stored,
    "stored once": stored_once,
    "stored is handled": stored_is_handled,
    "handled is answered": handled_is_answered,
    "answered once": answered_once,
    "answer shown once": shown_answer_once,
    "nobody gave up": nobody_gave_up,
    "numbers are whole": numbers_are_whole,
    "turns in order": turns_in_order,
    "replies follow": replies_follow,
    "screens in order": screens_in_order,
    "stored is shown": stored_is_shown,
    "screens are current": screens_are_current,
    "surveys balance": surveys_balance,
}


def _rating(row: StoredMessage) -> int | None:
    """The score that a message after the rating question gives: its button, or a bare typed number."""
    if row.author != "customer":
        return None
    if row.payload is not None and row.payload.startswith("app:rate:"):
        return int(row.payload.rpartition(":")[2])
    return int(row.text) if row.payload is None and row.text in ("1", "2", "3", "4", "5") else None


def _place(row: StoredMessage) -> str:
    return f"{row.conversation}/{row.seq}"


def _name(rows: dict[str, StoredMessage], id: str) -> str:
    return _place(rows[id]) if id in rows else f"{id}, which is not stored,"


def _abridged(numbers: Iterable[int]) -> str:
    shown = list(numbers)
    return str(shown) if len(shown) <= 12 else f"{shown[:6]} … {shown[-6:]} ({len(shown)})"
