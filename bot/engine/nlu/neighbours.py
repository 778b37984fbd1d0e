"""The examples nearest to a text: by its vector, and by the words they share. Tells how near what is known is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.engine.nlu.linear_model import Array, Words

NEAREST = 5
DIRECTIONS = 128


@dataclass(frozen=True)
class Nearness:
    """Similarities from 0 to 1 (a row each for many texts)."""

    nearest: Array
    several: Array  # mean of the five nearest
    shared_words: Array
    unlike: Array  # the nearest example of what is not ours
    unlike_words: Array


class Neighbours:
    """The examples of training, by vector and by words, those of what is not ours last.

    Args:
        basis: brings a vector into the few directions in which examples differ most.
        vectors: a row of length one for each example, in those.
        starts, rows, values: for each feature of words, which examples have it (`rows[starts[f]:starts[f + 1]]`) and
            how much of it.
        ours: how many of the examples are ours.
    """

    def __init__(self, basis: Array, vectors: Array, starts: Array, rows: Array, values: Array, ours: Array) -> None:
        self._basis, self._vectors, self._ours = basis, vectors, int(ours)
        self._starts, self._rows, self._values = starts, rows, values

    @classmethod
    def of(cls, basis: Array, vectors: Array, words: Any, foreign: Array) -> "Neighbours":
        """From the examples' vectors in `basis`, the sparse matrix of their words, and which are not ours."""
        order = np.argsort(foreign, kind="stable")
        columns = words[order].tocsc()
        return cls(
            basis,
            np.ascontiguousarray(vectors[order], dtype=np.float32),
            columns.indptr.astype(np.int32),
            columns.indices.astype(np.int32),
            columns.data.astype(np.float32),
            np.array(np.count_nonzero(~foreign)),
        )

    def near(self, vector: Array, words: Words) -> Nearness:
        """How near the examples are to one text; `words` of length one."""
        by_vector = self._vectors @ in_basis(vector[None], self._basis)[0]
        pieces = [slice(self._starts[place], self._starts[place + 1]) for place in words[0]]
        by_words = np.zeros(len(by_vector), dtype=np.float32)
        for piece, value in zip(pieces, words[1], strict=True):
            by_words[self._rows[piece]] += self._values[piece] * np.float32(value)  # a text has a word once in the list
        return nearness(by_vector[None], by_words[None], self._ours)

    def arrays(self) -> Mapping[str, Array]:
        """What `Neighbours(**…)` needs to be the same again."""
        return {
            "basis": self._basis,
            "vectors": self._vectors,
            "starts": self._starts,
            "rows": self._rows,
            "values": self._values,
            "ours": np.array(self._ours),
        }


def basis_of(vectors: Array) -> Array:
    """The directions in which `vectors` differ most: they tell nearness as well, in a third of the time and memory."""
    _, directions = np.linalg.eigh(vectors.T @ vectors)  # the greatest last
    return np.ascontiguousarray(directions[:, -DIRECTIONS:], dtype=np.float32)


def in_basis(vectors: Array, basis: Array) -> Array:
    """`vectors` in the directions of `basis`, of length one again."""
    rows = vectors @ basis
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-9))


def nearness(by_vector: Array, by_words: Array, ours: int) -> Nearness:
    """From the similarities of texts (rows) to examples (columns), of which the first `ours` are ours."""
    near, unlike = by_vector[:, :ours], by_vector[:, ours:]
    count = min(NEAREST, ours)
    best = np.partition(near, ours - count, axis=1)[:, ours - count :]
    return Nearness(
        nearest=best.max(axis=1),
        several=best.mean(axis=1),
        shared_words=by_words[:, :ours].max(axis=1),
        unlike=unlike.max(axis=1, initial=0.0),
        unlike_words=by_words[:, ours:].max(axis=1, initial=0.0),
    )
