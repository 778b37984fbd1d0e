"""What customers say of changes, heard as the product's own model hears it: which wish, and how many."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from engine_process import ROOT
from wishes_said import DIVIDED, REPLIES, WISHES

from bot.engine.model import Model, load_model
from bot.engine.nlu.wishes import WishSplitter
from bot.engine.parts import parts_of
from bot.engine.train import train
from bot.engine.wishes import Said, Utterance, plan


@dataclass(frozen=True)
class Text:
    """What the first node of Rasa's pipeline reads of a message."""

    text: str
    metadata: dict[str, str] = field(default_factory=dict)
    message_id: str | None = None


@dataclass(frozen=True)
class Listener:
    """Hears a message as the first of a conversation."""

    model: Model

    def hear(self, text: str) -> Said:
        (splitting,) = (part.splitting for part in self.model.graph.components() if isinstance(part, WishSplitter))
        whole, parts = self._read(text), parts_of(text, splitting)
        if len(parts) < 2:
            return Said([Utterance(text, whole)])
        language = (whole.get("language") or {}).get("name")
        read = [replace(part, parsed=self._read(text[part.start : part.end], language)) for part in parts]
        return plan(text, whole, read, splitting)

    def _read(self, text: str, language: str | None = None) -> dict[str, Any]:
        return self.model.understand_text(Text(text, {"language": language} if language else {}), None)


@pytest.fixture(scope="module")
def listener() -> Listener:
    """With the model of this very checkout, trained if it is not there."""
    return Listener(load_model(train(ROOT, force=False)))


def intents(said: Said) -> list[str]:
    return [utterance.intent for utterance in said.utterances]


def rows(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(text, intent) for intent, texts in table.items() for text in texts]


@pytest.mark.parametrize(("text", "intent"), rows(WISHES))
def test_a_change_is_understood_with_its_details(listener: Listener, text: str, intent: str) -> None:
    assert intents(listener.hear(text)) == [intent]


@pytest.mark.parametrize(("text", "intent"), rows(REPLIES))
def test_an_answer_is_taken_for_no_wish(listener: Listener, text: str, intent: str) -> None:
    assert intents(listener.hear(text)) == [intent]


@pytest.mark.parametrize(("text", "wishes"), DIVIDED)
def test_as_many_wishes_are_heard_as_there_are(listener: Listener, text: str, wishes: list[str]) -> None:
    assert intents(listener.hear(text)) == wishes


def test_facts_beside_the_wish_stay_in_its_text(listener: Listener) -> None:
    text = "hi, my name is Bruno Castell, zip 19103. I'd like to return the headphones"
    assert [utterance.text for utterance in listener.hear(text).utterances] == [text]


def test_each_of_two_wishes_has_its_own_details(listener: Listener) -> None:
    said = listener.hear("cancel W5190027 and return the kettle from W3391045, it leaks")
    assert [utterance.text for utterance in said.utterances] == [
        "cancel W5190027",
        "return the kettle from W3391045, it leaks",
    ]


def test_wishes_of_one_kind_for_two_orders_are_one_with_both(listener: Listener) -> None:
    (said,) = listener.hear("cancel W5190027, and cancel W8830146 as well").utterances
    assert all(number in said.text for number in ("W5190027", "W8830146"))
