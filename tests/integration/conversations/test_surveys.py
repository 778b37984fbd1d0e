"""Ends and ratings on a real database: the ledger holds whatever customers do."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.conversations.delivery import Handover
from bot.conversations.errors import Refused
from bot.conversations.models import Reply
from bot.storage import tables

BYE = (Reply("Goodbye!", custom={"effects": [{"type": "end", "reason": "done"}]}),)


@pytest.fixture
async def ended(service, engine, worker, ann) -> str:
    """A conversation that Ann has ended; its id."""
    engine.scripted["bye"] = [BYE]
    receipt = await ann.types("bye")
    await worker.stop(2)
    return receipt.conversation_id


async def rows(database, table):  # type: ignore[no-untyped-def]
    return await database.read(lambda connection: connection.execute(sa.select(table)).all())


async def score_choice(service, conversation_id: str, score: int) -> str:
    question = next(
        m for m in await service.messages_after(conversation_id, 0) if m.expects == "rating" or m.kind == "rating"
    )
    return next(choice["id"] for choice in question.choices if choice["value"] == str(score))


async def test_an_end_opens_one_survey_in_the_same_transaction(service, database, ended) -> None:
    (survey,) = await rows(database, tables.surveys)
    assert (survey.conversation_id, survey.state, survey.about) == (ended, "due", "bot")
    last = (await service.messages_after(ended, 0))[-1]
    assert (last.kind, [choice["value"] for choice in last.choices]) == ("rating", ["1", "2", "3", "4", "5"])


async def test_a_survey_is_asked_once_its_question_was_handed_over(service, database, ended, clock) -> None:
    await service.record_handover("web", Handover(sent={ended: 2}))
    assert (await rows(database, tables.surveys))[0].state == "due"
    await service.record_handover("web", Handover(sent={ended: 3}))
    (survey,) = await rows(database, tables.surveys)
    assert (survey.state, survey.asked_at) == ("asked", clock.now)


async def test_one_tap_rates_and_asks_for_a_comment(service, database, ann, ended) -> None:
    await ann.taps(await score_choice(service, ended, 5))
    (survey,) = await rows(database, tables.surveys)
    assert (survey.state, survey.score) == ("answered", 5)
    assert (await service.messages_after(ended, 0))[-1].expects == "comment"
    await ann.types("you were quick")
    assert (await rows(database, tables.surveys))[0].comment == "you were quick"
    assert len(await rows(database, tables.conversations)) == 1


@pytest.mark.parametrize(("typed", "score"), [("4", 4), ("5/5", 5), ("two", 2), ("3 stars", 3), ("★★★★", 4)])
async def test_a_typed_score_counts(database, ann, ended, typed, score) -> None:
    await ann.types(typed)
    assert (await rows(database, tables.surveys))[0].score == score


async def test_a_change_of_mind_updates_the_one_row(service, database, ann, ended) -> None:
    await ann.taps(await score_choice(service, ended, 2))
    await ann.taps(await score_choice(service, ended, 4))
    await ann.taps(await score_choice(service, ended, 4))
    (survey,) = await rows(database, tables.surveys)
    assert (survey.score, survey.changes) == (4, 1)


async def test_a_low_score_opens_one_follow_up(service, database, ann, ended) -> None:
    await ann.taps(await score_choice(service, ended, 1))
    await ann.taps(await score_choice(service, ended, 2))
    (follow_up,) = await rows(database, tables.follow_ups)
    assert (follow_up.conversation_id, follow_up.state) == (ended, "open")


async def test_anything_else_typed_after_the_end_is_a_new_conversation(
    service, database, engine, worker, ann, ended
) -> None:
    receipt = await ann.types("where is my parcel")
    await worker.stop(2)
    assert receipt.conversation_id != ended
    assert receipt.seq == 1
    conversations = {row.id: row for row in await rows(database, tables.conversations)}
    assert conversations[receipt.conversation_id].previous_id == ended
    assert (await rows(database, tables.surveys))[0].state == "due"


async def test_a_question_instead_of_a_comment_is_answered_not_swallowed(service, database, worker, ann, ended) -> None:
    await ann.taps(await score_choice(service, ended, 5))
    receipt = await ann.types("where is #W1234567?")
    assert receipt.conversation_id != ended
    assert (await rows(database, tables.surveys))[0].comment is None


async def test_a_score_after_the_window_is_refused_and_the_survey_closed(service, database, ann, ended, clock) -> None:
    choice = await score_choice(service, ended, 5)
    await service.record_handover("web", Handover(sent={ended: 3}))
    clock.forward(hours=73)
    with pytest.raises(Refused):
        await ann.taps(choice)
    closed = await service.close_surveys()
    assert (closed.expired, closed.undeliverable) == (1, 0)
    assert (await rows(database, tables.surveys))[0].state == "expired"


async def test_a_survey_that_never_reached_anybody_is_undeliverable_not_expired(
    service, database, ended, clock
) -> None:
    clock.forward(hours=73)
    assert (await service.close_surveys()).undeliverable == 1


async def test_silence_ends_a_conversation_once(service, database, worker, ann, clock, heard) -> None:
    receipt = await ann.types("hello")
    await worker.stop(2)
    clock.forward(minutes=29)
    assert await service.end_idle() == 0
    clock.forward(minutes=2)
    assert await service.end_idle() == 1
    assert await service.end_idle() == 0
    (conversation,) = await rows(database, tables.conversations)
    assert (conversation.state, conversation.end_reason) == ("ended", "idle")
    assert len(await rows(database, tables.surveys)) == 1
    assert heard.changes[-1].ended
    assert heard.changes[-1].conversation_id == receipt.conversation_id


async def test_a_conversation_whose_message_still_waits_is_not_silent(service, ann, clock) -> None:
    await ann.types("hello")
    clock.forward(hours=5)
    assert await service.end_idle() == 0


async def test_who_writes_on_after_goodbye_has_not_left(service, database, engine, worker, ann) -> None:
    engine.scripted["bye"] = [BYE]
    first = await ann.types("bye")
    second = await ann.types("oh wait")
    await worker.stop(2)
    assert first.conversation_id == second.conversation_id
    (conversation,) = await rows(database, tables.conversations)
    assert conversation.state == "open"
    assert await rows(database, tables.surveys) == []


async def test_a_rating_given_after_a_new_conversation_began_still_counts(
    service, database, worker, ann, ended
) -> None:
    choice = await score_choice(service, ended, 4)
    await ann.types("where is my parcel")
    await ann.taps(choice)
    survey = next(row for row in await rows(database, tables.surveys) if row.conversation_id == ended)
    assert survey.score == 4


async def test_nobody_rates_anothers_conversation(service, worker, ann, bob, ended) -> None:
    choice = await score_choice(service, ended, 1)
    await bob.types("hello")
    with pytest.raises(Refused):
        await bob.taps(choice)


async def test_a_comment_after_a_change_of_rating_is_kept(service, database, ann, ended) -> None:
    await ann.taps(await score_choice(service, ended, 2))
    await ann.taps(await score_choice(service, ended, 3))
    await ann.types("it got better")
    (survey,) = await rows(database, tables.surveys)
    assert (survey.score, survey.comment) == (3, "it got better")


@pytest.mark.parametrize(("second", "response"), [(1, "utter_app_rating_sorry"), (4, "utter_app_rating_thanks")])
async def test_a_changed_score_asks_again_for_a_comment_that_is_open(service, ann, ended, second, response) -> None:
    await ann.taps(await score_choice(service, ended, 2))
    await ann.taps(await score_choice(service, ended, second))
    asked = (await service.messages_after(ended, 0))[-1]
    assert (asked.response, asked.expects) == (response, "comment")
    assert [choice["title"] for choice in asked.choices] == ["No, thanks"]


@pytest.mark.parametrize("words", ["it was slow", "no thanks"])
async def test_a_changed_score_asks_for_no_comment_that_was_given_or_declined(service, ann, ended, words) -> None:
    await ann.taps(await score_choice(service, ended, 2))
    await ann.types(words)
    await ann.taps(await score_choice(service, ended, 4))
    said = (await service.messages_after(ended, 0))[-1]
    assert (said.response, said.expects, said.choices) == ("utter_app_rating_changed", None, ())
