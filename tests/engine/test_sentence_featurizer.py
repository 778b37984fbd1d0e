"""Short texts come again and again: their vectors are kept, and are the same as made anew."""

import numpy as np
from rasa.shared.nlu.training_data.message import Message

import bot.engine.nlu.sentence_featurizer as featurizer
from bot.engine.nlu.encoders import ENGLISH, encoder


def read(component: featurizer.SentenceFeaturizer, text: str) -> np.ndarray:
    message = Message({"text": text})
    component.process([message])
    return featurizer.vector_of(message, ENGLISH)


def test_a_short_text_read_twice_has_the_same_vector_as_one_read_once() -> None:
    component = featurizer.SentenceFeaturizer({"languages": ["en"], "encoder": ENGLISH})
    first, again = read(component, "where is my order"), read(component, "where is my order")
    assert np.array_equal(first, again)
    assert np.allclose(first, encoder(ENGLISH).encode(["where is my order"])[0])
    assert not np.allclose(first, read(component, "where is my refund"))


def test_no_more_vectors_are_kept_than_may_be() -> None:
    component = featurizer.SentenceFeaturizer({"languages": ["en"], "encoder": ENGLISH})
    component._kept = {bytes([place % 256, place // 256]): None for place in range(featurizer.MOST_KEPT)}
    read(component, "hello")
    assert len(component._kept) == featurizer.MOST_KEPT


def test_a_long_text_is_not_kept() -> None:
    component = featurizer.SentenceFeaturizer({"languages": ["en"], "encoder": ENGLISH})
    read(component, "a rambling message that goes on and on for more than forty characters")
    assert component._kept == {}
