"""The one-time code: made, mailed, typed, refused, replaced."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from bot.customers.mail import demo_mailbox
from bot.customers.verification import Level, Proof
from bot.storage.tables import conversations, mails, one_time_codes

pytestmark = pytest.mark.integration
JO = "jo@mail.example"


async def test_the_code_from_the_mail_verifies_the_conversation(desk: Any) -> None:
    turn = desk.conversation()
    assert await desk.verification.request_code(turn, "JO@mail.example") == (Proof.SENT, "jo")
    desk.send_code(turn, "jo", JO, code=42)
    (mail,) = desk.database.read_now(lambda connection: demo_mailbox(connection, 10))
    assert mail["recipient"] == JO
    assert "000042" in mail["body"]
    assert "10 minutes" in mail["body"]
    assert await desk.verification.check_code(desk.next_message(turn), "000042") is Proof.RIGHT
    access = await desk.verification.access(turn.conversation_id)
    assert (access.level, access.customer_id) == (Level.VERIFIED, "jo")


async def test_the_mail_is_in_the_language_of_the_conversation(desk: Any) -> None:
    turn = desk.conversation()
    spoken = sa.update(conversations).where(conversations.c.id == turn.conversation_id).values(locale="fr")
    desk.database.write_now(lambda connection: connection.execute(spoken))
    desk.send_code(turn, "jo", JO, code=42)
    (mail,) = desk.database.read_now(lambda connection: demo_mailbox(connection, 10))
    assert mail["subject"] == "Votre code pour Marlow & Finch : 000042"
    assert "dans les 10 minutes" in mail["body"]


async def test_an_address_on_no_file_is_answered_alike_and_gets_no_mail(desk: Any) -> None:
    turn = desk.conversation()
    assert await desk.verification.request_code(turn, "nobody@mail.example") == (Proof.SENT, None)
    desk.send_code(turn, None, "nobody@mail.example", code=42)
    assert desk.database.read_now(lambda c: c.execute(sa.select(mails)).all()) == []
    assert (await desk.verification.access(turn.conversation_id)).code_open
    outcome = await desk.verification.check_code(desk.next_message(turn), "000042")
    assert outcome is Proof.WRONG
    assert await desk.verification.level(turn.conversation_id) is Level.ANONYMOUS


async def test_a_code_is_stored_as_a_keyed_hash_only(desk: Any) -> None:
    desk.send_code(desk.conversation(), "jo", JO, code=987654)
    rows = desk.database.read_now(lambda c: c.execute(sa.select(one_time_codes)).all())
    assert "987654" not in str(rows)


async def test_a_new_code_makes_the_old_one_useless(desk: Any) -> None:
    turn = desk.conversation()
    desk.send_code(turn, "jo", JO, code=111111)
    desk.clock.forward(seconds=5)
    desk.send_code(desk.next_message(turn), "jo", JO, code=222222)
    assert await desk.verification.check_code(desk.next_message(turn), "111111") is Proof.WRONG
    assert await desk.verification.check_code(desk.next_message(turn), "222222") is Proof.RIGHT


async def test_the_effect_of_a_repeated_turn_sends_nothing_again(desk: Any) -> None:
    turn = desk.conversation()
    desk.send_code(turn, "jo", JO, code=111111)
    desk.send_code(turn, "jo", JO, code=222222)
    assert len(desk.database.read_now(lambda c: c.execute(sa.select(mails)).all())) == 1
    assert await desk.verification.check_code(desk.next_message(turn), "111111") is Proof.RIGHT


async def test_a_code_works_once(desk: Any) -> None:
    turn = desk.conversation()
    desk.send_code(turn, "jo", JO)
    assert await desk.verification.check_code(desk.next_message(turn), "123456") is Proof.RIGHT
    assert await desk.verification.check_code(desk.next_message(turn), "123456") is Proof.WRONG


async def test_a_repeated_turn_gets_the_same_answer(desk: Any) -> None:
    turn = desk.conversation()
    desk.send_code(turn, "jo", JO)
    answer = desk.next_message(turn)
    assert await desk.verification.check_code(answer, "123456") is Proof.RIGHT
    assert await desk.verification.check_code(answer, "123456") is Proof.RIGHT


async def test_a_code_of_another_conversation_does_not_fit(desk: Any) -> None:
    turn, other = desk.conversation(), desk.conversation()
    desk.send_code(turn, "jo", JO)
    assert await desk.verification.check_code(other, "123456") is Proof.WRONG


@pytest.mark.parametrize("code", ["123456", "000000"])
async def test_a_code_that_ran_out_is_told_so_whether_right_or_wrong(desk: Any, code: str) -> None:
    turn = desk.conversation()
    desk.send_code(turn, "jo", JO)
    desk.clock.forward(minutes=11)
    assert await desk.verification.check_code(desk.next_message(turn), code) is Proof.EXPIRED
    assert not (await desk.verification.access(turn.conversation_id)).code_open


@pytest.mark.parametrize(("customer", "email"), [("jo", JO), (None, "nobody@mail.example")])
async def test_a_hundred_codes_at_once_do_not_pass_the_limit(desk: Any, customer: str | None, email: str) -> None:
    turn = desk.conversation()
    desk.send_code(turn, customer, email, code=999_999)
    guesses = (desk.verification.check_code(desk.next_message(turn), f"{guess:06d}") for guess in range(100))
    assert Counter(await asyncio.gather(*guesses)) == {Proof.WRONG: 4, Proof.LOCKED: 96}
    assert await desk.verification.check_code(desk.next_message(turn), "999999") is Proof.LOCKED


async def test_a_strangers_wrong_codes_do_not_lock_the_owner_of_the_address_out(desk: Any) -> None:
    stranger = desk.conversation()
    desk.send_code(stranger, "jo", JO)
    for guess in range(5):
        await desk.verification.check_code(desk.next_message(stranger), f"{guess:06d}")
    owner = desk.conversation()
    desk.send_code(owner, "jo", JO, code=123_456)
    assert await desk.verification.check_code(desk.next_message(owner), "123456") is Proof.RIGHT


@pytest.mark.parametrize("email", [JO, "nobody@mail.example"])
async def test_no_more_codes_are_sent_than_the_limit_on_file_or_not(desk: Any, email: str) -> None:
    outcomes = [(await desk.verification.request_code(desk.conversation(), email))[0] for _ in range(6)]
    assert outcomes == [Proof.SENT] * 5 + [Proof.LOCKED]


async def test_the_level_ends_with_its_time(desk: Any) -> None:
    turn = desk.conversation()
    desk.send_code(turn, "jo", JO)
    await desk.verification.check_code(desk.next_message(turn), "123456")
    desk.clock.forward(minutes=31)
    assert await desk.verification.level(turn.conversation_id) is Level.ANONYMOUS
