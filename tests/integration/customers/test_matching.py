"""Opening one order by the e-mail address or postcode on it: levels, locks, and answers that give nothing away."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.customers.contacts import Contact
from bot.customers.proofs import Turn
from bot.customers.verification import Level, Proof
from bot.storage.tables import proof_attempts, verifications

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("number", "contact"),
    [
        ("#W1000001", Contact(email="jo@mail.example")),
        ("#W1000001", Contact(postcode="N15QT")),
        ("#W1000002", Contact(postcode="60614")),
        ("#W1000001", Contact(email="wrong@mail.example", postcode="N15QT")),
    ],
)
async def test_the_contact_on_an_order_opens_it(desk: Any, number: str, contact: Contact) -> None:
    turn = desk.conversation()
    assert await desk.verification.open_order(turn, number, contact) is Proof.RIGHT
    access = await desk.verification.access(turn.conversation_id)
    assert access.level is Level.MATCHED
    assert access.order_numbers == {number}
    assert access.customer_id is None


@pytest.mark.parametrize(
    ("number", "contact"),
    [
        ("#W1000001", Contact(email="tunde@mail.example")),
        ("#W1000001", Contact(postcode="60614")),
        ("#W1000001", Contact(postcode="")),
        ("#W1000003", Contact(postcode="")),
        ("#W9999999", Contact(email="jo@mail.example")),
    ],
)
async def test_anything_else_opens_nothing(desk: Any, number: str, contact: Contact) -> None:
    turn = desk.conversation()
    assert (
        await desk.verification.match_order(turn, number, await desk.verification._shop.order(number), contact)
        is Proof.WRONG
    )
    assert await desk.verification.level(turn.conversation_id) is Level.ANONYMOUS


async def test_an_order_is_opened_for_its_conversation_only(desk: Any) -> None:
    turn, other = desk.conversation(), desk.conversation()
    await desk.verification.open_order(turn, "#W1000001", Contact(email="jo@mail.example"))
    assert await desk.verification.open_order(other, "#W1000001", Contact()) is Proof.NEEDED


async def test_an_open_order_needs_no_second_proof_until_it_expires(desk: Any) -> None:
    turn = desk.conversation()
    await desk.verification.open_order(turn, "#W1000001", Contact(email="jo@mail.example"))
    again = desk.next_message(turn)
    desk.clock.forward(minutes=29)
    assert await desk.verification.open_order(again, "#W1000001", Contact()) is Proof.RIGHT
    desk.clock.forward(minutes=2)
    assert await desk.verification.open_order(again, "#W1000001", Contact()) is Proof.NEEDED


async def test_a_repeated_turn_gets_the_same_answer_and_counts_once(desk: Any) -> None:
    turn, wrong = desk.conversation(), Contact(email="x@mail.example")
    for _ in range(9):
        assert await desk.verification.open_order(turn, "#W1000001", wrong) is Proof.WRONG
    later = desk.next_message(turn)
    assert await desk.verification.open_order(later, "#W1000001", Contact(email="jo@mail.example")) is Proof.RIGHT
    granted = desk.database.read_now(lambda c: c.execute(sa.select(verifications)).all())
    assert len(granted) == 1


async def test_after_the_limit_even_the_right_answer_is_refused_until_the_lock_ends(desk: Any) -> None:
    turn, right = desk.conversation(), Contact(email="jo@mail.example")
    outcomes = []
    for guess in range(5):
        turn = desk.next_message(turn)
        outcomes.append(await desk.verification.open_order(turn, "#W1000001", Contact(email=f"{guess}@x.example")))
    assert outcomes == [Proof.WRONG] * 4 + [Proof.LOCKED]
    assert await desk.verification.open_order(turn, "#W1000001", right) is Proof.LOCKED  # the fifth, once more
    desk.clock.forward(minutes=14)
    assert await desk.verification.open_order(desk.next_message(turn), "#W1000001", right) is Proof.LOCKED
    desk.clock.forward(minutes=2)
    assert await desk.verification.open_order(desk.next_message(turn), "#W1000001", right) is Proof.RIGHT


async def test_an_order_is_locked_for_every_visitor(desk: Any) -> None:
    for guess in range(5):
        await desk.verification.open_order(desk.conversation(), "#W1000001", Contact(postcode=f"{guess}"))
    other = desk.conversation()
    assert await desk.verification.open_order(other, "#W1000001", Contact(postcode="N15QT")) is Proof.LOCKED
    assert (
        await desk.verification.open_order(desk.next_message(other), "#W1000002", Contact(postcode="60614"))
        is Proof.RIGHT
    )


async def test_an_address_is_locked_over_all_orders_and_visitors(desk: Any) -> None:
    email = Contact(email="jo@mail.example")
    for guess in range(5):
        await desk.verification.open_order(desk.conversation(), f"#W200000{guess}", email)
    assert await desk.verification.open_order(desk.conversation(), "#W1000001", email) is Proof.LOCKED


async def test_a_visitor_is_locked_over_all_orders_and_conversations(desk: Any) -> None:
    first = desk.conversation()
    for guess in range(5):
        turn = Turn(desk.conversation().conversation_id, desk.new_id(), first.visitor)
        await desk.verification.open_order(turn, f"#W200000{guess}", Contact(postcode=f"{guess}"))
    assert await desk.verification.open_order(first, "#W1000001", Contact(postcode="N15QT")) is Proof.LOCKED


async def test_slow_guessing_is_not_locked(desk: Any) -> None:
    turn = desk.conversation()
    for guess in range(12):
        turn = desk.next_message(turn)
        assert await desk.verification.open_order(turn, "#W1000001", Contact(postcode=f"{guess}")) is Proof.WRONG
        desk.clock.forward(minutes=4)


@pytest.mark.parametrize("number", ["#W1000001", "#W9999999"])
async def test_a_hundred_guesses_at_once_do_not_pass_the_limit(desk: Any, number: str) -> None:
    turns = [desk.conversation() for _ in range(100)]
    guesses = (
        desk.verification.open_order(turn, number, Contact(postcode=f"{guess:05d}")) for guess, turn in enumerate(turns)
    )
    outcomes = Counter(await asyncio.gather(*guesses))
    assert outcomes == {Proof.WRONG: 4, Proof.LOCKED: 96}


async def test_what_exists_and_what_does_not_is_answered_alike_with_the_same_work(desk: Any) -> None:
    counted: list[str] = []
    sa.event.listen(desk.database.engine, "before_cursor_execute", lambda *arguments: counted.append(arguments[2]))
    heard, work = [], []
    for number in ("#W1000001", "#W9999999"):
        outcomes, turn = [], desk.conversation()
        counted.clear()
        for guess in range(7):
            turn = desk.next_message(turn)
            contact = Contact(email=f"{number[-1]}{guess}@x.example")
            outcomes.append(await desk.verification.open_order(turn, number, contact))
        heard.append(outcomes)
        work.append([statement.split("WHERE")[0] for statement in counted])
    assert heard[0] == heard[1] == [Proof.WRONG] * 4 + [Proof.LOCKED] * 3
    assert work[0] == work[1]


async def test_the_table_of_tries_names_nobody(desk: Any) -> None:
    await desk.verification.open_order(desk.conversation(), "#W1000001", Contact("jo@mail.example", "N15QT"))
    rows = desk.database.read_now(lambda c: c.execute(sa.select(proof_attempts)).all())
    assert len(rows) == 3
    for secret in ("jo@mail", "1000001", "N15QT"):
        assert secret not in str(rows)


async def test_an_identity_token_opens_everything_of_its_customer_and_nothing_of_others(desk: Any) -> None:
    turn = desk.conversation()
    desk.database.write_now(
        lambda c: desk.verification.grant(
            c,
            turn.conversation_id,
            "jo",
            method="identity_token",
            now=desk.clock(),
            until=desk.clock() + timedelta(minutes=5),
        )
    )
    access = await desk.verification.access(turn.conversation_id)
    assert access.level is Level.VERIFIED
    assert access.customer_id == "jo"
    assert await desk.verification.open_order(turn, "#W1000001", Contact()) is Proof.RIGHT
    assert await desk.verification.open_order(turn, "#W1000002", Contact()) is Proof.NEEDED
