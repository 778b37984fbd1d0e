"""What is proven counts for the account that a conversation belongs to, and with others in it no more than is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.conversations.errors import LinkRefused
from bot.conversations.models import Attachment, Received
from bot.conversations.proving import ShopProof
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.storage.tables import customers
from tests.conftest import Clock
from tests.support.core import Visitor, case_book, plain_phrases
from tests.support.linked import Shop

OWN_NUMBER = Attachment("contact", {"own": True, "phone": "+447700900123"})


class Proving(Shop):
    """A shop whose proofs are noted: (conversation, shop's customer, kind)."""

    def __init__(self, service: Conversations, clock: Clock, proofs: list[tuple[str, str, str]]) -> None:
        super().__init__(service)
        self.clock = clock
        self.proofs = proofs

    def proof(self, customer: str) -> ShopProof:
        return ShopProof(customer, self.clock.now + timedelta(minutes=30))

    async def writes_as(self, customer: str, visitor: Visitor | None = None) -> Received:
        """Wanda, or another visitor, writes on the website, signed in as one of the shop's customers."""
        until = self.clock.now + timedelta(minutes=30)
        typed = (visitor or self.wanda).typed("hello")
        return await self.service.receive(replace(typed, shop_customer_id=customer, proven_until=until))

    async def shares_number_of(self, customer: str) -> Received:
        """Tom shares his number on Telegram, which is one profile's."""
        until = self.clock.now + timedelta(minutes=30)
        return await self.tom.sends(
            OWN_NUMBER, words="+447700900123", shop_customer_id=customer, proven_until=until, proven_by="phone"
        )

    async def refusal(self, token: str, external_id: str, channel: str, **proof: Any) -> str:
        with pytest.raises(LinkRefused) as refused:
            await self.service.follow_link(token, channel, external_id, "en", **proof)
        return refused.value.code

    def known(self, external_id: str) -> str | None:
        return self.row(customers, customers.c.id == self.customer_of(external_id)).shop_customer_id


@pytest.fixture
def proving(database, clock, new_id) -> Callable[..., Proving]:
    def with_rules(**rules: Any) -> Proving:
        proofs: list[tuple[str, str, str]] = []
        service = Conversations(
            database,
            plain_phrases(),
            Rules(**rules),
            case_book(database, new_id),
            clock=clock,
            new_id=new_id,
            effect_handlers={},
            instance="one",
            on_proof=lambda unit, conversation, customer, until, kind: proofs.append((conversation, customer, kind)),
        )
        return Proving(service, clock, proofs)

    return with_rules


# -- links of who has never written -------------------------------------------------------------------------


async def test_a_signed_in_visitor_who_has_never_written_is_not_joined_to_another_customer(proving) -> None:
    shop = proving()
    await shop.asks(shop.tom)
    shop.know("42", "alice")
    token = await shop.link("42", "telegram", to="web")

    assert await shop.refusal(token, "bob", "web", proof=shop.proof("bob")) == "other_customer"

    assert shop.links() == []
    followed = await shop.service.follow_link(token, "web", "bob", "en", proof=shop.proof("alice"))
    assert followed.link_id is not None


async def test_nobody_else_is_joined_to_a_signed_in_visitor_who_has_never_written(proving) -> None:
    shop = proving()
    await shop.asks(shop.tom)
    shop.know("42", "alice")

    token, _ = await shop.service.open_link("web", "bob", "telegram", "en", proof=shop.proof("bob"))

    assert shop.known("bob") == "bob"
    assert await shop.refusal(token, "42", "telegram") == "other_customer"


async def test_a_proof_that_has_run_out_says_nothing_about_who_follows_a_link(proving, clock) -> None:
    shop = proving()
    await shop.asks(shop.tom)
    shop.know("42", "alice")
    proof = shop.proof("bob")
    clock.forward(minutes=30)
    token = await shop.link("42", "telegram", to="web")

    followed = await shop.service.follow_link(token, "web", "bob", "en", proof=proof)

    assert followed.link_id is not None


# -- proof of another customer than the conversation's ------------------------------------------------------


async def test_a_token_of_another_customer_verifies_nothing_but_the_message_is_taken(proving) -> None:
    shop = proving()
    conversation = await shop.asks(shop.tom)
    shop.know("42", "alice")
    await shop.follow(await shop.link("42", "telegram", to="web"), "wanda", "web")

    received = await shop.writes_as("bob")

    assert (received.conversation_id, received.needs_turn) == (conversation, True)
    assert (shop.proofs, shop.known("42")) == ([], "alice")


async def test_a_number_of_another_customer_verifies_nothing_and_is_only_kept(proving) -> None:
    shop = proving()
    conversation = (await shop.writes_as("alice")).conversation_id
    await shop.linked()

    received = await shop.shares_number_of("zoe")

    assert shop.proofs == [(conversation, "alice", "identity_token")]
    assert received.change is not None
    assert [message.response for message in received.change.messages[1:]] == ["utter_app_contact_kept"]
    assert shop.known("42") == "alice"


async def test_proof_of_somebody_else_than_a_code_has_shown_verifies_nothing(proving, clock) -> None:
    shop = proving()
    conversation = await shop.asks(shop.tom)
    shop.prove(conversation, "verified", clock.now, "alice")

    await shop.shares_number_of("zoe")
    clock.forward(minutes=31)  # after that nobody knows who they were
    await shop.shares_number_of("zoe")

    assert shop.proofs == [(conversation, "zoe", "phone")]


# -- with others in the conversation ------------------------------------------------------------------------


@pytest.mark.parametrize(("keeps", "verified"), [("verified", 2), ("matched", 1), ("nothing", 1)])
async def test_where_somebody_reads_along_a_token_opens_no_more_than_a_link_keeps(proving, keeps, verified) -> None:
    shop = proving(link_keeps=keeps)
    conversation = (await shop.writes_as("alice")).conversation_id
    await shop.linked()

    await shop.writes_as("alice")

    assert shop.proofs == [(conversation, "alice", "identity_token")] * verified


async def test_what_is_proven_on_purpose_counts_whatever_a_link_keeps(proving) -> None:
    shop = proving(link_keeps="nothing")
    conversation = await shop.asks(shop.wanda)
    await shop.linked()
    await shop.shares_number_of("alice")
    assert shop.proofs == [(conversation, "alice", "phone")]


async def test_once_nobody_reads_along_a_token_opens_the_account_again(proving) -> None:
    shop = proving(link_keeps="nothing")
    conversation = (await shop.writes_as("alice")).conversation_id
    followed = await shop.linked()
    await shop.service.undo_link(followed.link_id or "", "operator")
    await shop.writes_as("alice")
    assert shop.proofs == [(conversation, "alice", "identity_token")] * 2


@pytest.mark.parametrize(("keeps", "kept"), [("verified", {"verified", "matched"}), ("matched", {"matched"})])
async def test_who_writes_to_a_later_conversation_finds_no_more_proven_than_a_link_keeps(
    proving, clock, keeps, kept
) -> None:
    shop = proving(link_keeps=keeps)
    first = (await shop.wanda.types("bye")).conversation_id
    await shop.linked()
    await shop.end(first)
    clock.forward(minutes=1)
    later = await shop.asks(shop.wanda)
    shop.prove(later, "verified", clock.now)
    shop.prove(later, "matched", clock.now)

    assert (await shop.tom.types("hello")).conversation_id == later

    assert shop.proven(later) == kept
