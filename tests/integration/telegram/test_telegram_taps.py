"""Buttons: each counts once, a rating as often as it is changed, and Telegram always hears that they were heard."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.conversations.errors import TransportError
from bot.conversations.models import Choice, Draft
from bot.conversations.transcript import append
from bot.storage.tables import choices, conversations, messages
from tests.support.telegram_in import WayIn
from tests.support.telegram_updates import person, tapped, typed


async def offer(inward: WayIn, *payloads: str, sender: int = 42) -> list[str]:
    """Have the customer say something and be offered buttons; their ids."""
    await inward.takes(typed(1, "hello", sender=sender))
    ids = [f"choice{n}" + "0" * 20 for n in range(len(payloads))]
    offered = tuple(Choice(own, f"Title {own[6]}", payload) for own, payload in zip(ids, payloads, strict=True))

    def work(unit):  # type: ignore[no-untyped-def]
        (conversation,) = unit.connection.execute(sa.select(conversations.c.id)).scalars()
        append(unit, conversation, [Draft("Which?", choices=offered)])

    await inward.conversations.transact(work)
    return ids


async def kinds(inward: WayIn) -> list[tuple[str, str | None]]:
    rows = await inward.rows(
        sa.select(messages.c.text, messages.c.payload).where(messages.c.kind == "choice").order_by(messages.c.seq)
    )
    return [tuple(row) for row in rows]


async def test_a_tap_is_the_choice_it_stands_for_and_is_answered(inward) -> None:
    (choice, _) = await offer(inward, "/list_orders", "/help")
    await inward.takes(tapped(2, choice, "q1"))
    assert await kinds(inward) == [("Title 0", "/list_orders")]
    assert inward.client.answers() == [{"callback_query_id": "q1"}]
    assert (await inward.outcomes())[2] == "tap"


async def test_what_was_chosen_is_marked_on_the_message(inward) -> None:
    (_, choice) = await offer(inward, "/list_orders", "/help")
    await inward.takes(tapped(2, choice, under=17))
    (call,) = await inward.queued()
    assert (call.key, call.chat_id, call.method) == (f"mark:{choice}", 42, "editMessageReplyMarkup")
    row = [{"text": "✓ Title 1", "callback_data": choice}]
    assert call.arguments == {"message_id": 17, "reply_markup": {"inline_keyboard": [row]}}


async def test_a_button_that_something_was_said_after_is_not_marked_as_if_it_had_its_effect(inward) -> None:
    (choice,) = await offer(inward, "/affirm")
    await inward.takes(typed(2, "something else", number=6), tapped(3, choice, "q1"))
    assert (await kinds(inward))[-1] == ("Title 0", "/affirm")
    assert inward.client.answers() == [{"callback_query_id": "q1"}]
    assert await inward.queued() == []


async def test_the_second_tap_of_a_button_does_nothing_but_is_answered(inward) -> None:
    (choice,) = await offer(inward, "/list_orders")
    await inward.takes(tapped(2, choice, "q1"))
    await inward.takes(tapped(3, choice, "q2"), tapped(4, choice, "q3"))
    assert len(await kinds(inward)) == 1
    assert [answer["callback_query_id"] for answer in inward.client.answers()] == ["q1", "q2", "q3"]
    assert len(await inward.queued()) == 1


async def test_every_tap_of_a_rating_counts_and_none_is_marked(inward) -> None:
    bad, good = await offer(inward, "app:rate:1", "app:rate:5")

    def end(unit):  # type: ignore[no-untyped-def]
        from bot.conversations.ending import end_conversation

        (conversation,) = unit.connection.execute(sa.select(conversations.c.id)).scalars()
        end_conversation(unit, conversation, "done")

    await inward.conversations.transact(end)
    await inward.takes(tapped(2, good), tapped(3, bad), tapped(4, good))
    assert [payload for _, payload in await kinds(inward)] == ["app:rate:5", "app:rate:1", "app:rate:5"]
    assert await inward.queued() == []


async def test_a_declined_comment_is_not_marked(inward) -> None:
    (choice,) = await offer(inward, "app:no_comment")
    await inward.takes(tapped(2, choice))
    assert len(await kinds(inward)) == 1
    assert await inward.queued() == []


@pytest.mark.parametrize(
    "data", [None, "", "unknown", "x" * 64, "x" * 65, "é", "a\0b", "\ud800", 7, {"id": 1}, "app:end", "/help"]
)
async def test_a_tap_of_nothing_is_explained_in_front_of_it(inward, data) -> None:
    await offer(inward, "/list_orders")
    await inward.takes(tapped(2, data, "q1"))
    assert await kinds(inward) == []
    (answer,) = inward.client.answers()
    assert (answer["callback_query_id"], answer["show_alert"]) == ("q1", True)
    assert answer["text"].split()[0] == "utter_app_button_of_earlier"
    assert (await inward.outcomes())[2] == "refused"


async def test_somebody_elses_button_is_nobodys(inward) -> None:
    (choice,) = await offer(inward, "/list_orders")
    await inward.takes(typed(2, "hello", sender=43), tapped(3, choice, "q1", sender=43))
    assert await kinds(inward) == []
    assert inward.client.answers()[0]["show_alert"] is True
    await inward.takes(tapped(4, choice, "q2"))
    assert len(await kinds(inward)) == 1


async def test_a_stranger_who_taps_is_answered_and_has_no_conversation(inward) -> None:
    await inward.takes(tapped(1, "x" * 32, "q1", sender=99))
    assert inward.client.answers()[0]["show_alert"] is True
    assert await inward.rows(sa.select(conversations)) == []


async def test_an_explanation_that_comes_too_late_is_sent_as_a_message(inward) -> None:
    await offer(inward, "/list_orders")
    inward.client.refuses["answerCallbackQuery"] = TransportError("query is too old", permanent=True)
    await inward.takes(tapped(2, "unknown", "q1"))
    assert await inward.told() == ["utter_app_button_of_earlier"]


async def test_a_tap_that_cannot_be_answered_counts_all_the_same(inward) -> None:
    (choice,) = await offer(inward, "/list_orders")
    inward.client.refuses["answerCallbackQuery"] = TransportError("gone", permanent=True)
    await inward.takes(tapped(2, choice, "q1"))
    assert len(await kinds(inward)) == 1
    assert await inward.told() == []


async def test_a_tap_outside_a_private_chat_is_answered_and_nothing_else(inward) -> None:
    raw = tapped(1, "x" * 32, "q1")
    raw["callback_query"]["message"]["chat"] = {"id": -5, "type": "group"}
    await inward.takes(raw)
    assert inward.client.answers() == [{"callback_query_id": "q1"}]
    assert await inward.outcome() == "stray_tap"


async def test_a_tap_of_a_bot_is_nobodys(inward) -> None:
    (choice,) = await offer(inward, "/list_orders")
    raw = tapped(2, choice, "q1")
    raw["callback_query"]["from"] = person(is_bot=True)
    await inward.takes(raw)
    assert await kinds(inward) == []


async def test_a_button_whose_message_is_out_of_reach_counts_and_is_not_marked(inward) -> None:
    (choice,) = await offer(inward, "/list_orders")
    raw = tapped(2, choice, "q1")
    del raw["callback_query"]["message"]
    await inward.takes(raw)
    assert len(await kinds(inward)) == 1
    assert await inward.queued() == []


async def test_titles_stay_as_they_are_in_what_is_marked(inward) -> None:
    (choice,) = await offer(inward, "/list_orders")
    title = sa.update(choices).values(title="<b>*_`🙂")
    await inward.conversations.transact(lambda unit: unit.connection.execute(title))
    await inward.takes(tapped(2, choice))
    (call,) = await inward.queued()
    assert call.arguments["reply_markup"]["inline_keyboard"][0][0]["text"] == "✓ <b>*_`🙂"
