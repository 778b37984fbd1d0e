"""The language of a message is told where it can be, and only as one of those configured."""

from typing import Any

import pytest
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.nlu.language_detector import READING, LanguageDetector

OTHER: Any = None


def detector(*languages: str) -> LanguageDetector:
    config = {**LanguageDetector.get_default_config(), "languages": list(languages)}
    return LanguageDetector.create(config, OTHER, OTHER, OTHER)


@pytest.fixture(scope="module")
def four() -> LanguageDetector:
    return detector("en", "de", "es", "fr")


def told(detector: LanguageDetector, text: str, **metadata: str) -> Message:
    return detector.process([Message({"text": text, "metadata": metadata})])[0]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my order", "en"),
        ("wo ist mein Paket", "de"),
        ("Ich will mein Geld zurück", "de"),
        ("dónde está mi pedido", "es"),
        ("quiero cancelar el pedido", "es"),
        ("où est ma commande", "fr"),
        ("je veux un remboursement", "fr"),
    ],
)
def test_a_sentence_tells_its_language(four: LanguageDetector, text: str, language: str) -> None:
    message = told(four, text)
    assert message.get("language")["name"] == message.get(READING) == language
    assert message.get("language")["confidence"] > 0.7


@pytest.mark.parametrize(
    "text", ["", "W1234567", "bob@mail.com", "123 456", "🙃", "ok", "Anna Schmidt", "dove si trova il mio ordine"]
)
def test_what_cannot_be_told_is_not_told(four: LanguageDetector, text: str) -> None:
    assert told(four, text).get("language")["name"] is None


def test_what_cannot_be_told_is_read_in_the_language_of_the_conversation(four: LanguageDetector) -> None:
    assert told(four, "W1234567", language="fr").get(READING) == "fr"
    assert told(four, "W1234567").get(READING) == "en"
    assert told(four, "W1234567", language="xx").get(READING) == "en"


def test_one_clear_word_is_read_in_its_language_but_decides_nothing(four: LanguageDetector) -> None:
    message = told(four, "Bestellstatus", language="en")
    assert message.get("language")["name"] is None


def test_no_other_language_than_those_configured_is_told() -> None:
    assert told(detector("en"), "wo ist mein Paket").get("language")["name"] is None


def test_an_examples_metadata_says_its_language(four: LanguageDetector) -> None:
    said = Message.build("chat", "human", [], {"language": "fr"}, None)
    plain = Message.build("wo ist mein Paket", "track_order")
    four.process_training_data(TrainingData([said, plain]))
    assert (said.get(READING), plain.get(READING)) == ("fr", "de")


@pytest.mark.parametrize("wrong", [{"languages": []}, {"languages": ["English"]}, {"threshold": 2}, {"deepness": 1}])
def test_a_wrong_setting_is_told_by_its_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfigException, match=next(iter(wrong))):
        LanguageDetector.validate_config(wrong)
