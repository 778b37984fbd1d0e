"""What makes a training quicker leaves its data as they are."""

import copy
from collections.abc import Iterator

import pytest
import rasa.engine.training.graph_trainer as graph_trainer
import rasa.shared.nlu.training_data.training_data as training_data
from conftest import PROJECT
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.training_data.message import Message

from bot.engine.quick_training import adjust_training


@pytest.fixture(autouse=True)
def rasa_as_it_was() -> Iterator[None]:
    before = graph_trainer.TrainingHook, Message.__hash__, training_data.copy
    yield
    graph_trainer.TrainingHook, Message.__hash__, training_data.copy = before


def examples_of_the_project() -> list[dict[str, object]]:
    importer = TrainingDataImporter.load_from_config(
        str(PROJECT / "config.yml"), str(PROJECT / "domain.yml"), [str(PROJECT / "data")]
    )
    return [copy.deepcopy(example.as_dict()) for example in importer.get_nlu_data().training_examples]


def test_the_same_examples_are_read() -> None:
    before = examples_of_the_project()
    adjust_training()
    assert examples_of_the_project() == before


def test_an_example_that_stands_there_twice_is_kept_once() -> None:
    adjust_training()
    twice = [Message({"text": "hello", "intent": "greet"}), Message({"text": "hello", "intent": "greet"})]
    apart = Message({"text": "hello", "intent": "greet", "entities": [{"entity": "name", "value": "o"}]})
    assert training_data.TrainingData.sanitize_examples([*twice, apart]) == [twice[0], apart]


def test_merged_data_do_not_change_what_they_were_made_of() -> None:
    adjust_training()
    one = training_data.TrainingData([Message({"text": "a", "intent": "x"})])
    one.merge(training_data.TrainingData([Message({"text": "b", "intent": "x"})]))
    assert [example.get("text") for example in one.training_examples] == ["a"]
