"""Makes a `Space` out of examples: fits it, and measures on examples it has not seen how sure it may be.

For training alone: it imports SciPy and scikit-learn, which serving does not.
"""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from bot.engine.nlu.linear_model import Array, LinearModel, Problem, Words, as_matrix, fit, softmax, temperature_of
from bot.engine.nlu.neighbours import Nearness, Neighbours, basis_of, in_basis, nearness
from bot.engine.nlu.scope import ScopeModel, fit_scope, signs_of
from bot.engine.nlu.space import FOREIGN, Space, ends_of, whole_words
from bot.engine.nlu.text_features import Shape, Vocabulary, count_features, tokens_of

SEED = 42
LEAST_OF_A_FEATURE = 2  # how many texts must have a piece or word for it to be learned
LEAST_FOREIGN = 10  # examples, below which what is not ours cannot be learned
MOST_OF_ONE_KIND_IN_MEMORY = 2_000  # rows of similarities at once


@dataclass(frozen=True)
class Recipe:
    """How to learn; the settings of the classifier."""

    shape: Shape
    C: float
    words_weight: float
    steps: int
    folds: int


@dataclass(frozen=True)
class Examples:
    """Texts, what each means, and its vector; `copy_of` is the row of which a text is a misspelt copy, else -1."""

    texts: Sequence[str]
    intents: Sequence[str]
    vectors: Array
    copy_of: Array


@dataclass(frozen=True)
class _Prepared:
    problem: Problem
    basis: Array
    directions: Array  # the vectors in that basis
    words: Array  # of whole words, sparse, of length one
    lengths: Array
    foreign: Array
    copy_of: Array

    @property
    def originals(self) -> Array:
        return np.flatnonzero(self.copy_of < 0)


@dataclass(frozen=True)
class _Unseen:
    """What a fold's model said of examples it had not seen."""

    rows: Array
    scores: Array
    nearness: Nearness


def learn(examples: Examples, recipe: Recipe) -> Space:
    """The space of these examples; deterministic."""
    texts = [ends_of(text) for text in examples.texts]
    # Without any weight words need not be counted.
    counted = [count_features(text, recipe.shape, {}) if recipe.words_weight else {} for text in texts]
    vocabulary = Vocabulary.of(counted, LEAST_OF_A_FEATURE)
    intents = sorted(set(examples.intents))
    place_of = {intent: place for place, intent in enumerate(intents)}
    counted_words = [whole_words(text) for text in texts]
    known_words = Vocabulary.of(counted_words)
    vectors_of_words = [known_words.vector_of(counts) for counts in counted_words]
    vectors_of_all: list[Words] = [vocabulary.vector_of(counts) for counts in counted]
    vectors = np.asarray(examples.vectors, dtype=np.float32)
    basis = basis_of(vectors)
    prepared = _Prepared(
        basis=basis,
        directions=in_basis(vectors, basis),
        problem=Problem(
            vectors,
            as_matrix(vectors_of_all, len(vocabulary.features), recipe.words_weight),
            np.array([place_of[intent] for intent in examples.intents]),
            len(intents),
        ),
        words=as_matrix(vectors_of_words, len(known_words.features), 1.0),
        lengths=np.array([len(tokens_of(text)) for text in texts]),
        foreign=np.array([intent == FOREIGN for intent in examples.intents]),
        copy_of=np.asarray(examples.copy_of),
    )
    linear, unseen = _fit_whole_and_folds(prepared, recipe)
    temperature, scope = _sureness(prepared, unseen)
    kept = prepared.originals
    return Space(
        intents=intents,
        shape=recipe.shape,
        vocabulary=vocabulary,
        words_weight=recipe.words_weight,
        linear=linear,
        temperature=temperature,
        known_words=known_words,
        neighbours=Neighbours.of(basis, prepared.directions[kept], prepared.words[kept], prepared.foreign[kept])
        if scope
        else None,
        scope=scope,
    )


