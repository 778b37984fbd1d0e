"""The turn's tracker against Rasa's own: the same states and events at every prediction of random dialogues."""

import asyncio
import copy
import random
from pathlib import Path
from typing import Any

import pytest
from in_process import SAYINGS, ActionsInProcess
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUtteranceReverted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine.model import Model, load_model
from bot.engine.protocol import Message, TurnRequest
from bot.engine.tracker import TurnTracker
from bot.engine.turn import run_turn


@pytest.fixture(scope="module")
def model(model_file: Path) -> Model:
    return load_model(model_file)


@pytest.fixture
def compared(model: Model, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the predictions before which everything was found to be equal."""
    counts = [0]
    predict = Model.predict

    def predict_compared(self: Model, tracker: Any) -> Any:
        assert_same(tracker, self)
        counts[0] += 1
        return predict(self, tracker)

    monkeypatch.setattr(Model, "predict", predict_compared)
    return counts


def assert_same(tracker: TurnTracker, model: Model) -> None:
    rasas = DialogueStateTracker(tracker.sender_id, model.domain.slots)
    for event in copy.deepcopy(list(tracker.events)):
        rasas.update(event)
    assert tracker.applied_events() == rasas.applied_events()
    rule_only = {"rule_only_slots": ["vip"], "rule_only_loops": ["table_form"]}
    for options in (
        {},
        {"ignore_rule_only_turns": True},
        {"ignore_rule_only_turns": True, "rule_only_data": rule_only},
    ):
        ours = tracker.past_states(model.domain, **options)
        assert ours == rasas.past_states(model.domain, **options)
        for state in ours:  # as featurisers do; the next answer must not know
            state.get("user", {}).clear()
            state.get("slots", {}).clear()


@pytest.mark.parametrize("seed", range(4))
def test_states_are_rasas_at_every_prediction(model: Model, compared: list[int], seed: int) -> None:
    chance = random.Random(seed)
    history: Any = []
    client: Any = ActionsInProcess()
    for number in range(30):
        context = {"vip": chance.random() < 0.5} if chance.random() < 0.2 else {}
        message = Message(str(number), chance.choice(SAYINGS), None, {})
        history = asyncio.run(run_turn(model, client, TurnRequest("c", history, context, message)))["history"]
    assert compared[0] >= 60


def test_a_conversation_that_is_rewound_is_worked_out_anew(model: Model) -> None:
    tracker = TurnTracker("c", model.domain.slots)
    events = [
        ActionExecuted("action_listen"),
        UserUttered("hello", {"name": "greet"}),
        ActionExecuted("utter_greet"),
        ActionExecuted("action_listen"),
        UserUttered("bye", {"name": "goodbye"}),
        UserUtteranceReverted(),
        SlotSet("vip", True),
        UserUttered("no", {"name": "deny"}),
        ActionExecuted("utter_deny", hide_rule_turn=True),
    ]
    for event in events:
        tracker.update(event)
        assert_same(tracker, model)


def test_a_copy_has_slots_of_its_own(model: Model) -> None:
    tracker = TurnTracker("c", model.domain.slots)
    tracker.update(SlotSet("jokes", 3.0))
    copied = tracker.copy()
    copied.update(SlotSet("jokes", 4.0))
    assert tracker.get_slot("jokes") == 3.0
    assert copied.get_slot("jokes") == 4.0
    assert tracker.init_copy().get_slot("jokes") == 0.0
