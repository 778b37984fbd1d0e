"""Every rule of the proof, broken once: the records of a healthy run with one thing changed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos.checker import RULES, check
from tests.chaos.records import (
    Acked,
    Customers,
    Database,
    Noted,
    Screen,
    Shown,
    StoredConversation,
    StoredMessage,
    StoredSurvey,
    StoredTurn,
)

World = tuple[Customers, Database]


def message(seq: int, author: str, text: str, **more: object) -> StoredMessage:
    plain = StoredMessage(
        id=f"m{seq}",
        conversation="c1",
        seq=seq,
        author=author,
        kind="text",
        text=text,
        client_id=f"u{seq}" if author == "customer" else None,
        in_reply_to=None,
        payload=None,
        moment=f"00:0{seq}",
        handled=author == "customer",
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # each test names real fields


def healthy() -> World:
    """One ended conversation: hello, bye, and a rating of 4 by button."""
    messages = [
        message(1, "customer", "hello"),
        message(2, "bot", "Hello!", in_reply_to="m1", moment="00:02"),
        message(3, "bot", "How can I help?", in_reply_to="m1", moment="00:02"),
        message(4, "customer", "bye"),
        message(5, "system", "This takes a moment.", kind="notice", in_reply_to="m4"),
        message(6, "bot", "Bye!", in_reply_to="m4", moment="00:06"),
        message(7, "system", "How was it?", kind="rating"),
        message(8, "customer", "4", kind="choice", payload="app:rate:4"),
        message(9, "system", "Thank you!", kind="comment", in_reply_to="m8"),
    ]
    turns = [
        StoredTurn("m1", "c1", 1, "00:02", False),
        StoredTurn("m4", "c1", 2, "00:06", False),
    ]
    database = Database([StoredConversation("c1", "ended", 9, 2)], messages, turns, [StoredSurvey("c1", "answered", 4)])
    client_ids = {row.id: row.client_id for row in messages}
    customers = Customers(
        acked=[Acked("ann", "u1", 1), Acked("ann", "u4", 4), Acked("ann", "u4", 4), Acked("ann", "u8", 8)],
        shown=[
            Shown(
                "ann",
                1 if row.seq < 6 else 2,
                "c1",
                row.seq,
                row.author,
                row.text,
                row.client_id,
                client_ids.get(row.in_reply_to or ""),
            )
            for row in messages
        ],
        screens=[Screen("ann", "c1", 9)],
    )
    return customers, database


def test_a_healthy_run_breaks_no_rule() -> None:
    assert check(*healthy()) == []


def rows(change: Callable[[list[StoredMessage]], list[StoredMessage]]) -> Callable[[World], World]:
    """The healthy run with other rows in ``messages``."""
    return lambda world: (world[0], replace(world[1], messages=change(list(world[1].messages))))


def row(seq: int, **more: object) -> Callable[[World], World]:
    """The healthy run with one row of ``messages`` changed."""
    return rows(
        lambda messages: [replace(m, **more) if m.seq == seq else m for m in messages]  # type: ignore[arg-type]  # real fields
    )


def turns(*found: StoredTurn) -> Callable[[World], World]:
    return lambda world: (world[0], replace(world[1], turns=found))


def conversation(**more: object) -> Callable[[World], World]:
    return lambda world: (
        world[0],
        replace(world[1], conversations=[replace(world[1].conversations[0], **more)]),  # type: ignore[arg-type]  # real fields
    )


def surveys(*found: StoredSurvey) -> Callable[[World], World]:
    return lambda world: (world[0], replace(world[1], surveys=found))


def seen(change: Callable[[Customers], Customers]) -> Callable[[World], World]:
    return lambda world: (change(world[0]), world[1])


T1, T2 = StoredTurn("m1", "c1", 1, "00:02", False), StoredTurn("m4", "c1", 2, "00:06", False)

BREACHES: list[tuple[str, Callable[[World], World], str]] = [
    (
        "acknowledged is stored",
        seen(lambda c: replace(c, acked=[*c.acked, Acked("ann", "u99", 10)])),
        "u99 was acknowledged as 10 and is not stored",
    ),
    (
        "acknowledged is stored",
        seen(lambda c: replace(c, acked=[*c.acked, Acked("ann", "u4", 5)])),
        "acknowledged as 5 and is stored as 4",
    ),
    ("stored once", row(8, client_id="u4"), "u4 is stored 2 times"),
    ("stored is handled", row(4, handled=False), "c1/4 ('bye') was never handled"),
    ("handled is answered", row(6, in_reply_to="m1"), "c1/4 ('bye') has no answer"),
    (
        "handled is answered",
        seen(lambda c: replace(c, unanswered=[Noted("ann", "'bye' was never done")])),
        "ann: 'bye' was never done",
    ),
    ("answered once", turns(T1, T2, replace(T2, number=3)), "c1/4 has 2 turns"),
    ("answered once", row(1, answered_with="m4"), "c1/1 has 1 turns of its own and was answered with c1/4"),
    ("answered once", row(8, answered_with="m4"), "c1/8 has 0 turns of its own and was answered with c1/4"),
    ("answered once", row(1, answered_with="m8"), "was answered with c1/8"),
    ("answered once", row(3, moment="00:09"), "c1/3 answers c1/1 outside of its turn"),
    ("answered once", turns(T1), "c1/6 answers c1/4 outside of its turn"),
    (
        "answer shown once",
        seen(lambda c: replace(c, shown=[replace(s, text="Hello!") if s.seq == 3 else s for s in c.shown])),
        "ann was told 'Hello!' 2 times in reply to u1: [2, 3]",
    ),
    ("nobody gave up", turns(T1, replace(T2, gave_up=True)), "turn 2 of c1 was closed with an apology"),
    (
        "nobody gave up",
        seen(lambda c: replace(c, refused=[Noted("ann", "unknown_choice: No.")])),
        "ann was refused: unknown_choice",
    ),
    ("numbers are whole", rows(lambda m: [x for x in m if x.seq != 5]), "counts 9 messages and has"),
    ("numbers are whole", conversation(last_seq=10), "counts 10 messages"),
    ("numbers are whole", row(5, conversation="c2"), "messages of c2, which is no conversation"),
    ("turns in order", turns(T1, replace(T2, number=3)), "c1 counts 2 turns and has [1, 3]"),
    ("turns in order", conversation(turns=3), "c1 counts 3 turns and has [1, 2]"),
    (
        "turns in order",
        turns(replace(T1, number=2), replace(T2, number=1)),
        "answer its messages in the order [4, 1]",
    ),
    ("turns in order", turns(T1, replace(T2, message="m99")), "in the order [1]"),
    ("replies follow", row(2, in_reply_to="m4"), "c1/2 answers c1/4"),
    ("replies follow", row(2, in_reply_to="m99"), "c1/2 answers m99, which is not stored,"),
    (
        "screens in order",
        seen(lambda c: replace(c, shown=[s for s in c.shown if s.seq != 4])),
        "ann, connection 1: 5 came after 3 in c1",
    ),
    (
        "screens in order",
        seen(lambda c: replace(c, shown=[*c.shown, c.shown[-1]])),
        "ann, connection 2: 9 came after 9 in c1",
    ),
    (
        "screens in order",
        seen(lambda c: replace(c, breaches=[Noted("ann", "connection 1: message 1 came again")])),
        "ann: connection 1: message 1 came again",
    ),
    (
        "stored is shown",
        seen(lambda c: replace(c, shown=[s for s in c.shown if s.seq < 9])),
        "c1/9 (system: 'Thank you!') was never shown",
    ),
    ("stored is shown", row(6, text="Later!"), "c1/6 is bot: 'Later!', ann saw bot: 'Bye!'"),
    ("stored is shown", row(1, client_id="u7"), "c1/1 is customer: 'hello'"),
    ("stored is shown", rows(lambda m: m[:-1]), "c1/9 was shown and is not stored"),
    (
        "screens are current",
        seen(lambda c: replace(c, screens=[Screen("ann", "c1", 8)])),
        "ann sees 8 of 9 messages of c1",
    ),
    ("surveys balance", surveys(), "c1 is ended and has 0 surveys"),
    (
        "surveys balance",
        surveys(StoredSurvey("c1", "answered", 4), StoredSurvey("c1", "answered", 4)),
        "c1 is ended and has 2 surveys",
    ),
    ("surveys balance", conversation(state="open"), "c1 is open and has 1 surveys"),
    ("surveys balance", surveys(StoredSurvey("c1", "answered", 5)), "is 5, the customer gave 4"),
    ("surveys balance", surveys(StoredSurvey("c1", "asked", None)), "is None, the customer gave 4"),
    ("surveys balance", row(8, payload=None, text="2"), "is 4, the customer gave 2"),
]


@pytest.mark.parametrize(("rule", "change", "what"), BREACHES)
def test_a_broken_promise_is_found(rule: str, change: Callable[[World], World], what: str) -> None:
    found = [breach.what for breach in check(*change(healthy())) if breach.rule == rule]
    assert any(what in line for line in found), found


def test_every_rule_is_broken_by_some_test() -> None:
    assert {rule for rule, _, _ in BREACHES} == set(RULES)


def test_messages_understood_together_are_answered_once() -> None:
    customers, database = healthy()
    shown = [message for message in database.messages if message.id not in ("m2", "m3")]
    moved = [
        replace(message, seq=seq, answered_with="m4" if message.id == "m1" else None)
        for seq, message in enumerate(shown, 1)
    ]
    together = replace(database, messages=moved, turns=[T2])
    found = {breach.rule for breach in check(customers, together)}
    assert not found & {"handled is answered", "answered once"}


def test_a_number_typed_before_the_rating_question_is_no_rating() -> None:
    customers, database = row(1, text="5")(healthy())
    assert not [breach for breach in check(customers, database) if breach.rule == "surveys balance"]
