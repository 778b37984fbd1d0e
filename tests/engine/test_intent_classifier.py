"""The intent classifier over sentence vectors and words: what it learns, refuses and stores."""

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.nlu.intent_classifier import SentenceIntentClassifier, holds_facts_alone
from bot.engine.nlu.language_detector import LanguageDetector
from bot.engine.nlu.sentence_featurizer import SentenceFeaturizer

OTHER: Any = None
TOPICS = {
    "track_order": ("where is {}", "track {}", "when will {} arrive", "has {} been shipped"),
    "return_items": ("i want to return {}", "how do i send back {}", "{} does not fit, take it back", "return {}"),
    "cancel_order": ("cancel {}", "please stop {}", "i do not want {} any more", "call off {}"),
}
THINGS = ("my order", "the parcel", "the shoes", "my jacket", "W1234567")
FOREIGN = (
    "what is the weather today",
    "tell me a story about dragons",
    "who won the football match",
    "how do i cook rice",
    "play some jazz music",
    "what is the capital of france",
    "book me a flight to rome",
    "how tall is the eiffel tower",
    "translate hello into japanese",
    "what is my horoscope",
    "set an alarm for seven",
    "how many ounces are in a gallon",
)
EXAMPLES = [(text.format(thing), intent) for intent, texts in TOPICS.items() for text in texts for thing in THINGS]


class Pipeline:
    """The three components as a pipeline has them."""

    def __init__(self, directory: Path, languages: tuple[str, ...] = ("en", "de"), **settings: Any) -> None:
        config = {"languages": list(languages)}
        self.detector = LanguageDetector.create({**LanguageDetector.get_default_config(), **config}, *[OTHER] * 3)
        self.featurizer = SentenceFeaturizer.create({**SentenceFeaturizer.get_default_config(), **config}, *[OTHER] * 3)
        self.storage = LocalModelStorage.create(directory)
        self.config = {**SentenceIntentClassifier.get_default_config(), **settings}
        self.classifier = SentenceIntentClassifier.create(self.config, self.storage, Resource("intents"), OTHER)

    def train(self, examples: list[tuple[str, str]]) -> "Pipeline":
        data = TrainingData([Message.build(text, intent) for text, intent in examples])
        self.classifier.train(self.featurizer.process_training_data(self.detector.process_training_data(data)))
        return self

    def load(self) -> None:
        self.classifier = SentenceIntentClassifier.load(self.config, self.storage, Resource("intents"), OTHER)

    def ranking(self, text: str, **data: Any) -> list[dict[str, Any]]:
        messages = self.featurizer.process(self.detector.process([Message({"text": text, **data})]))
        ranking: list[dict[str, Any]] = self.classifier.process(messages)[0].get("intent_ranking")
        return ranking


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    examples = [*EXAMPLES, *((text, "out_of_scope") for text in FOREIGN)]
    return Pipeline(tmp_path_factory.mktemp("model")).train(examples)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("wheres the parcl i ordered", "track_order"),
        ("the trousers do not fit, how can i send them back", "return_items"),
        ("Please stop my order, I want to cancel", "cancel_order"),
        ("wo ist mein Paket", "track_order"),
        ("ich möchte die Schuhe zurückgeben", "return_items"),
        ("do you know how to bake bread", "out_of_scope"),
        ("was ist die Hauptstadt von Peru", "out_of_scope"),
    ],
)
def test_an_intent_is_told_by_what_is_meant_in_any_language(pipeline: Pipeline, text: str, intent: str) -> None:
    assert pipeline.ranking(text)[0]["name"] == intent


def test_the_ranking_goes_down_and_adds_up_to_one(pipeline: Pipeline) -> None:
    shares = [guess["confidence"] for guess in pipeline.ranking("where are my shoes")]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1.0, abs=1e-4)


def test_below_the_threshold_the_likeliest_of_ours_comes_first(pipeline: Pipeline, tmp_path: Path) -> None:
    examples = [*EXAMPLES, *((text, "out_of_scope") for text in FOREIGN)]
    lenient = Pipeline(tmp_path, refuse_above=1.0).train(examples)
    text = "do you know how to bake bread"
    assert pipeline.ranking(text)[0]["name"] == "out_of_scope"
    ranking = lenient.ranking(text)
    assert ranking[0]["name"] != "out_of_scope"
    assert ranking[1]["name"] == "out_of_scope"


def test_facts_alone_are_never_out_of_scope(pipeline: Pipeline) -> None:
    for text in ("W7654321", "1406989672", "12345"):
        assert pipeline.ranking(text)[0]["name"] != "out_of_scope"
    email = {"entity": "email", "start": 0, "end": 12, "value": "bob@mail.com"}
    assert pipeline.ranking("bob@mail.com", entities=[email])[0]["name"] != "out_of_scope"


@pytest.mark.parametrize(
    ("text", "alone"), [("W1234567", True), ("12345, 67", True), ("code 123456", False), ("hello", False), ("?", False)]
)
def test_facts_alone_are_told_from_words(text: str, alone: bool) -> None:
    assert holds_facts_alone(text, []) is alone


@pytest.mark.parametrize("text", ["?", "x", "🙃🙃", "жжж", "7" * 4000, "word " * 800, "wo is my pedido svp"])
def test_bad_input_has_a_ranking_too(pipeline: Pipeline, text: str) -> None:
    assert pipeline.ranking(text)


def test_what_is_loaded_says_what_was_trained(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path).train([*EXAMPLES, *((text, "out_of_scope") for text in FOREIGN)])
    texts = ("where is it", "wo ist mein Paket", "how old is the moon")
    before = [pipeline.ranking(text) for text in texts]
    pipeline.load()
    for text, expected in zip(texts, before, strict=True):
        after = pipeline.ranking(text)
        assert [guess["name"] for guess in after] == [guess["name"] for guess in expected]
        assert after[0]["confidence"] == pytest.approx(expected[0]["confidence"], abs=1e-5)


def test_training_twice_learns_the_same(tmp_path: Path) -> None:
    rankings = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        rankings.append(Pipeline(tmp_path / name, ("en",)).train(EXAMPLES).ranking("my parcel has not come"))
    assert rankings[0] == rankings[1]


def test_english_alone_needs_no_other_encoder(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, ("en",)).train(EXAMPLES)
    assert list(pipeline.featurizer.encoders) == list(pipeline.classifier.spaces) == ["english"]


def test_without_examples_of_what_is_foreign_nothing_is_refused(tmp_path: Path) -> None:
    names = {guess["name"] for guess in Pipeline(tmp_path, ("en",)).train(EXAMPLES).ranking("bake bread")}
    assert names == set(TOPICS)


def test_a_language_without_examples_is_not_understood_and_breaks_nothing(tmp_path: Path) -> None:
    german = [("wo ist mein Paket bitte", "track"), ("ich möchte das zurückgeben", "return")] * 3
    pipeline = Pipeline(tmp_path).train(german)
    messages = pipeline.featurizer.process(pipeline.detector.process([Message({"text": "where is my parcel"})]))
    assert pipeline.classifier.process(messages)[0].get("intent") == {"name": None, "confidence": 0.0}


def test_one_intent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigException, match="two intents"):
        Pipeline(tmp_path, ("en",)).train([("hello", "greet"), ("hi", "greet")])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"C": 0}, "C must be"),
        ({"deep": 1}, "no setting deep"),
        ({"min_piece": 5}, "min_piece"),
        ({"folds": 1}, "folds"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidConfigException, match=said):
        SentenceIntentClassifier.validate_config(wrong)
