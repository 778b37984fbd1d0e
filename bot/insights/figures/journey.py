"""The ways through conversations: topic → steps → outcome → rating, as streams of which each has a filter of its own.

A node is a name at a place, so that no stream can lead back. What is too rare to be drawn by itself flows through a
node "other" of its place, and what goes on beyond the last place through "further steps": nothing is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.figures.drawn import Drawn, Field, Line, opening, opens
from bot.insights.figures.results import WORDS
from bot.insights.filters import Wanted, conditions, words_for
from bot.storage.insight_tables import conversation_facts as facts

MOST_TOPICS, MOST_PLACES, MOST_AT_PLACE = 8, 4, 6
OTHER, FURTHER, END, UNRATED, OPEN = "~", "…", "$", "-", "open"


@dataclass(frozen=True, slots=True)
class Path:
    """Conversations that went just the same way."""

    topic: str
    steps: tuple[str, ...]
    outcome: str  # or OPEN
    score: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Node:
    """A name at a place: column 0 is the topic, then one column a step, then the outcome and the rating."""

    column: int
    name: str


@dataclass(frozen=True, slots=True)
class Stream:
    """Conversations that went from one node straight to another."""

    source: Node
    target: Node
    count: int
    query: str | None


@dataclass(frozen=True, slots=True)
class Journey:
    """All streams, the strongest first.

    Attributes:
        through_other: conversations that pass a node in which rare ones are drawn together, or go on beyond the places.
    """

    n: int
    streams: tuple[Stream, ...]
    through_other: int
    names: tuple[frozenset[str], ...]  # drawn by themselves, by column: topics, then steps


FURTHER_COLUMN = MOST_PLACES + 1  # after the topic and the places
OUTCOME_COLUMN = FURTHER_COLUMN + 1
SCORE_COLUMN = OUTCOME_COLUMN + 1


def read_paths(connection: Connection, wanted: Wanted) -> list[Path]:
    """Every way that was gone, and how often."""
    outcome = sa.func.coalesce(facts.c.outcome, OPEN)
    query = (
        sa.select(facts.c.topic, facts.c.steps, outcome, facts.c.score, sa.func.count())
        .where(*conditions(wanted))
        .group_by(facts.c.topic, facts.c.steps, outcome, facts.c.score)
    )
    return [
        Path(topic, tuple(str(step) for step in steps), str(out), score, int(count))
        for topic, steps, out, score, count in connection.execute(query)
    ]


def journey_of(paths: Sequence[Path], wanted: Wanted) -> Journey:
    """The streams of these ways."""
    # The first step repeats the topic. Where it does not everywhere, it is a step like all.
    first = int(all(path.steps[:1] == (path.topic,) for path in paths))
    paths = [replace(path, steps=path.steps[first:]) for path in paths]
    names = _names_of(paths)
    rare = tuple(sorted({path.topic for path in paths} - names[0]))
    counts: Counter[tuple[Node, Node]] = Counter()
    through_other = 0
    for path in paths:
        nodes = _nodes(path, names)
        through_other += path.count * any(node.name in (OTHER, FURTHER) for node in nodes)
        for source, target in pairwise(nodes):
            counts[source, target] += path.count
    streams = [
        Stream(source, target, count, _query(source, target, wanted, names, rare, first))
        for (source, target), count in counts.items()
    ]
    streams.sort(key=lambda one: (-one.count, one.source.column, one.source.name, one.target.name))
    return Journey(sum(path.count for path in paths), tuple(streams), through_other, names)


def label_of(node: Node) -> str:
    """What a node is called on the page."""
    if node.column == SCORE_COLUMN:
        return "No rating" if node.name == UNRATED else f"Rated {node.name}"
    if node.column == OUTCOME_COLUMN:
        return "Still open" if node.name == OPEN else WORDS.get(node.name, node.name)
    if node.name == OTHER:
        return "Other topics" if node.column == 0 else "Other steps"
    if node.name == FURTHER:
        return "Further steps"
    said = words_for("topics", node.name)
    return said[:1].upper() + said[1:]


def drawn_journey(journey: Journey, wanted: Wanted) -> Drawn:
    """The streams as a figure."""
    lines = tuple(
        Line(
            (one.source.column, label_of(one.source), one.target.column, label_of(one.target), one.count),
            opens(conversations=one.query),
        )
        for one in journey.streams
    )
    notes = [
        f"At each place the {MOST_AT_PLACE} most frequent steps and the {MOST_TOPICS} most frequent topics are drawn by"
        f" themselves. {journey.through_other:,} of {journey.n:,} conversations pass “other” or “further steps”:"
        " they are drawn, and open, like all."
    ]
    return Drawn(
        "journey",
        "From topic to rating",
        journey.n,
        "conversations",
        (
            Field("from_place", "From place"),
            Field("from", "From", "text"),
            Field("to_place", "To place"),
            Field("to", "To", "text"),
            Field("conversations", "Conversations"),
        ),
        lines,
        opening(wanted),
        {"kind": "journey"},
        tuple(notes),
        wide=True,
    )


def _names_of(paths: Sequence[Path]) -> tuple[frozenset[str], ...]:
    columns: list[Counter[str]] = [Counter() for _ in range(MOST_PLACES + 1)]
    for path in paths:
        columns[0][path.topic] += path.count
        for place, step in enumerate(path.steps[:MOST_PLACES]):
            columns[place + 1][step] += path.count
    most = [MOST_TOPICS] + [MOST_AT_PLACE] * MOST_PLACES
    return tuple(
        frozenset(name for name, _ in sorted(column.items(), key=lambda one: (-one[1], one[0]))[:limit])
        for column, limit in zip(columns, most, strict=True)
    )


def _nodes(path: Path, names: tuple[frozenset[str], ...]) -> list[Node]:
    nodes = [Node(0, path.topic if path.topic in names[0] else OTHER)]
    for place, step in enumerate(path.steps[:MOST_PLACES]):
        nodes.append(Node(place + 1, step if step in names[place + 1] else OTHER))
    if len(path.steps) > MOST_PLACES:
        nodes.append(Node(FURTHER_COLUMN, FURTHER))
    nodes.append(Node(OUTCOME_COLUMN, path.outcome))
    nodes.append(Node(SCORE_COLUMN, UNRATED if path.score is None else str(path.score)))
    return nodes


def _query(
    source: Node, target: Node, wanted: Wanted, names: tuple[frozenset[str], ...], rare: tuple[str, ...], first: int
) -> str | None:
    """What opens the conversations of a stream.

    Args:
        names: that have a node of their own.
        rare: topics that have none.
        first: the place in `steps` of what stands in column 1.

    None where the filter asks for steps in an order already, which cannot be said together with places.
    """
    steps, changes, has = list(wanted.step), dict[str, Any](), tuple[str, ...]()
    if steps and not all(step.partition(":")[0].isdecimal() for step in steps):
        return None
    for node in (source, target):
        if node.column == SCORE_COLUMN:
            if node.name == UNRATED:
                has = ("unrated",)
            else:
                changes["scores"] = (int(node.name),)
        elif node.column == OUTCOME_COLUMN:
            changes |= {"states": ("open",)} if node.name == OPEN else {"outcomes": (node.name,)}
            if source.column <= MOST_PLACES:
                steps.append(f"{source.column + first}:{END}")
        elif node.column == 0:
            changes["topics"] = rare if node.name == OTHER else (node.name,)
        else:
            steps.append(_step(node, names, first))
    return opening(replace(wanted, step=tuple(dict.fromkeys(steps))), has, **changes)


def _step(node: Node, names: tuple[frozenset[str], ...], first: int) -> str:
    place = node.column - 1 + first
    if node.name == FURTHER:
        return f"{place}:~"
    if node.name == OTHER:
        return f"{place}:~" + "~".join(sorted(names[node.column]))
    return f"{place}:{node.name}"
