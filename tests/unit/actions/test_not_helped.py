"""An answer that did not help, or was not to the question."""

from __future__ import annotations

from typing import Any

import pytest

from actions.not_helped import ActionNotHelped
from actions.repair import ActionAffirm

ASKED = "you didn't answer my question"


@pytest.mark.parametrize(
    ("form", "response"), [(None, "utter_not_helped"), ("track_order_form", "utter_not_helped_back")]
)
async def test_it_is_met_with_an_apology_and_ends_nothing(stage: Any, form: str | None, response: str) -> None:
    stage.form = form
    told = await stage.run(ActionNotHelped, ASKED, "not_helped")
    assert (told.responses, told.effects, told.form_ended) == ([response], [], False)


async def test_yes_to_the_person_offered_asks_where_to_reach_them(stage: Any) -> None:
    stage.said_before("utter_not_helped")
    assert (await stage.run(ActionAffirm, "yes", "affirm")).effects[0]["type"] == "request_callback"


async def test_the_second_time_in_a_row_it_is_a_person(stage: Any) -> None:
    stage.missed_before("not_helped")
    told = await stage.run(ActionNotHelped, ASKED, "not_helped")
    assert told.effects == [{"type": "request_callback", "reason": "not_understood"}]
