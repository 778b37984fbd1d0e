"""The intent classifier by itself: what it learns, how sure it is, and that what is stored is what was trained."""

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.nlu.linear_classifier import LinearIntentClassifier

EXAMPLES = {
    "track_order": ("where is my order", "track my parcel", "where's my package", "order status", "track W1234567"),
    "greet": ("hello", "hi there", "good morning", "hey"),
    "thanks": ("thank you", "thanks a lot", "many thanks", "cheers 👍"),
    "human": ("talk to a human", "i want a person", "let me speak to an agent", "get me somebody real"),
}
NOISE = ("", "?", "…!!", "🙃🙃", "asdkjh", "qwrtzp", "xxxxxxxxxxxx", "жжж")


def trained(directory: Path, intents: tuple[str, ...] = tuple(EXAMPLES), **settings: Any) -> LinearIntentClassifier:
    storage = LocalModelStorage.create(directory)
    config = {**LinearIntentClassifier.get_default_config(), **settings}
    context: Any = None
    classifier = LinearIntentClassifier.create(config, storage, Resource("classifier"), context)
    examples = [Message.build(text, intent) for intent in intents for text in EXAMPLES[intent]]
    regexes = [{"name": "order_number", "pattern": r"\bW\d{7}\b"}]
    classifier.train(TrainingData(examples, regex_features=regexes))
    return classifier


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> LinearIntentClassifier:
    return trained(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Where is my ORDER??", "track_order"),
        ("wheres my pakage", "track_order"),
        ("w7654321", "track_order"),
        ("Thanks!", "thanks"),
        ("👍", "thanks"),
        ("could i speak to a real person please", "human"),
    ],
)
def test_an_intent_is_told_by_words_pieces_of_words_and_regexes(
    classifier: LinearIntentClassifier, text: str, intent: str
) -> None:
    (message,) = classifier.process([Message({"text": text})])
    assert message.get("intent")["name"] == intent
    assert message.get("intent") == message.get("intent_ranking")[0]


def test_the_ranking_goes_down_and_adds_up_to_one(classifier: LinearIntentClassifier) -> None:
    shares = [entry["confidence"] for entry in classifier.rank("thanks for the order")]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("text", NOISE)
def test_noise_is_left_to_the_fallback(classifier: LinearIntentClassifier, text: str) -> None:
    messages = classifier.process([Message({"text": text})])
    fallback = FallbackClassifier({"threshold": 0.5, "ambiguity_threshold": 0.05})
    assert fallback.process(messages)[0].get("intent")["name"] == "nlu_fallback"


def test_an_example_is_understood_surely(classifier: LinearIntentClassifier) -> None:
    for intent, texts in EXAMPLES.items():
        for text in texts:
            (first, *_) = classifier.rank(text)
            assert (first["name"], first["confidence"] > 0.5) == (intent, True), text


def test_what_is_loaded_says_what_was_trained(tmp_path: Path) -> None:
    before = trained(tmp_path)
    config, context = LinearIntentClassifier.get_default_config(), None
    after = LinearIntentClassifier.load(config, before._storage, before._resource, context)  # type: ignore[arg-type]
    for text in ("where is W7654321", "thanks a bunch", "hello you", "?"):
        assert after.rank(text) == before.rank(text)


def test_two_intents_will_do(tmp_path: Path) -> None:
    classifier = trained(tmp_path, ("greet", "thanks"))
    assert [entry["name"] for entry in classifier.rank("thanks")] == ["thanks", "greet"]
    assert classifier.rank("?")[0]["confidence"] == 0.5


def test_one_intent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigException, match="two intents"):
        trained(tmp_path, ("greet",))


def test_the_ranking_is_as_long_as_set(tmp_path: Path) -> None:
    assert len(trained(tmp_path, ranking_length=2).rank("hello")) == 2
