"""Ending a conversation, which cannot be taken back."""

from __future__ import annotations

from typing import Any

import pytest

from actions.goodbye import ActionGoodbye

END = [{"type": "end", "reason": "done"}]


async def test_a_sure_goodbye_ends_the_conversation(stage: Any) -> None:
    told = await stage.run(ActionGoodbye, "bye", "goodbye", confidence=0.9)
    assert told.effects == END
    assert told.form_ended


async def test_what_only_may_be_a_goodbye_is_asked_about(stage: Any) -> None:
    told = await stage.run(ActionGoodbye, "you didnt answer my question", "goodbye", confidence=0.35)
    assert (told.responses, told.effects) == (["utter_done_now"], [])


async def test_the_second_goodbye_ends_it_however_sure(stage: Any) -> None:
    stage.said_before("utter_done_now")
    assert (await stage.run(ActionGoodbye, "finito", "goodbye", confidence=0.35)).effects == END


async def test_a_form_goes_on_after_what_only_may_be_a_goodbye(stage: Any) -> None:
    stage.form = "track_order_form"
    told = await stage.run(ActionGoodbye, "you didnt answer my question", "goodbye", confidence=0.35)
    assert (told.effects, told.form_ended, told.slots["problem"]) == ([], False, "not_understood")


async def test_the_second_miss_in_a_form_gets_a_person(stage: Any) -> None:
    stage.form = "track_order_form"
    stage.missed_before()
    told = await stage.run(ActionGoodbye, "hm whatever", "goodbye", confidence=0.35)
    assert told.effects[0]["type"] == "request_callback"


@pytest.mark.parametrize("text", ["no", "No, thanks", "no thank you"])
async def test_a_bare_no_after_a_no_ends_it(stage: Any, text: str) -> None:
    stage.said_before("utter_deny")
    assert (await stage.run(ActionGoodbye, text, "deny", confidence=0.9)).effects == END


@pytest.mark.parametrize("text", ["that is not what I meant", "it did not help", "this isn't what I asked"])
async def test_a_longer_no_after_a_no_is_somebody_who_was_not_helped(stage: Any, text: str) -> None:
    stage.said_before("utter_deny")
    told = await stage.run(ActionGoodbye, text, "deny", confidence=0.92)
    assert (told.responses, told.effects) == (["utter_not_helped"], [])


async def test_a_longer_no_to_anything_else_is_asked_about(stage: Any) -> None:
    stage.said_before("utter_youre_welcome")
    told = await stage.run(ActionGoodbye, "no I do not need a thing", "deny", confidence=0.92)
    assert (told.responses, told.effects) == (["utter_done_now"], [])
