"""Asking for a person."""

from __future__ import annotations

from typing import Any

import pytest

from actions.person import ActionComplaint, ActionDistress, ActionRequestCallback


async def test_a_call_back_leaves_the_form_and_forgets_the_misses(stage: Any) -> None:
    stage.form = "track_order_form"
    told = await stage.run(ActionRequestCallback, "a person please", "human")
    assert told.responses == ["utter_callback_asked"]
    assert told.effects == [{"type": "request_callback", "reason": "asked"}]
    assert told.form_ended
    assert told.slots["misses"] is None


async def test_a_person_asked_for_again_is_answered_in_other_words(stage: Any) -> None:
    stage.slots = {"said": ["utter_callback_asked"]}
    told = await stage.run(ActionRequestCallback, "a person please", "human")
    assert told.responses == ["utter_callback_asked_again"]


async def test_a_complaint_has_a_person_offered(stage: Any) -> None:
    told = await stage.run(ActionComplaint, "this is a disgrace", "complaint")
    assert told.responses == ["utter_complaint"]
    assert told.effects == []


async def test_a_second_complaint_in_a_row_is_a_person(stage: Any) -> None:
    stage.heard_before("complaint")
    told = await stage.run(ActionComplaint, "a disgrace i said", "complaint")
    assert told.responses == ["utter_callback_upset"]
    assert told.effects == [{"type": "request_callback", "reason": "asked"}]


async def test_a_complaint_in_a_form_lets_the_form_go_on(stage: Any) -> None:
    stage.form = "track_order_form"
    told = await stage.run(ActionComplaint, "this takes ages", "complaint")
    assert told.responses == ["utter_insult_back"]
    assert not told.form_ended


@pytest.mark.parametrize("form", [None, "track_order_form"])
async def test_a_danger_to_life_is_answered_with_where_help_is(stage: Any, form: str | None) -> None:
    stage.form = form
    told = await stage.run(ActionDistress, "I want to die", "distress")
    assert (told.responses, told.form_ended, told.effects) == (["utter_distress"], True, [])
