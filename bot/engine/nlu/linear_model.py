"""Multinomial logistic regression over two blocks: a sentence's vector, and its words and pieces of words.

Scikit-learn's would take one matrix, in which either the vectors are stored as if they were sparse or the words as if
they were dense: minutes instead of seconds. Serving needs numpy alone; SciPy is imported for training.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any  # numpy 1.22's own types say nothing more
Words = tuple[Sequence[int], Sequence[float]]  # places and values of the features that a text has

MEMORY = 6  # moves that the optimiser remembers
MOST_HALVINGS = 12
SETTLED = 1e-4  # the share of the loss below which another step is not worth it


@dataclass(frozen=True)
class LinearModel:
    """Weights: a row for each number of a vector or each feature of words, a column for each class."""

    of_vector: Array
    of_words: Array

    def scores(self, vector: Array, words: Words) -> Array:
        """The score of each class, whose softmax is how likely it is."""
        places, values = words
        scores = vector @ self.of_vector
        if len(places):
            scores = scores + np.asarray(values, dtype=np.float32) @ self.of_words[places]
        return scores


@dataclass(frozen=True)
class Problem:
    """What a model is fitted to."""

    vectors: Array  # a row for each example
    words: Any  # SciPy's sparse matrix, a row for each example
    classes: Array  # the number of each example's class
    number_of_classes: int

    def part(self, rows: Array) -> "Problem":
        return Problem(self.vectors[rows], self.words[rows], self.classes[rows], self.number_of_classes)

    def scores_of(self, model: LinearModel) -> Array:
        return self.vectors @ model.of_vector + self.words @ model.of_words


def fit(problem: Problem, C: float, steps: int) -> LinearModel:
    """The model that fits `problem`, every class with the same weight, however many examples it has.

    Args:
        C: how closely the examples are followed, as in scikit-learn.
        steps: of the optimiser, at most.
    """
    size, features, classes = problem.vectors.shape[1], problem.words.shape[1], problem.number_of_classes
    words, transposed = (problem.words, problem.words.T.tocsr()) if problem.words.nnz else (None, None)
    rows = np.arange(len(problem.classes))
    counts = np.bincount(problem.classes, minlength=classes)
    importance = (1.0 / np.maximum(counts, 1) / np.count_nonzero(counts))[problem.classes].astype(np.float32)
    decay = np.float32(1.0 / (C * len(rows)))

    def loss(weights: Array) -> tuple[float, Array]:
        scores = problem.vectors @ weights[:size]
        if words is not None:
            scores += words @ weights[size:]
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        total = shares.sum(axis=1)
        value = float((importance * (np.log(total) - scores[rows, problem.classes])).sum())
        shares /= total[:, None]
        shares[rows, problem.classes] -= 1.0
        shares *= importance[:, None]
        gradient = decay * weights
        gradient[:size] += problem.vectors.T @ shares
        if transposed is not None:
            gradient[size:] += transposed @ shares
        return value + 0.5 * float(decay) * float(np.vdot(weights, weights)), gradient

    weights = minimise(loss, np.zeros((size + features, classes), dtype=np.float32), steps)
    return LinearModel(weights[:size].copy(), weights[size:].copy())


def minimise(loss: Callable[[Array], tuple[float, Array]], start: Array, steps: int) -> Array:
    """Where `loss`, which is convex and tells its gradient too, is least: L-BFGS in single precision.

    SciPy's copies a million weights to and fro in double precision, which took longer than the loss itself.
    """
    point, (value, gradient) = start, loss(start)
    moves: deque[tuple[Array, Array, float]] = deque(maxlen=MEMORY)
    for _ in range(steps):
        direction = _downhill(gradient, moves)
        slope, length = float(np.vdot(direction, gradient)), 1.0 if moves else 1.0 / float(np.linalg.norm(gradient))
        for _ in range(MOST_HALVINGS):
            tried = point + np.float32(length) * direction
            new_value, new_gradient = loss(tried)
            if new_value <= value + 1e-4 * length * slope:
                break
            length /= 2
        else:
            return point
        step, change = tried - point, new_gradient - gradient
        curvature = float(np.vdot(step, change))
        if curvature > 0:
            moves.append((step, change, 1.0 / curvature))
        settled = value - new_value < SETTLED * abs(value)
        point, value, gradient = tried, new_value, new_gradient
        if settled:
            return point
    return point


def _downhill(gradient: Array, moves: Sequence[tuple[Array, Array, float]]) -> Array:
    """The direction of the next step, with the curvature that the last moves have shown (two-loop recursion)."""
    direction, shares = -gradient, []
    for step, change, weight in reversed(moves):
        share = weight * float(np.vdot(step, direction))
        direction -= np.float32(share) * change
        shares.append(share)
    if moves:
        step, change, weight = moves[-1]
        direction *= np.float32(1.0 / (weight * float(np.vdot(change, change))))
    for (step, change, weight), share in zip(moves, reversed(shares), strict=True):
        direction += np.float32(share - weight * float(np.vdot(change, direction))) * step
    return direction


def as_matrix(words: Sequence[Words], features: int, weight: float) -> Any:
    """The examples' words as a sparse matrix, every value times `weight`."""
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(places) for places, _ in words)])
    places = np.fromiter((place for places, _ in words for place in places), dtype=np.int32, count=ends[-1])
    values = np.fromiter((value for _, values in words for value in values), dtype=np.float32, count=ends[-1])
    return csr_matrix((values * np.float32(weight), places, ends), shape=(len(words), features))


def softmax(scores: Array) -> Array:
    """Along the last axis."""
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


def temperature_of(scores: Array, classes: Array) -> float:
    """By what to divide the scores of examples the model has not seen, so that its shares are how often it is right."""
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(classes))

    def surprise(log_temperature: float) -> float:
        shares = softmax(scores / np.exp(log_temperature))
        return float(-np.log(np.maximum(shares[rows, classes], 1e-12)).mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-3.0, 3.0), method="bounded").x))
