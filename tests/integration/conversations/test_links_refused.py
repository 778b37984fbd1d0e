"""Links that lead nowhere, and what does not go along with one that does."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.errors import LinkRefused
from bot.conversations.unit import Rules
from bot.customers.verification import read_access
from bot.storage.channel_tables import link_tokens
from bot.storage.tables import messages, one_time_codes
from tests.support.linked import Shop, shop_of


async def refusal(shop: Shop, token: str, external_id: str = "42", channel: str = "telegram") -> str:
    with pytest.raises(LinkRefused) as refused:
        await shop.follow(token, external_id, channel)
    return refused.value.code


async def test_a_token_works_once(shop) -> None:
    await shop.asks(shop.wanda)
    token = await shop.link()
    await shop.follow(token)
    assert await refusal(shop, token, "77") == "used"
    assert shop.rows(link_tokens, link_tokens.c.used_by == shop.identity("42").id)


async def test_who_brings_their_own_used_token_again_is_asked_again_and_nothing_else_happens(shop, clock) -> None:
    conversation = await shop.asks(shop.wanda)
    token = await shop.link()
    first = await shop.follow(token)
    clock.forward(days=3)

    again = await shop.follow(token)

    assert (again.conversation_id, again.link_id) == (conversation, first.link_id)
    assert [m.response for m in (await shop.said(conversation))[2:]] == [
        "utter_app_linked",
        "utter_which_order",
        "utter_which_order",
    ]
    assert len(shop.links()) == 1


async def test_a_used_token_does_not_link_again_what_was_undone(shop) -> None:
    await shop.asks(shop.wanda)
    token = await shop.link()
    followed = await shop.follow(token)
    await shop.service.undo_link(followed.link_id, "operator")
    assert await refusal(shop, token) == "used"


async def test_an_expired_token_leads_nowhere(shop, clock) -> None:
    await shop.asks(shop.wanda)
    token = await shop.link()
    clock.forward(minutes=10)
    assert await refusal(shop, token) == "expired"


async def test_a_newer_token_takes_the_older_ones_place(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    older, newer = await shop.link(), await shop.link()
    assert await refusal(shop, older) == "unknown"
    assert (await shop.follow(newer)).conversation_id == conversation


@pytest.mark.parametrize("token", ["", "A" * 22, "ÿ" * 64])
async def test_an_invented_token_leads_nowhere(shop, token) -> None:
    assert await refusal(shop, token) == "unknown"


async def test_a_token_is_good_for_its_channel_only_and_stays_good_there(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    token = await shop.link()
    assert await refusal(shop, token, "wanda", "web") == "wrong_channel"
    assert await refusal(shop, token, "somebody", "web") == "wrong_channel"
    assert (await shop.follow(token)).conversation_id == conversation


async def test_a_refused_link_changes_nothing(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    before = shop.conversation(conversation)
    with pytest.raises(LinkRefused) as refused:
        await shop.service.follow_link("A" * 22, "telegram", "42", "en", with_it=lambda unit: pytest.fail("ran"))
    assert refused.value.sentence.startswith("utter_app_link_unknown")
    assert shop.conversation(conversation) == before
    assert shop.rows(link_tokens) == []
    assert (await shop.service.status("telegram", "42")).state == "none"


async def test_two_customers_of_the_shop_are_not_made_one(shop, clock) -> None:
    await shop.asks(shop.wanda)
    await shop.asks(shop.tom)
    shop.know("wanda", "jo")
    shop.know("42", "tunde")
    token = await shop.link()

    with pytest.raises(LinkRefused) as refused:
        await shop.follow(token)

    assert refused.value.code == "other_customer"
    assert refused.value.sentence.startswith("utter_app_link_other_customer")
    assert shop.customer_of("42") != shop.customer_of("wanda")
    shop.know("42", "jo")
    assert (await shop.follow(token)).link_id is not None


async def test_whoever_has_proven_to_be_somebody_else_is_not_let_in(shop, clock) -> None:
    shop.prove(await shop.asks(shop.wanda), "verified", clock.now, "jo")
    shop.prove(await shop.asks(shop.tom), "verified", clock.now, "tunde")
    token = await shop.link()
    assert await refusal(shop, token) == "other_customer"
    clock.forward(minutes=31)  # after that nobody knows who they were
    assert (await shop.follow(await shop.link())).link_id is not None


async def test_what_goes_with_a_link_is_done_with_it(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    told: list[str] = []

    def noted(unit) -> None:
        told.append(unit.connection.execute(sa.select(sa.func.count()).select_from(messages)).scalar_one())

    await shop.service.follow_link(await shop.link(), "telegram", "42", "en", with_it=noted)

    assert told == [len(await shop.said(conversation))]


# -- what was proven ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keeps", "kept", "code_lives"),
    [
        ("verified", {"verified", "matched"}, True),
        ("matched", {"matched"}, False),
        ("nothing", set(), False),
    ],
)
async def test_what_was_proven_goes_along_as_far_as_the_shop_says(
    database, clock, new_id, keeps, kept, code_lives
) -> None:
    shop = shop_of(database, clock, new_id, Rules(link_keeps=keeps))
    conversation = await shop.asks(shop.wanda)
    shop.prove(conversation, "verified", clock.now)
    shop.prove(conversation, "matched", clock.now)
    code = {
        "id": "code",
        "conversation_id": conversation,
        "message_id": "m",
        "shop_customer_id": "jo",
        "code_hash": "0" * 64,
        "created_at": clock.now,
        "expires_at": clock.now + timedelta(minutes=10),
    }
    database.write_now(lambda connection: connection.execute(sa.insert(one_time_codes).values(**code)))

    await shop.linked()

    access = database.read_now(lambda connection: read_access(connection, conversation, clock.now))
    assert shop.proven(conversation) == kept
    assert (access.code_open, shop.row(one_time_codes).used_at) == (code_lives, None)
