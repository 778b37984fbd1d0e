"""The full-text index over `conversation_words`: FTS5 on SQLite, a tsvector with GIN on PostgreSQL; no model knows it.

The words are kept plain already (see `bot.insights.facts.words`), so both only cut them up at the spaces. What is
made here in SQL is named in `OWN_NAMES`, for the comparison of a database with the models.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

INDEX = "conversation_search"
OWN_COLUMN = "words_vector"  # of conversation_words, on PostgreSQL
OWN_NAMES = frozenset(
    {
        *(OWN_COLUMN, INDEX, "ix_conversation_words_search"),
        *(f"{INDEX}_{part}" for part in ("data", "idx", "docsize", "config")),
    }
)

_SQLITE = (
    """
    CREATE VIRTUAL TABLE conversation_search USING fts5(
        words,
        content='conversation_words', content_rowid='number', tokenize='unicode61 remove_diacritics 0', prefix='2 3'
    )
    """,
    """
    CREATE TRIGGER conversation_words_added AFTER INSERT ON conversation_words BEGIN
        INSERT INTO conversation_search(rowid, words) VALUES (new.number, new.words);
    END
    """,
    """
    CREATE TRIGGER conversation_words_removed AFTER DELETE ON conversation_words BEGIN
        INSERT INTO conversation_search(conversation_search, rowid, words) VALUES ('delete', old.number, old.words);
    END
    """,
    """
    CREATE TRIGGER conversation_words_changed AFTER UPDATE ON conversation_words BEGIN
        INSERT INTO conversation_search(conversation_search, rowid, words) VALUES ('delete', old.number, old.words);
        INSERT INTO conversation_search(rowid, words) VALUES (new.number, new.words);
    END
    """,
)
_POSTGRES = (
    """
    ALTER TABLE conversation_words
    ADD COLUMN words_vector tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, words)) STORED
    """,
    "CREATE INDEX ix_conversation_words_search ON conversation_words USING gin (words_vector)",
)


def create_search_index(connection: Connection) -> None:
    """Make the index over the table of words, which is there and has none."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES:
        connection.exec_driver_sql(statement)


def is_of_models(_object: object, name: str | None, _kind: str, _reflected: bool, _compared: object) -> bool:
    """Alembic's `include_object`: whether something found in a database is one that the models describe."""
    return name not in OWN_NAMES


def asks_fts5(
    number: sa.ColumnElement[int], phrases: Sequence[Sequence[str]], most: int, *, begun: bool
) -> sa.ColumnElement[bool]:
    """Whether the words of that number are among the newest that have all phrases, on SQLite.

    Args:
        begun: the last word may go on.
    """
    asked = [f'"{" ".join(phrase)}"' for phrase in phrases]
    query = " ".join(asked) + (" *" if begun else "")
    found = sa.select(sa.literal_column("rowid", sa.Integer)).select_from(sa.text(INDEX))
    found = found.where(sa.literal_column(INDEX).op("MATCH")(query))
    return number.in_(found.order_by(sa.text("rowid DESC")).limit(most))  # in this order the index has them


def asks_postgres(phrases: Sequence[Sequence[str]], *, begun: bool) -> sa.ColumnElement[bool]:
    """Whether the words have all phrases, on PostgreSQL; `begun` as above."""
    asked = ["(" + " <-> ".join(f"'{word}'" for word in phrase) + ")" for phrase in phrases]
    if begun:
        asked[-1] = f"'{phrases[-1][-1]}':*"  # what is begun is a phrase of one word
    return sa.literal_column(f"conversation_words.{OWN_COLUMN}").op("@@")(
        sa.func.to_tsquery(sa.literal_column("'simple'::regconfig"), " & ".join(asked))
    )
