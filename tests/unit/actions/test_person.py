"""Asking for a person."""

from __future__ import annotations

from typing import Any

import pytest

from actions.misses import NOT_UNDERSTOOD
from actions.not_helped import ActionNotHelped
from actions.person import ActionComplaint, ActionDistress, ActionRequestCallback
from actions.repair import ActionAffirm, ActionNotUnderstood
from actions.requests import ActionResumeRequest


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
    assert told.effects == [{"type": "request_callback", "reason": "upset"}]


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


async def test_where_people_are_there_no_contact_is_asked_for(stage: Any) -> None:
    stage.people, stage.form = True, "track_order_form"
    told = await stage.run(ActionRequestCallback, "a person please", "human")
    assert told.responses == ["utter_handoff_asked"]
    assert told.effects == [{"type": "request_handoff", "reason": "asked"}]
    assert told.form_ended


async def test_on_a_channel_that_is_pushed_no_contact_is_asked_for_either(stage: Any) -> None:
    stage.pushed = True
    told = await stage.run(ActionRequestCallback, "a person please", "human")
    assert told.responses == ["utter_promise_asked"]
    assert told.effects == [{"type": "request_handoff", "reason": "asked"}]


async def test_a_person_wanted_again_while_people_are_there_is_told_in_other_words(stage: Any) -> None:
    stage.people, stage.slots = True, {"said": ["utter_handoff_asked"]}
    told = await stage.run(ActionRequestCallback, "a person please", "human")
    assert told.responses == ["utter_handoff_asked_again"]


@pytest.mark.parametrize(
    ("last", "reason", "words"),
    [
        ("utter_action_failed", "failed_action", "utter_handoff_failed"),
        ("utter_request_shop_away", "failed_action", "utter_handoff_failed"),
        ("utter_request_refused_too_late", "policy", "utter_handoff_policy"),
        ("utter_request_refused_profile_by_person", "policy", "utter_handoff_policy"),
        ("utter_request_refused_unknown_order", "asked", "utter_handoff_asked"),  # offers no person
        ("utter_greet", "asked", "utter_handoff_asked"),
    ],
)
async def test_what_was_said_last_tells_what_a_person_is_wanted_for(
    stage: Any, last: str, reason: str, words: str
) -> None:
    stage.people = True
    stage.said_before(last)
    told = await stage.run(ActionRequestCallback, "a person please", "human")
    assert (told.responses, told.effects) == ([words], [{"type": "request_handoff", "reason": reason}])


async def test_a_yes_to_what_only_a_person_can_do_is_a_person_for_that(stage: Any) -> None:
    stage.people = True
    stage.said_before("utter_request_refused_not_offered")
    told = await stage.run(ActionAffirm, "yes please", "affirm")
    assert told.effects == [{"type": "request_handoff", "reason": "policy"}]


async def test_a_second_complaint_is_handed_over_where_people_are_there(stage: Any) -> None:
    stage.people = True
    stage.heard_before("complaint")
    told = await stage.run(ActionComplaint, "a disgrace i said", "complaint")
    assert told.responses == ["utter_handoff_upset"]
    assert told.effects == [{"type": "request_handoff", "reason": "upset"}]


async def test_a_second_miss_is_handed_over_where_people_are_there(stage: Any) -> None:
    stage.people = True
    stage.missed_before(count=NOT_UNDERSTOOD - 1)
    told = await stage.run(ActionNotUnderstood, "blah blub", "nlu_fallback")
    assert told.responses == ["utter_handoff_not_understood"]
    assert told.effects == [{"type": "request_handoff", "reason": "not_understood"}]


async def test_what_did_not_help_twice_is_handed_over_with_an_apology(stage: Any) -> None:
    stage.people = True
    stage.missed_before("not_helped")
    told = await stage.run(ActionNotHelped, "no, not that", "not_helped")
    assert told.responses == ["utter_handoff_upset"]
    assert told.effects == [{"type": "request_handoff", "reason": "not_understood"}]


async def test_a_danger_to_life_gets_a_person_at_once_where_one_is_there(stage: Any) -> None:
    stage.people = True
    told = await stage.run(ActionDistress, "I want to die", "distress")
    assert told.responses == ["utter_distress_handoff"]
    assert told.effects == [{"type": "request_handoff", "reason": "upset"}]


async def test_what_was_being_changed_is_laid_aside_and_gone_on_with_only_if_asked(stage: Any) -> None:
    begun = [{"id": "m0:0", "task": "cancel_order"}]
    stage.form, stage.slots = "request_form", {"requests": begun}
    told = await stage.run(ActionRequestCallback, "a person please", "human")
    assert (told.slots["requests"], told.slots["laid_aside"]) == (None, begun)
    stage.form, stage.slots = None, told.slots
    resumed = await stage.run(ActionResumeRequest, "go on with it", "resume")
    assert resumed.next_action == "request_form"
    assert (resumed.slots["requests"], resumed.slots["laid_aside"]) == (begun, None)


@pytest.mark.parametrize("words", ["utter_complaint", "utter_request_refused_not_offered"])
async def test_a_person_that_was_offered_comes_on_a_yes(stage: Any, words: str) -> None:
    stage.said_before(words)
    told = await stage.run(ActionAffirm, "yes please", "affirm")
    assert told.effects[0]["type"] == "request_callback"
