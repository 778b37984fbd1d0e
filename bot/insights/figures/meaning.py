"""Questions that ask for the same, put together: by their sentences' vectors, or by the words they share; pure."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

# Cosine with the middle of a group, from which on a question belongs to it. On 32 questions of eight kinds in four
# languages, with both encoders: 0.5 mixed no two kinds, 0.45 mixed two, 0.62 left most questions by themselves.
ALIKE_IN_MEANING = 0.5
ALIKE_IN_WORDS = 0.4
ROUNDS = 3
ONLY_ONCE, FILLER = 0.3, 0.3  # how much words count that one sentence has alone, or that more than COMMON of all have
COMMON = 0.15
_DIMENSIONS = 1024
_WORD = re.compile(r"[^\W\d_]{3,}", re.UNICODE)


def plain(text: str) -> str:
    """What two questions have in common that are written the same but for case, spaces and signs."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def word_vectors(texts: Sequence[str]) -> Vectors:
    """A vector of length one for each text, of its words: what many of them have says little.

    Words are cut to their first letters, which puts most forms of one together in the languages we speak.
    """
    stems = [Counter(word[:6] for word in _WORD.findall(text.casefold())) for text in texts]
    found_in = Counter(stem for words in stems for stem in words)
    vectors = np.zeros((len(texts), _DIMENSIONS), dtype=np.float32)
    for row, words in enumerate(stems):
        for stem, count in words.items():
            weight = np.log(1 + len(texts) / found_in[stem])
            if found_in[stem] == 1:  # says nothing of what two have in common
                weight *= ONLY_ONCE
            elif found_in[stem] > max(COMMON * len(texts), 4):
                weight *= FILLER
            vectors[row, zlib.crc32(stem.encode()) % _DIMENSIONS] += weight * (1 + np.log(count))
    return normalized(vectors)


def normalized(vectors: Vectors) -> Vectors:
    """The same, each of length one; what is nothing stays nothing."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)


def grouped(vectors: Vectors, alike: float) -> list[list[int]]:
    """Rows that lie together, the largest group first, in a group the row nearest its middle first.

    Each row joins the nearest group that is near enough, or opens one; then all are sorted once more into the groups
    that came of it, so that the order in which they came matters little. A row of nothing stays by itself.

    Args:
        vectors: of length one.
        alike: the least cosine with the middle of a group.
    """
    if len(vectors) == 0:
        return []
    belongs = _first_groups(vectors, alike)
    for _ in range(ROUNDS):
        middles = _middles(vectors, belongs)
        likeness = vectors @ middles.T
        best = likeness.argmax(axis=1)
        near = likeness[np.arange(len(vectors)), best] >= alike
        own = len(middles) + np.arange(len(vectors))  # whoever is near to none is a group
        changed = _numbered(np.where(near, best, own))
        if np.array_equal(changed, belongs):
            break
        belongs = changed
    middles = _middles(vectors, belongs)
    groups: dict[int, list[int]] = {}
    for row, group in enumerate(belongs):
        groups.setdefault(int(group), []).append(row)
    for group, rows in groups.items():
        nearness = vectors[rows] @ middles[group]
        groups[group] = [rows[place] for place in np.argsort(-nearness, kind="stable")]
    return sorted(groups.values(), key=lambda rows: (-len(rows), rows[0]))


def _first_groups(vectors: Vectors, alike: float) -> npt.NDArray[np.int64]:
    sums = np.zeros_like(vectors)
    count = 0
    belongs = np.zeros(len(vectors), dtype=np.int64)
    middles = np.zeros_like(vectors)
    for row, vector in enumerate(vectors):
        group = -1
        if count:
            likeness = middles[:count] @ vector
            nearest = int(likeness.argmax())
            group = nearest if likeness[nearest] >= alike else -1
        if group < 0:
            group, count = count, count + 1
        belongs[row] = group
        sums[group] += vector
        length = float(np.linalg.norm(sums[group]))
        middles[group] = sums[group] / length if length else sums[group]
    return belongs


def _middles(vectors: Vectors, belongs: npt.NDArray[np.int64]) -> Vectors:
    sums = np.zeros((int(belongs.max()) + 1, vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, belongs, vectors)
    return normalized(sums)


def _numbered(groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The same groups with numbers from 0 on, in the order in which they come."""
    known: dict[int, int] = {}
    return np.array([known.setdefault(int(group), len(known)) for group in groups], dtype=np.int64)
