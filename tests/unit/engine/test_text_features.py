"""What is read off a text, and how much of it counts."""

import math
import re

import pytest

from bot.engine.nlu.text_features import Shape, Vocabulary, count_features, tokens_of

SHAPE = Shape(word_ngrams=2, min_piece=2, max_piece=3)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Where's my ORDER?!", ["wheres", "my", "order"]),
        ("order #W2507194", ["order", "w0000000"]),
        ("a_b-c", ["a", "b", "c"]),
        ("great 👍👍", ["great", "👍", "👍"]),
        ("Straße", ["strasse"]),
        ("ＡＢＣ", ["abc"]),
        ("?! …", []),
        ("", []),
    ],
)
def test_a_text_is_split_into_plain_words(text: str, tokens: list[str]) -> None:
    assert tokens_of(text) == tokens


def test_words_pairs_pieces_and_patterns_are_counted() -> None:
    counts = count_features("go, go", SHAPE, {"twice": re.compile("go.*go"), "never": re.compile("stop")})
    assert counts == {
        "w:go": 2,
        "w:go go": 1,
        "c: g": 2,
        "c:go": 2,
        "c:o ": 2,
        "c: go": 2,
        "c:go ": 2,
        "r:twice": 1,
    }


def test_what_is_rare_weighs_more() -> None:
    vocabulary = Vocabulary.of([{"a": 1, "b": 1}, {"a": 1}])
    assert vocabulary.weights[0] == 1.0
    assert vocabulary.weights[1] == pytest.approx(math.log(3 / 2) + 1)


def test_a_known_text_is_one_long_and_an_unknown_one_shorter() -> None:
    vocabulary = Vocabulary.of([{"a": 1, "b": 2}])
    known = vocabulary.vector_of({"a": 3, "b": 1})[1]
    half_known = vocabulary.vector_of({"a": 3, "z": 3})[1]
    assert math.hypot(*known) == pytest.approx(1.0)
    assert math.hypot(*half_known) < 0.8
    assert vocabulary.vector_of({"z": 1}) == ([], [])
    assert vocabulary.vector_of({}) == ([], [])
