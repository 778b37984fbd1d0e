"""A link undone: the identity is again who it was, reads nothing more of the other, and the conversation goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.conversations.errors import LinkRefused, Refused
from bot.conversations.models import Reply
from bot.conversations.sweeper import Sweeper
from bot.storage.tables import deliveries, surveys
from tests.support.linked import Shop
from tests.support.telegram_customer import TelegramCustomer

UNLINK = "app:unlink:"


async def undo(shop: Shop, link_id: str | None) -> None:
    assert link_id is not None
    await shop.service.undo_link(link_id, "operator")


async def refusal(shop: Shop, link_id: str | None) -> str:
    with pytest.raises(LinkRefused) as refused:
        await undo(shop, link_id)
    return refused.value.code


# -- by the button ------------------------------------------------------------------------------------------


async def test_whoever_followed_a_link_undoes_it_and_is_told_so(shop) -> None:
    before = (await shop.tom.types("hello")).customer_id
    conversation = await shop.asks(shop.wanda)
    await shop.linked()

    receipt = await shop.tom.taps(await shop.button(conversation, UNLINK))

    told = (await shop.said(conversation))[-1]
    assert (told.kind, told.response) == ("notice", "utter_app_unlinked")
    assert shop.sent_to("42", told) == ("waiting", False)
    assert shop.customer_of("42") == before
    assert receipt.change is not None
    assert (receipt.change.moved, receipt.change.customer_id) == (True, shop.customer_of("wanda"))
    (link,) = shop.links()
    assert link.undone_by == "customer"


async def test_the_conversation_goes_on_where_it_came_from(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    await shop.linked()

    await shop.tom.taps(await shop.button(conversation, UNLINK))

    now = shop.conversation(conversation)
    assert (now.state, now.channel, now.identity_id) == ("open", "web", shop.identity("wanda").id)
    assert shop.taking_part(conversation) == {"wanda"}
    assert (await shop.wanda.types("W1")).conversation_id == conversation
    await shop.turn(conversation)
    assert shop.sent_to("42", (await shop.said(conversation))[-1]) is None


async def test_whoever_asked_for_a_link_undoes_it_and_both_are_told(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    await shop.linked()

    await shop.wanda.taps(await shop.button(conversation, UNLINK))

    told = (await shop.said(conversation))[-1]
    assert (told.response, told.channel) == ("utter_app_unlinked", "web")
    assert shop.sent_to("42", told) == ("waiting", True)
    assert shop.customer_of("42") != shop.customer_of("wanda")


async def test_what_waits_to_be_sent_to_the_identity_is_kept_back(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    await shop.linked()
    notice, question = (await shop.said(conversation))[-2:]

    await shop.wanda.taps(await shop.button(conversation, UNLINK))

    assert shop.sent_to("42", notice) == shop.sent_to("42", question) == ("failed", False)
    assert {row.error for row in shop.rows(deliveries, deliveries.c.state == "failed")} == {"unlinked"}


async def test_the_identity_reads_nothing_of_the_other_any_more(shop) -> None:
    conversation = await shop.asks(shop.tom)
    followed = await shop.follow(await shop.link("42", "telegram", to="web"), "visitor", "web")
    assert (await shop.service.status("web", "visitor")).conversation_id == conversation

    await undo(shop, followed.link_id)

    assert (await shop.service.status("web", "visitor")).state == "none"
    assert (await shop.service.status("telegram", "42")).conversation_id == conversation


async def test_buttons_of_the_conversation_are_no_longer_theirs(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    followed = await shop.linked()
    question = (await shop.said(conversation))[-1]
    await undo(shop, followed.link_id)
    with pytest.raises(Refused, match="unknown_choice"):
        await shop.tom.taps(question.choices[0]["id"])


async def test_a_button_undoes_once(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    await shop.linked()
    button = await shop.button(conversation, UNLINK)
    await shop.wanda.taps(button)
    before = await shop.said(conversation)
    with pytest.raises(LinkRefused, match="superseded"):
        await shop.wanda.taps(button)
    assert await shop.said(conversation) == before


async def test_a_button_undoes_when_the_conversation_is_long_over(shop, clock) -> None:
    first = (await shop.wanda.types("bye")).conversation_id
    await shop.linked()
    await shop.end(first)
    clock.forward(days=40)
    second = await shop.asks(shop.tom)
    assert second != first

    await shop.wanda.taps(await shop.button(first, UNLINK))

    assert shop.customer_of("42") != shop.customer_of("wanda")
    assert shop.conversation(second).identity_id == shop.identity("wanda").id


async def test_somebody_elses_button_is_no_button(shop, clock) -> None:
    conversation = await shop.asks(shop.wanda)
    await shop.linked()
    stranger = TelegramCustomer(shop.service, "99")
    await stranger.types("hello")
    with pytest.raises(Refused, match="unknown_choice"):
        await stranger.taps(await shop.button(conversation, UNLINK))
    assert shop.customer_of("42") == shop.customer_of("wanda")


async def test_whoever_left_cannot_undo_the_links_of_those_who_stayed(shop, clock) -> None:
    conversation = await shop.asks(shop.wanda)
    await shop.linked()
    button = await shop.button(conversation, UNLINK)
    clock.forward(minutes=1)
    await shop.follow(await shop.link(), "77")
    clock.forward(minutes=1)
    other = TelegramCustomer(shop.service, "55")
    await shop.asks(other)
    await shop.follow(await shop.link("55", "telegram"), "42")  # Tom is somebody else's now
    for choice in (button, await shop.button(conversation, UNLINK)):
        with pytest.raises(Refused, match="unknown_choice"):
            await shop.tom.taps(choice)
    assert shop.customer_of("77") == shop.customer_of("wanda")


# -- what stays ---------------------------------------------------------------------------------------------


async def test_nothing_stays_proven(shop, clock) -> None:
    conversation = await shop.asks(shop.wanda)
    shop.prove(conversation, "matched", clock.now)
    followed = await shop.linked()
    shop.prove(conversation, "verified", clock.now)
    await undo(shop, followed.link_id)
    assert shop.proven(conversation) == set()


async def test_a_conversation_in_which_they_never_were_keeps_what_was_proven(shop, clock) -> None:
    ended = (await shop.wanda.types("bye")).conversation_id
    followed = await shop.linked()
    await shop.end(ended)
    clock.forward(minutes=1)
    conversation = await shop.asks(shop.wanda)
    shop.prove(conversation, "verified", clock.now)

    await undo(shop, followed.link_id)

    assert shop.proven(conversation) == {"verified"}
    assert "utter_app_unlinked" not in [message.response for message in await shop.said(conversation)]


async def test_what_they_say_afterwards_is_a_conversation_of_their_own(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    followed = await shop.linked()
    await shop.tom.types("W1")
    await undo(shop, followed.link_id)

    later = await shop.tom.types("hello again")

    assert later.conversation_id != conversation
    assert later.customer_id != shop.customer_of("wanda")


async def test_a_turn_that_runs_meanwhile_is_answered_where_the_conversation_stays(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    followed = await shop.linked()
    await shop.tom.types("W1")
    due = await shop.service.next_turn(conversation)
    assert due is not None
    result = await shop.engine.run(due, due.history)

    await undo(shop, followed.link_id)
    change = await shop.service.commit_turn(due, result, 1)

    (reply,) = change.messages
    assert reply.channel == "web"
    assert shop.sent_to("42", reply) is None


async def test_a_conversation_of_theirs_alone_goes_to_who_asked_for_the_link(shop, clock) -> None:
    ended = (await shop.wanda.types("bye")).conversation_id
    followed = await shop.linked()
    await shop.end(ended)
    clock.forward(minutes=1)
    conversation = await shop.asks(shop.tom)

    await undo(shop, followed.link_id)

    assert shop.conversation(conversation).identity_id == shop.identity("wanda").id


async def test_a_conversation_that_nobody_is_left_in_has_ended(shop, clock) -> None:
    conversation = await shop.asks(shop.wanda)
    followed = await shop.linked()
    clock.forward(minutes=1)
    await shop.follow(await shop.link("somebody", "web"), "55")
    await shop.follow(await shop.link("55", "telegram", to="web"), "wanda", "web")  # she goes, he stays

    await undo(shop, followed.link_id)

    now = shop.conversation(conversation)
    assert (now.state, now.end_reason) == ("ended", "left")
    assert shop.row(surveys).conversation_id == conversation


async def test_a_conversation_that_owes_an_answer_asks_for_no_rating_when_nobody_is_left_in_it(shop, clock) -> None:
    conversation = await shop.asks(shop.wanda)
    followed = await shop.linked()
    clock.forward(minutes=1)
    await shop.follow(await shop.link("somebody", "web"), "55")
    await shop.follow(await shop.link("55", "telegram", to="web"), "wanda", "web")
    await shop.tom.types("and my lamp?")

    (change,) = await shop.service.undo_link(followed.link_id or "", "operator")

    assert change.ended
    said = [message.response or message.text for message in await shop.said(conversation)]
    assert said[-3:] == ["and my lamp?", "utter_app_unlinked", "utter_app_write_anew"]
    assert shop.row(surveys).exempt_reason == "unanswered"


# -- one after the other ------------------------------------------------------------------------------------


async def test_linking_back_and_forth_can_be_undone_step_by_step(shop, clock) -> None:
    own = (await shop.tom.types("hello")).customer_id
    await shop.asks(shop.wanda)
    nora = TelegramCustomer(shop.service, "77")
    await shop.asks(nora)
    steps = []
    for asking in (("wanda", "web"), ("77", "telegram"), ("wanda", "web")):
        before = shop.customer_of("42")
        steps.append((before, (await shop.follow(await shop.link(*asking))).link_id))
        clock.forward(minutes=1)
    assert [link.undone_at for link in shop.links()] == [None] * 3

    for customer, link_id in reversed(steps):
        await undo(shop, link_id)
        assert shop.customer_of("42") == customer
        clock.forward(minutes=1)

    assert steps[0][0] == own


async def test_linked_undone_and_linked_again_it_stands_again(shop, clock) -> None:
    conversation = await shop.asks(shop.wanda)
    first = await shop.linked()
    await undo(shop, first.link_id)
    clock.forward(minutes=1)

    second = await shop.linked()

    assert second.conversation_id == conversation
    assert second.link_id != first.link_id
    assert shop.taking_part(conversation) == {"42", "wanda"}
    assert await refusal(shop, first.link_id) == "superseded"
    assert shop.customer_of("42") == shop.customer_of("wanda")


async def test_only_the_last_link_of_an_identity_can_be_undone(shop, clock) -> None:
    await shop.asks(shop.wanda)
    first = await shop.linked()
    clock.forward(minutes=1)
    await shop.asks(TelegramCustomer(shop.service, "77"))
    second = await shop.follow(await shop.link("77", "telegram"))

    assert await refusal(shop, first.link_id) == "superseded"
    assert shop.customer_of("42") == shop.customer_of("77")

    await undo(shop, second.link_id)
    assert shop.customer_of("42") == shop.customer_of("wanda")
    await undo(shop, first.link_id)
    assert shop.customer_of("42") != shop.customer_of("wanda")


async def test_a_link_that_never_was_cannot_be_undone(shop) -> None:
    assert await refusal(shop, "0" * 32) == "unknown"


async def test_tokens_of_who_is_moved_lead_nowhere(shop) -> None:
    await shop.asks(shop.wanda)
    followed = await shop.linked()
    invited = await shop.link("42", "telegram", to="web")
    await undo(shop, followed.link_id)
    with pytest.raises(LinkRefused, match="unknown"):
        await shop.follow(invited, "stranger", "web")


# -- by an operator -----------------------------------------------------------------------------------------


async def test_both_sides_are_told_of_an_operators_undoing(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    followed = await shop.linked()
    assert followed.link_id is not None

    (change,) = await shop.service.undo_link(followed.link_id, "operator")

    (told,) = change.messages
    assert (change.conversation_id, change.moved, told.response) == (conversation, True, "utter_app_unlinked")
    assert shop.sent_to("42", told) == ("waiting", False)
    assert shop.conversation(conversation).identity_id == shop.identity("wanda").id


async def test_another_process_hears_of_an_operators_undoing_once(shop, heard, clock) -> None:
    conversation = await shop.asks(shop.wanda)
    followed = await shop.linked()
    await undo(shop, followed.link_id)
    heard.changes.clear()
    sweeper = Sweeper(shop.service, 15.0)

    for _ in range(2):
        clock.forward(seconds=15)
        await sweeper.sweep()

    (change,) = heard.changes
    assert (change.conversation_id, change.customer_id, change.moved) == (
        conversation,
        shop.customer_of("wanda"),
        True,
    )


async def test_a_survey_of_the_conversation_goes_on(shop) -> None:
    conversation = (await shop.wanda.types("bye")).conversation_id
    followed = await shop.linked()
    shop.engine.scripted["thanks"] = [(Reply("Bye.", custom={"effects": [{"type": "end", "reason": "done"}]}),)]
    await shop.turn(conversation)
    await shop.wanda.types("thanks")
    await shop.turn(conversation)
    await undo(shop, followed.link_id)
    await shop.wanda.taps(await shop.button(conversation, "app:rate:3"))
    assert shop.row(surveys).score == 3
    assert shop.row(surveys).closes_at - shop.row(surveys).due_at == timedelta(hours=72)
