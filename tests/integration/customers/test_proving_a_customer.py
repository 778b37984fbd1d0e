"""E-mail and postcode, or name and postcode, as a proof of who writes: only where the shop says so."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.customers.contacts import Contact
from bot.customers.proofs import Turn
from bot.customers.verification import Level, Proof
from bot.storage.tables import proof_attempts, verifications

pytestmark = pytest.mark.integration
MEI = ("Mei", "Halasz")


@pytest.fixture
def names(make_desk: Any) -> Any:
    """A desk that takes name and postcode."""
    return make_desk("name_postcode")


@pytest.mark.parametrize(
    ("change_proof", "said", "customer", "method"),
    [
        ("email_postcode", {"email": "JO@mail.example", "postcode": "n1 5qt"}, "jo", "email_postcode"),
        ("name_postcode", {"email": "jo@mail.example", "postcode": "N15QT"}, "jo", "email_postcode"),
        ("name_postcode", {"name": ("mei", "halasz"), "postcode": "80222"}, "mei-3", "name_postcode"),
        ("name_postcode", {"email": "typo@x.example", "name": MEI, "postcode": "80222"}, "mei-3", "name_postcode"),
        (
            "email_postcode",
            {"email": "mei-2@mail.example", "name": MEI, "postcode": "28202"},
            "mei-2",
            "email_postcode",
        ),
    ],
)
async def test_it_opens_the_account(make_desk: Any, change_proof: str, said: Any, customer: str, method: str) -> None:
    desk = make_desk(change_proof)
    turn = desk.conversation()
    assert await desk.verification.prove_customer(turn, **said) is Proof.RIGHT
    access = await desk.verification.access(turn.conversation_id)
    assert (access.level, access.customer_id) == (Level.VERIFIED, customer)
    assert desk.database.read_now(lambda c: c.execute(sa.select(verifications.c.method)).scalar()) == method


@pytest.mark.parametrize(
    ("change_proof", "said"),
    [
        ("one_time_code", {"email": "jo@mail.example", "name": MEI, "postcode": "N15QT"}),
        ("email_postcode", {"name": MEI, "postcode": "80222"}),
        ("email_postcode", {"email": "jo@mail.example"}),
        ("name_postcode", {"name": MEI}),
        ("name_postcode", {"email": "jo@mail.example"}),
        ("name_postcode", {"postcode": "80222"}),
        ("name_postcode", {"name": ("", "-"), "postcode": "80222"}),
        ("name_postcode", {"email": "", "name": MEI, "postcode": " "}),
        ("name_postcode", {}),
    ],
)
async def test_what_is_no_proof_here_is_not_judged(make_desk: Any, change_proof: str, said: Any) -> None:
    desk = make_desk(change_proof)
    turn = desk.conversation()
    assert await desk.verification.prove_customer(turn, **said) is Proof.NEEDED
    assert desk.database.read_now(lambda c: c.execute(sa.select(proof_attempts)).all()) == []


@pytest.mark.parametrize(
    "said",
    [
        {"email": "jo@mail.example", "postcode": "60614"},
        {"email": "nobody@mail.example", "postcode": "N15QT"},
        {"name": ("Mei", "Halas"), "postcode": "80222"},
        {"name": MEI, "postcode": "80211"},
        {"name": MEI, "postcode": "28202"},  # two of them
        {"email": "tunde@mail.example", "name": ("Jo", "Hart"), "postcode": "1"},
    ],
)
async def test_anything_else_is_wrong_and_opens_nothing(names: Any, said: Any) -> None:
    turn = names.conversation()
    assert await names.verification.prove_customer(turn, **said) is Proof.WRONG
    assert await names.verification.level(turn.conversation_id) is Level.ANONYMOUS


async def test_the_address_of_one_and_the_name_of_another_are_proof_of_neither(names: Any) -> None:
    shop = names.verification._shop
    shop.people["jo"] = replace(shop.people["jo"], address=shop.people["mei-3"].address)
    said = {"email": "jo@mail.example", "name": MEI, "postcode": "80222"}
    assert await names.verification.prove_customer(names.conversation(), **said) is Proof.WRONG


async def test_who_is_verified_does_not_become_somebody_else(names: Any) -> None:
    turn = names.conversation()
    await names.verification.prove_customer(turn, email="jo@mail.example", postcode="N15QT")
    again = names.next_message(turn)
    assert await names.verification.prove_customer(again, name=MEI, postcode="80222") is Proof.WRONG
    assert (await names.verification.access(turn.conversation_id)).customer_id == "jo"


async def test_it_holds_as_long_as_any_other_proof(names: Any) -> None:
    turn = names.conversation()
    await names.verification.prove_customer(turn, name=MEI, postcode="80222")
    names.clock.forward(minutes=29)
    assert await names.verification.level(turn.conversation_id) is Level.VERIFIED
    names.clock.forward(minutes=2)
    assert await names.verification.level(turn.conversation_id) is Level.ANONYMOUS


async def test_the_lock_is_told_with_the_try_that_causes_it_and_ends(names: Any) -> None:
    turn, outcomes = names.conversation(), []
    for guess in range(6):
        turn = names.next_message(turn)
        outcomes.append(await names.verification.prove_customer(turn, name=MEI, postcode=f"8021{guess}"))
    assert outcomes == [Proof.WRONG] * 4 + [Proof.LOCKED] * 2
    turn = names.next_message(turn)
    assert await names.verification.prove_customer(turn, name=MEI, postcode="80222") is Proof.LOCKED
    names.clock.forward(minutes=16)
    turn = names.next_message(turn)
    assert await names.verification.prove_customer(turn, name=MEI, postcode="80222") is Proof.RIGHT


async def test_a_visitor_is_locked_over_names_and_conversations(names: Any) -> None:
    first = names.conversation()
    for guess in range(5):
        turn = Turn(names.conversation().conversation_id, names.new_id(), first.visitor)
        await names.verification.prove_customer(turn, name=("Guess", "abcdef"[guess]), postcode="80222")
    assert await names.verification.prove_customer(first, name=MEI, postcode="80222") is Proof.LOCKED
    other = names.conversation()
    assert await names.verification.prove_customer(other, name=MEI, postcode="80222") is Proof.RIGHT


async def test_a_name_is_locked_over_postcodes_and_visitors(names: Any) -> None:
    for guess in range(5):
        await names.verification.prove_customer(names.conversation(), name=MEI, postcode=f"9999{guess}")
    assert await names.verification.prove_customer(names.conversation(), name=MEI, postcode="80222") is Proof.LOCKED
    jo = {"email": "jo@mail.example", "postcode": "N15QT"}
    assert await names.verification.prove_customer(names.conversation(), **jo) is Proof.RIGHT


async def test_an_address_is_locked_over_postcodes_visitors_and_ways_to_prove(names: Any) -> None:
    for guess in range(3):
        said = {"email": "jo@mail.example", "postcode": f"9999{guess}"}
        await names.verification.prove_customer(names.conversation(), **said)
    for guess in range(2):
        await names.verification.open_order(names.conversation(), f"#W200000{guess}", Contact("jo@mail.example"))
    right = {"email": "jo@mail.example", "postcode": "N15QT"}
    assert await names.verification.prove_customer(names.conversation(), **right) is Proof.LOCKED


@pytest.mark.parametrize("name", [MEI, ("No", "Body")])
async def test_a_hundred_guesses_at_once_do_not_pass_the_limit(names: Any, name: tuple[str, str]) -> None:
    turns = [names.conversation() for _ in range(100)]
    guesses = (
        names.verification.prove_customer(turn, name=name, postcode=f"{guess:05d}") for guess, turn in enumerate(turns)
    )
    assert Counter(await asyncio.gather(*guesses)) == {Proof.WRONG: 4, Proof.LOCKED: 96}


async def test_a_repeated_turn_gets_the_same_answer_and_counts_once(names: Any) -> None:
    turn = names.conversation()
    for _ in range(7):
        assert await names.verification.prove_customer(turn, name=MEI, postcode="1") is Proof.WRONG
    assert await names.verification.prove_customer(names.next_message(turn), name=MEI, postcode="80222") is Proof.RIGHT


async def test_who_exists_and_who_does_not_is_answered_alike_with_the_same_work(names: Any) -> None:
    counted: list[str] = []
    sa.event.listen(names.database.engine, "before_cursor_execute", lambda *arguments: counted.append(arguments[2]))
    heard, work = [], []
    for name, email in ((MEI, "jo@mail.example"), (("No", "Body"), "nobody@mail.example")):
        outcomes, turn = [], names.conversation()
        counted.clear()
        for guess in range(7):
            turn = names.next_message(turn)
            said = {"name": name, "email": email, "postcode": f"9999{guess}"}
            outcomes.append(await names.verification.prove_customer(turn, **said))
        heard.append(outcomes)
        work.append([statement.split("WHERE")[0] for statement in counted])
    assert heard[0] == heard[1] == [Proof.WRONG] * 4 + [Proof.LOCKED] * 3
    assert work[0] == work[1]


async def test_the_table_of_tries_names_nobody(names: Any) -> None:
    await names.verification.prove_customer(names.conversation(), name=MEI, email="jo@mail.example", postcode="80222")
    rows = names.database.read_now(lambda c: c.execute(sa.select(proof_attempts)).all())
    assert len(rows) == 3
    for secret in ("mei", "halasz", "jo@mail", "80222"):
        assert secret not in str(rows).lower()


async def test_a_code_opens_an_account_whatever_else_is_a_proof(names: Any) -> None:
    turn = names.conversation()
    names.send_code(turn, "jo", "jo@mail.example")
    assert await names.verification.check_code(names.next_message(turn), "123456") is Proof.RIGHT
