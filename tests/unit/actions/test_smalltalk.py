"""Hello, thanks, jokes and insults."""

from __future__ import annotations

from typing import Any

import pytest

from actions.smalltalk import (
    ActionBotChallenge,
    ActionExplain,
    ActionGreet,
    ActionHasQuestion,
    ActionHelp,
    ActionInsult,
    ActionSmalltalk,
    ActionThanks,
    ActionWait,
)


@pytest.mark.parametrize(
    ("action", "response", "in_a_form"),
    [
        (ActionGreet, "utter_greet", "utter_greet_back"),
        (ActionThanks, "utter_youre_welcome", "utter_youre_welcome_back"),
        (ActionHelp, "utter_help", "utter_help_back"),
        (ActionBotChallenge, "utter_bot_challenge", "utter_bot_challenge"),
        (ActionSmalltalk, "utter_smalltalk", "utter_smalltalk_back"),
        (ActionInsult, "utter_insult", "utter_insult_back"),
        (ActionWait, "utter_wait", "utter_wait"),
        (ActionHasQuestion, "utter_has_question", "utter_has_question"),
    ],
)
async def test_each_has_an_answer_and_in_a_form_a_shorter_one(
    stage: Any, action: Any, response: str, in_a_form: str
) -> None:
    assert (await stage.run(action, "…", confidence=0.9)).responses == [response]
    stage.form = "track_order_form"
    assert (await stage.run(action, "…", confidence=0.9)).responses == [in_a_form]


@pytest.mark.parametrize("form", [None, "my_orders_form"])
async def test_help_three_times_in_a_row_has_three_wordings(stage: Any, form: str | None) -> None:
    stage.form, heard = form, []
    for _ in range(3):
        told = await stage.run(ActionHelp, "help", "help")
        heard += told.responses
        stage.slots["said"] = told.slots["said"]
    assert len(set(heard)) == 3


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("How are you?", "_how_are_you"),
        ("wie geht’s", "_how_are_you"),
        ("what's your name", "_name"),
        ("tell me a joke", "_joke"),
        ("you're great", "_praise"),
        ("I like trains", ""),
    ],
)
async def test_small_talk_is_answered_by_what_it_is_about(stage: Any, text: str, about: str) -> None:
    assert (await stage.run(ActionSmalltalk, text, "smalltalk")).responses == [f"utter_smalltalk{about}"]


@pytest.mark.parametrize("before", ["insult", "complaint"])
async def test_an_insult_from_somebody_upset_already_is_a_person(stage: Any, before: str) -> None:
    stage.heard_before(before)
    told = await stage.run(ActionInsult, "idiot", "insult")
    assert told.responses == ["utter_callback_upset"]
    assert told.effects == [{"type": "request_callback", "reason": "upset"}]


async def test_why_something_is_asked_for_is_told_with_the_question(stage: Any) -> None:
    assert (await stage.run(ActionExplain, "why?", "explain")).responses == ["utter_why_details"]
    stage.form = "my_orders_form"
    told = await stage.run(ActionExplain, "why?", "explain")
    assert (told.responses, told.slots) == ([], {"problem": "why"})


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("what's your name", "utter_smalltalk_name"),
        ("do you have a name", "utter_smalltalk_name"),
        ("wie heißt du", "utter_smalltalk_name"),
        ("what's your CEO's name", "utter_smalltalk"),
        ("how are you", "utter_smalltalk_how_are_you"),
        ("how is the boss", "utter_smalltalk"),
    ],
)
async def test_a_question_about_the_assistant_is_not_one_about_others(stage: Any, text: str, response: str) -> None:
    assert (await stage.run(ActionSmalltalk, text, "smalltalk")).responses == [response]


async def test_what_only_may_ask_for_a_moment_was_not_understood(stage: Any) -> None:
    assert (await stage.run(ActionWait, "the first one", "wait", confidence=0.4)).responses == ["utter_not_understood"]
