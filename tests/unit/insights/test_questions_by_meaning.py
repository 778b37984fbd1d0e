"""Questions are put together by what they ask for: with the engine's vectors in time, else by their words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from bot.insights.figures.gaps import Asked
from bot.insights.figures.meaning import ALIKE_IN_WORDS, grouped, normalized, plain, word_vectors
from bot.insights.pages.grouping import BY_MEANING, BY_WORDS, NOT_YET, Grouper
from bot.knowledge.encoding import ENGLISH, MULTILINGUAL, EncoderUnavailable, Vector

GIFTS = ["do you sell gift cards", "is there a voucher", "Geschenkgutschein?"]
KETTLES = ["my kettle is full of limescale", "how to descale it"]


def asked(texts: Sequence[str], language: str = "en") -> list[Asked]:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return [Asked(f"q{n}", f"m{n}", f"c{n}", text, language, "no article", at) for n, text in enumerate(texts)]


class FakeEncoder:
    """Knows of each sentence whether it is about gifts or about kettles."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.asked: list[tuple[str, str]] = []
        self.waits: asyncio.Event | None = None

    async def encode(self, texts: Sequence[str], encoder: str, *, within: float) -> list[Vector]:
        if self.waits is not None:
            await self.waits.wait()
        if self.broken:
            raise EncoderUnavailable("it is away")
        self.asked += [(encoder, text) for text in texts]
        return [np.array([1.0, 0.1] if text in GIFTS else [0.1, 1.0], dtype=np.float32) for text in texts]


def test_vectors_that_lie_together_are_a_group() -> None:
    chance = np.random.default_rng(5)
    middles = normalized(chance.normal(size=(4, 64)).astype(np.float32))
    of = chance.integers(0, 4, size=300)
    vectors = normalized(middles[of] + chance.normal(scale=0.05, size=(300, 64)).astype(np.float32))
    groups = grouped(vectors, 0.62)
    assert len(groups) == 4
    assert all(len({int(of[row]) for row in rows}) == 1 for rows in groups)
    assert sorted(row for rows in groups for row in rows) == list(range(300))
    assert [len(rows) for rows in groups] == sorted((len(rows) for rows in groups), reverse=True)


def test_nothing_is_no_group_and_empty_vectors_stay_apart() -> None:
    assert grouped(np.zeros((0, 8), dtype=np.float32), 0.6) == []
    assert [len(rows) for rows in grouped(np.zeros((3, 8), dtype=np.float32), 0.6)] == [1, 1, 1]


def test_shared_words_put_questions_together() -> None:
    texts = [
        "where is your store in Manchester",
        "a store in Manchester?",
        "can I pay with bitcoin",
        "do you take bitcoin",
    ]
    groups = grouped(word_vectors(texts), ALIKE_IN_WORDS)
    assert sorted(map(sorted, groups)) == [[0, 1], [2, 3]]


def test_what_is_written_the_same_is_one_sentence() -> None:
    assert plain("Do you  sell GIFT cards?!") == plain("do you sell gift cards")


async def test_meaning_comes_from_the_engine_and_is_asked_for_once() -> None:
    encoder = FakeEncoder()
    grouper = Grouper(encoder)
    questions = asked([*GIFTS, *KETTLES, GIFTS[0] + "?"])
    found = await grouper.group(questions)
    assert found.way == BY_MEANING
    assert [len(group) for group in found.groups] == [4, 2]
    assert len(encoder.asked) == 5  # the same sentence twice is asked for once
    await grouper.group(questions)
    assert len(encoder.asked) == 5


async def test_english_has_an_encoder_of_its_own() -> None:
    encoder = FakeEncoder()
    grouper = Grouper(encoder)
    await grouper.group(asked(GIFTS[:1]))
    await grouper.group(asked(GIFTS[2:], "de"))
    assert [name for name, _ in encoder.asked] == [ENGLISH, MULTILINGUAL]


async def test_without_the_engine_words_have_to_do_and_nobody_waits_again() -> None:
    encoder = FakeEncoder(broken=True)
    grouper = Grouper(encoder)
    assert (await grouper.group(asked(GIFTS))).way == BY_WORDS
    encoder.broken = False
    assert (await grouper.group(asked(GIFTS))).way == BY_WORDS  # for a minute it is left alone
    assert (await Grouper(None).group(asked(GIFTS))).way == BY_WORDS


async def test_a_slow_engine_is_not_waited_for_but_goes_on() -> None:
    encoder = FakeEncoder()
    encoder.waits = asyncio.Event()
    grouper = Grouper(encoder, patience=0.01)
    assert (await grouper.group(asked(GIFTS))).way == NOT_YET
    encoder.waits.set()
    for _ in range(200):
        if len(encoder.asked) == len(GIFTS):
            break
        await asyncio.sleep(0.01)
    assert (await grouper.group(asked(GIFTS))).way == BY_MEANING
