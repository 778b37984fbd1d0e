"""Puts questions that ask for the same together, with the engine's vectors as far as they are to be had in time."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from bot.insights.figures.gaps import Asked
from bot.insights.figures.meaning import (
    ALIKE_IN_MEANING,
    ALIKE_IN_WORDS,
    grouped,
    normalized,
    plain,
    word_vectors,
)
from bot.knowledge.articles import DEFAULT_LANGUAGE
from bot.knowledge.encoding import ENGLISH, MULTILINGUAL, Encoder, EncoderUnavailable, Vector

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2.5  # a page waits so long for vectors; they go on being made behind it
BATCH, BATCH_SECONDS = 16, 20.0
PAUSE_SECONDS = 60.0  # after a failure nobody waits for the engine for so long
REMEMBERED, KEPT_GROUPINGS = 6000, 16
BY_MEANING, BY_WORDS, NOT_YET = "meaning", "words", "not yet"


@dataclass(frozen=True, slots=True)
class Grouping:
    """Questions in groups, the largest first, and by what they were put together.

    Attributes:
        way: BY_MEANING; BY_WORDS because the engine gives no vectors; NOT_YET: by words, since it is still at it.
        known: how many different sentences have a vector.
        sentences: how many different ones there are.
    """

    groups: tuple[tuple[Asked, ...], ...]
    way: str
    known: int
    sentences: int


class Grouper:
    """Groups questions; remembers vectors and the latest groupings. One for each process.

    Args:
        encoder: makes vectors; None where there is no engine.
        clock: seconds that only go forward.
        patience: seconds that a page waits for vectors.
    """

    def __init__(
        self,
        encoder: Encoder | None,
        clock: Callable[[], float] = time.monotonic,
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._encoder = encoder
        self._clock = clock
        self._patience = patience
        self._silent_until = float("-inf")
        self._vectors: OrderedDict[tuple[str, str], Vector] = OrderedDict()
        self._groupings: OrderedDict[tuple[str, ...], Grouping] = OrderedDict()
        self._making: asyncio.Task[None] | None = None

    async def group(self, asked: Sequence[Asked]) -> Grouping:
        """The questions in groups; within a few seconds, however slow the engine is."""
        by_sentence: dict[str, list[Asked]] = {}
        for one in asked:
            by_sentence.setdefault(plain(one.text) or one.text, []).append(one)
        sentences = [found[0].text for found in by_sentence.values()]
        languages = {one.language for one in asked}
        encoder = ENGLISH if languages <= {DEFAULT_LANGUAGE} else MULTILINGUAL
        way = await self._way(sentences, encoder)
        known = sum((encoder, text) in self._vectors for text in sentences)
        key = (way, encoder, *(one.id for one in asked))
        if key not in self._groupings:
            rows = [self._vectors[encoder, text] for text in sentences] if way == BY_MEANING else None
            found = await asyncio.to_thread(_grouped, list(by_sentence.values()), sentences, rows)
            self._groupings[key] = Grouping(found, way, known, len(sentences))
            while len(self._groupings) > KEPT_GROUPINGS:
                self._groupings.popitem(last=False)
        found_before = self._groupings[key]
        return Grouping(found_before.groups, way, known, len(sentences))

    async def _way(self, sentences: Sequence[str], encoder: str) -> str:
        if self._encoder is None:
            return BY_WORDS
        missing = [text for text in sentences if (encoder, text) not in self._vectors]
        if not missing:
            return BY_MEANING
        if self._clock() < self._silent_until:
            return BY_WORDS
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._make(self._encoder, missing, encoder))
        # Waiting ends, the work does not: the next look at the page has the rest.
        await asyncio.wait([self._making], timeout=self._patience)
        if all((encoder, text) in self._vectors for text in missing):
            return BY_MEANING
        return BY_WORDS if self._clock() < self._silent_until else NOT_YET

    async def _make(self, encoder: Encoder, texts: Sequence[str], name: str) -> None:
        for begin in range(0, len(texts), BATCH):
            batch = texts[begin : begin + BATCH]
            try:
                vectors = await encoder.encode(batch, name, within=BATCH_SECONDS)
            except EncoderUnavailable as error:
                self._silent_until = self._clock() + PAUSE_SECONDS
                log.info("questions_grouped_by_words", reason=str(error))
                return
            for text, vector in zip(batch, vectors, strict=True):
                self._vectors[name, text] = vector
        while len(self._vectors) > max(REMEMBERED, len(texts)):
            self._vectors.popitem(last=False)


def _grouped(
    asked: Sequence[Sequence[Asked]], sentences: Sequence[str], rows: Sequence[Vector] | None
) -> tuple[tuple[Asked, ...], ...]:
    if not sentences:
        return ()
    if rows is None:
        found = grouped(word_vectors(sentences), ALIKE_IN_WORDS)
    else:
        found = grouped(normalized(np.stack(rows)), ALIKE_IN_MEANING)
    groups = [tuple(one for place in places for one in asked[place]) for places in found]
    return tuple(sorted(groups, key=lambda group: -len(group)))
