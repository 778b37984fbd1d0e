"""A conversation that comes back from a person, with a real Rasa: it goes on, what was unfinished does not."""

import dataclasses
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from engine_process import Conversation
from test_folding_with_rasa import Dialogue

from bot.engine.model import Model, load_model
from bot.handoff.bot_history import Words, after_people
from bot.orders.numbers import OrderNumbers

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)
NUMBERS = OrderNumbers(r"#?\s*[Ww]\s*\d{7}", "#W")
TALK = (
    ("customer", "is somebody there"),
    ("agent", "This is Robin. What is it about?"),
    ("customer", "order W4827310, I want it bigger"),
    ("agent", "That is changed for you."),
)


@pytest.fixture(scope="module")
def model(model_file: Path) -> Model:
    return load_model(model_file)


def handed_back(history: list[dict[str, Any]], talk: tuple[tuple[str, str], ...] = TALK) -> list[dict[str, Any]]:
    said = [
        Words(f"words-{place}", by == "customer", text, NOW + timedelta(seconds=place))
        for place, (by, text) in enumerate(talk)
    ]
    now = NOW + timedelta(minutes=1)
    return after_people(history, said, numbers=NUMBERS, now=now, closing="utter_app_handed_back")


def test_a_form_that_was_asking_does_not_go_on(conversation: Conversation) -> None:
    conversation.say("I want a pizza")
    conversation.history = handed_back(conversation.history)
    assert conversation.say("when are you open") == ["Nine to five."]


def test_a_form_asked_for_again_asks_anew(conversation: Conversation) -> None:
    conversation.say("I want a pizza")
    conversation.history = handed_back(conversation.history)
    assert conversation.say("I want a pizza") == ["Which size?"]
    assert conversation.say("large") == ["How many?"]


def test_a_conversation_the_bot_never_had_can_be_handed_to_it(conversation: Conversation) -> None:
    conversation.history = handed_back([])
    assert conversation.say("when are you open") == ["Nine to five."]
    assert conversation.say("tell me a joke") == ["Joke 1."]


def test_a_no_after_it_does_not_answer_what_the_bot_said_before(conversation: Conversation) -> None:
    for _ in range(2):
        conversation.say("price please")
    before = conversation.history
    assert conversation.say("no") == ["As you like."]  # as a story has it
    conversation.history = handed_back(before)
    assert conversation.say("no") != ["As you like."]


@pytest.mark.parametrize(
    "before", [("hello",), ("I want a pizza", "large"), ("hello", "price please", "tell me a joke"), ()]
)
def test_folded_and_whole_history_go_on_alike(model: Model, before: tuple[str, ...]) -> None:
    folded, whole = Dialogue(model), Dialogue(dataclasses.replace(model, lookback=None))
    for text in before:
        assert folded.say(text) == whole.say(text)
    for dialogue in (folded, whole):
        dialogue.history = handed_back(dialogue.history)
    for text in ("tell me a joke", "I want a pizza", "when are you open", "large", "2", "Main Street 1", "bye", "no"):
        assert folded.say(text) == whole.say(text), text


def test_long_talk_between_people_costs_later_turns_nothing(conversation: Conversation) -> None:
    conversation.say("hello")
    conversation.history = handed_back(conversation.history, TALK * 50)
    lengths = [len(conversation.answer_to("tell me a joke")["history"]) for _ in range(8)]
    assert max(lengths) < 60
    assert lengths[-1] == lengths[-2]