def _fit_whole_and_folds(prepared: _Prepared, recipe: Recipe) -> tuple[LinearModel, list[_Unseen]]:
    """The model of all examples, and what models of parts say of the rest; on two threads, for numpy lets go."""
    fold_of = stratified(prepared.problem.classes[prepared.originals], recipe.folds)
    ours = ~prepared.foreign[prepared.originals]
    # Of very few examples a fold may hold none, or all of ours.
    folds = [fold for fold in range(recipe.folds) if (fold_of == fold).any() and (fold_of[ours] != fold).any()]

    def judge(fold: int) -> _Unseen:
        unseen = prepared.originals[fold_of == fold]
        hidden = np.isin(np.where(prepared.copy_of < 0, np.arange(len(prepared.copy_of)), prepared.copy_of), unseen)
        seen = np.flatnonzero(~hidden)
        model = fit(prepared.problem.part(seen), recipe.C, recipe.steps // 2)  # near enough to measure by
        examples = seen[prepared.copy_of[seen] < 0]
        return _Unseen(unseen, prepared.problem.part(unseen).scores_of(model), _nearness_in(prepared, unseen, examples))

    with ThreadPoolExecutor(max_workers=2) as threads:
        whole = threads.submit(fit, prepared.problem, recipe.C, recipe.steps)
        judged = list(threads.map(judge, folds))
        return whole.result(), judged


def _nearness_in(prepared: _Prepared, unseen: Array, seen: Array) -> Nearness:
    seen = seen[np.argsort(prepared.foreign[seen], kind="stable")]
    ours = int(np.count_nonzero(~prepared.foreign[seen]))
    parts = []
    for start in range(0, len(unseen), MOST_OF_ONE_KIND_IN_MEMORY):
        rows = unseen[start : start + MOST_OF_ONE_KIND_IN_MEMORY]
        by_vector = prepared.directions[rows] @ prepared.directions[seen].T
        by_words = (prepared.words[rows] @ prepared.words[seen].T).toarray()
        parts.append(nearness(by_vector, by_words, ours))
    return _joined(parts)


def _joined(parts: Sequence[Nearness]) -> Nearness:
    return Nearness(*(np.concatenate([getattr(part, sign) for part in parts]) for sign in Nearness.__annotations__))


def _sureness(prepared: _Prepared, unseen: Sequence[_Unseen]) -> tuple[float, ScopeModel | None]:
    """The temperature, and how to tell what is not ours; neutral ones where there is nothing to measure on."""
    if not unseen:
        return 1.0, None
    rows = np.concatenate([part.rows for part in unseen])
    scores = np.concatenate([part.scores for part in unseen])
    classes, foreign = prepared.problem.classes[rows], prepared.foreign[rows]
    foreign_class = set(classes[foreign])
    ours = np.array([place not in foreign_class for place in range(scores.shape[1])])
    renumbered = np.cumsum(ours) - 1
    temperature = temperature_of(scores[~foreign][:, ours], renumbered[classes[~foreign]])
    if foreign.sum() < LEAST_FOREIGN:
        return temperature, None
    shares = softmax(scores[:, ours] / temperature)
    foreign_shares = 1.0 - softmax(scores / temperature)[:, ours].sum(axis=1)
    near = _joined([part.nearness for part in unseen])
    signs = signs_of(shares, foreign_shares, near, prepared.lengths[rows])
    return temperature, fit_scope(signs, foreign)


def stratified(classes: Array, folds: int) -> Array:
    """The fold of each example: of every class about as many in each fold; always the same."""
    chance = np.random.default_rng(SEED)
    fold_of = np.zeros(len(classes), dtype=int)
    for place in np.unique(classes):
        rows = np.flatnonzero(classes == place)
        chance.shuffle(rows)
        fold_of[rows] = (np.arange(len(rows)) + chance.integers(folds)) % folds
    return fold_of


def slips(number: int, share: float) -> list[int]:
    """Which of `number` examples get a misspelt copy; always the same."""
    chance = random.Random(SEED)
    return [place for place in range(number) if chance.random() < share]
