"""Tokens and links as rows: worth something once, for a while, and nothing that lets anybody guess more often."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.unit import Rules, new_token
from bot.customers import links
from bot.customers.contacts import Contact
from bot.customers.proofs import Turn
from bot.customers.verification import Proof
from bot.storage.channel_tables import link_tokens
from bot.storage.tables import identities, one_time_codes, proof_attempts
from tests.support.linked import Shop, shop_of

LIVES = timedelta(minutes=10)
WRONG = Contact(email="wrong@mail.example")


@pytest.fixture
def asker(desk) -> str:
    """The identity that asks for tokens."""
    return identity_of(desk, desk.conversation())


def identity_of(desk, turn: Turn) -> str:
    wanted = sa.select(identities.c.id).where(identities.c.customer_id == turn.visitor)
    return str(desk.database.read_now(lambda connection: connection.execute(wanted).scalar_one()))


def issue(desk, identity_id: str, token: str, to_channel: str = "telegram") -> None:
    desk.database.write_now(
        lambda connection: links.issue(
            connection,
            token_id=desk.new_id(),
            token=token,
            identity_id=identity_id,
            to_channel=to_channel,
            now=desk.clock(),
            lives=LIVES,
        )
    )


def found(desk, token: str):
    return desk.database.read_now(lambda connection: links.find(connection, token))


def test_a_token_is_long_random_and_fits_every_link() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22,64}", token) for token in tokens)


def test_a_token_is_stored_as_its_hash(desk, asker) -> None:
    issue(desk, asker, "secret")
    row = desk.database.read_now(lambda connection: connection.execute(sa.select(link_tokens)).one())
    assert "secret" not in map(str, row)
    assert (found(desk, "secret").id, found(desk, "Secret")) == (row.id, None)
    assert row.expires_at == desk.clock() + LIVES


def test_a_new_token_replaces_those_of_the_same_identity_for_the_same_channel(desk, asker) -> None:
    other = identity_of(desk, desk.conversation())
    issue(desk, asker, "first")
    issue(desk, asker, "for the web", "web")
    issue(desk, other, "somebody else's")
    issue(desk, asker, "second")
    standing = [token for token in ("first", "second", "for the web", "somebody else's") if found(desk, token)]
    assert standing == ["second", "for the web", "somebody else's"]


def test_a_used_token_stays_known_as_used(desk, asker) -> None:
    issue(desk, asker, "first")
    token_id = found(desk, "first").id
    assert desk.database.write_now(lambda connection: links.use(connection, token_id, asker, desk.clock()))
    issue(desk, asker, "second")
    assert found(desk, "first").used_by == asker


def test_of_many_who_use_a_token_at_once_one_does(desk, asker) -> None:
    issue(desk, asker, "first")
    token_id = found(desk, "first").id

    def use(_: int) -> bool:
        return desk.database.write_now(lambda connection: links.use(connection, token_id, asker, desk.clock()))

    with ThreadPoolExecutor(6) as many:
        assert sorted(many.map(use, range(6))) == [False] * 5 + [True]


# -- proofs -------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(database, clock, new_id) -> Shop:
    return shop_of(database, clock, new_id, Rules())


async def pending(shop: Shop, conversation_id: str) -> Turn:
    """The turn that waits, as an action sees it."""
    due = await shop.service.next_turn(conversation_id)
    assert due is not None
    await shop.turn(conversation_id)
    return Turn(due.conversation_id, due.message_id, due.customer_id)


async def guesses(shop: Shop, desk, writes, times: int, number: str = "#W100000{}") -> list[Proof]:
    """What comes of wrong contacts for that many orders, one message each."""
    outcomes = []
    for order in range(times):
        turn = await pending(shop, (await writes("is it this one?")).conversation_id)
        outcomes.append(await desk.verification.open_order(turn, number.format(order), WRONG))
    return outcomes


async def test_another_channel_gives_no_further_tries(shop, desk) -> None:
    assert await guesses(shop, desk, shop.wanda.types, 4) == [Proof.WRONG] * 4
    await shop.linked()
    assert await guesses(shop, desk, shop.tom.types, 2, "#W200000{}") == [Proof.LOCKED] * 2


async def test_tries_on_the_other_channel_count_when_the_link_is_undone(shop, desk) -> None:
    await shop.wanda.types("hello")
    followed = await shop.linked()
    await guesses(shop, desk, shop.tom.types, 4)
    await shop.service.undo_link(followed.link_id, "operator")
    assert await guesses(shop, desk, shop.wanda.types, 1, "#W200000{}") == [Proof.LOCKED]


async def test_tries_of_a_code_are_counted_over_both_channels(shop, desk) -> None:
    turn = await pending(shop, (await shop.wanda.types("my profile")).conversation_id)
    desk.send_code(turn, "jo", "jo@mail.example")
    wrong = []
    for number in range(5):
        writes = shop.wanda.types if number < 2 else shop.tom.types
        if number == 2:
            await shop.linked()
        turn = await pending(shop, (await writes("it is")).conversation_id)
        wrong.append(await desk.verification.check_code(turn, "000000"))
    assert wrong == [Proof.WRONG] * 4 + [Proof.LOCKED]


async def test_a_code_that_may_not_go_along_has_run_out_and_is_no_guess(desk, database, clock, new_id) -> None:
    shop = shop_of(database, clock, new_id, Rules(link_keeps="matched"))
    turn = await pending(shop, (await shop.wanda.types("my profile")).conversation_id)
    desk.send_code(turn, "jo", "jo@mail.example")
    await shop.linked()

    for code in ("123456", "000000"):
        turn = await pending(shop, (await shop.tom.types(code)).conversation_id)
        assert await desk.verification.check_code(turn, code) is Proof.EXPIRED

    assert shop.row(one_time_codes).used_at is None
    assert {row.succeeded for row in shop.rows(proof_attempts)} == {True}
