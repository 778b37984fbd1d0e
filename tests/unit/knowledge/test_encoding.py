"""Vectors: a question waits for them once at most, and what was made is not made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.knowledge.encoding import ENGLISH, PAUSE_SECONDS, QUESTION_SECONDS, PatientOnce, VectorCache, encoder_for
from tests.support.articles import FakeEncoder


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_english_has_an_encoder_of_its_own() -> None:
    assert [encoder_for(language) for language in ("en", "de", "it")] == ["english", "multilingual", "multilingual"]


async def test_a_question_waits_a_fraction_of_a_second(encoder: FakeEncoder) -> None:
    await PatientOnce(encoder).question("hello", ENGLISH)
    assert [within for _, _, within in encoder.asked] == [QUESTION_SECONDS]
    assert QUESTION_SECONDS <= 0.3


async def test_a_question_asked_again_is_remembered(encoder: FakeEncoder) -> None:
    patient = PatientOnce(encoder)
    first, second = await patient.question("hello", ENGLISH), await patient.question("hello", ENGLISH)
    assert first is second
    assert len(encoder.asked) == 1


async def test_a_dead_encoder_costs_one_wait_and_is_asked_again_later(encoder: FakeEncoder, seconds: Seconds) -> None:
    patient = PatientOnce(encoder, seconds)
    encoder.up = False
    assert [await patient.question(text, ENGLISH) for text in ("one", "two")] == [None, None]
    assert len(encoder.asked) == 1
    encoder.up = True
    seconds.now += PAUSE_SECONDS
    assert await patient.question("three", ENGLISH) is not None


def vector(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_vectors_outlive_a_restart(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path)
    assert not cache.fits(ENGLISH, vector(1, 0))
    cache.put(ENGLISH, {"kept": vector(0, 1), "no longer used": vector(1, 0)})
    cache.save(ENGLISH, ["kept"])
    again = VectorCache(tmp_path)
    assert again.fits(ENGLISH, vector(1, 0))
    assert again.missing(ENGLISH, ["kept", "no longer used", "new", "new"]) == ["no longer used", "new"]
    kept = again.get(ENGLISH, "kept")
    assert kept is not None
    assert kept.tolist() == [0, 1]


@pytest.mark.parametrize("probe", [vector(0, 1), vector(1, 0, 0)], ids=["says something else", "has another length"])
def test_vectors_of_another_encoder_are_forgotten(tmp_path: Path, probe: np.ndarray) -> None:
    cache = VectorCache(tmp_path)
    cache.fits(ENGLISH, vector(1, 0))
    cache.put(ENGLISH, {"text": vector(0, 1)})
    assert not cache.fits(ENGLISH, probe)
    assert cache.get(ENGLISH, "text") is None


def test_a_file_that_is_damaged_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "vectors-english.npz").write_bytes(b"PK\x03\x04 half a file")
    cache = VectorCache(tmp_path)
    assert cache.missing(ENGLISH, ["text"]) == ["text"]
    cache.fits(ENGLISH, vector(1, 0))
    cache.save(ENGLISH, [])
    assert VectorCache(tmp_path).fits(ENGLISH, vector(1, 0))
