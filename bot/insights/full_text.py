"""Full-text search as a condition of a statement, without a connection at hand; how it searches is in `facts.words`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from bot.insights.facts.words import matching

MOST = 1_000_000  # conversations that are found: all, or a figure and its rows would not be the same


class _HasWords(sa.ColumnElement[bool]):
    """Becomes what the database at hand searches with when the statement is compiled for it."""

    inherit_cache = False
    type = sa.Boolean()

    def __init__(self, column: sa.ColumnElement[str], words: str, masked: bool) -> None:
        self.column = column
        self.words = words
        self.masked = masked

    @property
    def _from_objects(self) -> list[Any]:
        return list(self.column._from_objects)


def has_words(column: sa.ColumnElement[str], words: str, *, masked: bool = False) -> sa.ColumnElement[bool]:
    """Whether the conversation with that id has those words in it; `masked`: where such a reader sees them."""
    return _HasWords(column, words, masked)


@compiles(_HasWords)
def _compiled(element: _HasWords, compiler: SQLCompiler, **more: Any) -> str:
    at_hand: Any = SimpleNamespace(dialect=compiler.dialect)
    # All of them, so in no order: sorting took a fifth of the time.
    found = matching(at_hand, element.words, MOST, masked=element.masked).order_by(None).limit(None)
    return compiler.process(element.column.in_(found), **more)
