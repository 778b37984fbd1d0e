"""Folded history against whole history: a real Rasa must do the same with both, turn after turn."""

import asyncio
import dataclasses
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from in_process import SAYINGS, ActionsInProcess
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine.folding import Lookback, applied, fold
from bot.engine.model import Model, load_model
from bot.engine.protocol import Message, TurnRequest
from bot.engine.turn import run_turn


@pytest.fixture(scope="module")
def model(model_file: Path) -> Model:
    return load_model(model_file)


class Dialogue:
    """A conversation with a model in this very process."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.history: list[Any] = []
        self.turns = 0

    def say(self, text: str, context: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """What happened in the turn, without the times."""
        self.turns += 1
        message = Message(str(self.turns), text, None, {})
        request = TurnRequest("c", self.history, context or {}, message)
        client: Any = ActionsInProcess()
        answer = asyncio.run(run_turn(self.model, client, request))
        # Over JSON and back, as between engine and app.
        self.history = json.loads(json.dumps(answer["history"], default=lambda value: value.tolist()))
        return [
            (event["event"], event.get("name"), event.get("text"), event.get("value")) for event in answer["events"]
        ]


def whole(model: Model) -> Model:
    """The same model, whose histories are not folded."""
    return dataclasses.replace(model, lookback=None)


def random_script(seed: int, turns: int) -> Iterator[tuple[str, dict[str, Any]]]:
    chance = random.Random(seed)
    for _ in range(turns):
        yield chance.choice(SAYINGS), {"vip": chance.random() < 0.5} if chance.random() < 0.05 else {}


SCRIPTS: dict[str, Sequence[str]] = {
    "a form answered at once": ("I want a pizza", "large", "2", "Main Street 1"),
    "a form interrupted at every question": (
        *("hello", "I want a pizza", "when are you open", "tell me a joke", "large", "when are you open", "2"),
        *("when are you open", "when are you open", "when are you open", "Main Street 1", "hello"),
    ),
    "a form interrupted for longer than any policy looks back": (
        *("I want a pizza", "large", *["when are you open"] * 15, "2", "Main Street 1"),
    ),
    "a form that gets no answer": ("I want a pizza", *["blah blah blub"] * 12, "large", "2", "Main Street 1"),
    "a form dropped and begun again": ("I want a pizza", "large", "no", "I want a pizza", "2", "Main Street 1"),
    "a story with small talk by rules in the middle": (
        *("hello", "price please", *["tell me a joke", "when are you open"] * 8, "price please", "bye", "bye", "no"),
    ),
    "a story around a form": ("bye", "book a table", "tell me a joke", "4", "when are you open", "yes", "no"),
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_a_scripted_dialogue_goes_the_same_way(model: Model, script: Sequence[str]) -> None:
    folded, unfolded = Dialogue(model), Dialogue(whole(model))
    for position, text in enumerate(script):
        assert folded.say(text) == unfolded.say(text), f"at {position}: {text}"


def test_the_story_with_small_talk_is_recalled_across_it(model: Model) -> None:
    dialogue = Dialogue(model)
    for text in SCRIPTS["a story with small talk by rules in the middle"][:-3]:
        said = dialogue.say(text)
    assert ("action", "utter_price_vip", None, None) in said


@pytest.mark.parametrize("seed", range(4))
def test_a_random_dialogue_goes_the_same_way(model: Model, seed: int) -> None:
    folded, unfolded = Dialogue(model), Dialogue(whole(model))
    for position, (text, context) in enumerate(random_script(seed, turns=40)):
        assert folded.say(text, context) == unfolded.say(text, context), f"at {position}: {text}"


@pytest.mark.parametrize("seed", range(3))
def test_the_history_does_not_grow(model: Model, seed: int) -> None:
    dialogue = Dialogue(model)
    sizes = []
    for text, context in random_script(seed, turns=120):
        dialogue.say(text, context)
        sizes.append(len(dialogue.history))
    assert max(sizes[60:]) <= max(sizes[:60]) * 1.2
    assert max(sizes) < 100


def test_a_form_asked_again_and_again_does_not_grow(model: Model) -> None:
    dialogue = Dialogue(model)
    dialogue.say("I want a pizza")
    dialogue.say("blah blah blub")
    for _ in range(30):
        dialogue.say("blah blah blub")
    assert len(dialogue.history) < 60


@pytest.mark.parametrize("seed", range(3))
def test_applied_events_are_those_that_rasa_applies(model: Model, seed: int) -> None:
    dialogue = Dialogue(whole(model))
    for text, context in random_script(seed, turns=40):
        dialogue.say(text, context)
    tracker = DialogueStateTracker.from_dict("c", dialogue.history, model.domain.slots)
    session = ("action_session_start", "session_started")
    ours = [event for event in applied(dialogue.history) if (event.get("name") or event["event"]) not in session]
    theirs = [event.as_dict() for event in tracker.applied_events()]
    assert [(event["event"], event.get("name"), event["timestamp"]) for event in ours] == [
        (event["event"], event.get("name"), event["timestamp"]) for event in theirs
    ]


@pytest.mark.parametrize("seed", range(3))
def test_folding_what_is_folded_changes_nothing(model: Model, seed: int) -> None:
    dialogue = Dialogue(model)
    for text, context in random_script(seed, turns=30):
        dialogue.say(text, context)
    assert fold(dialogue.history, model.lookback) == dialogue.history


def test_the_lookback_is_that_of_the_policies(model: Model) -> None:
    # Six actions of AugmentedMemoizationPolicy's max_history, and one for the cut it makes at an action.
    assert model.lookback == Lookback(actions=7, story_actions=6)
