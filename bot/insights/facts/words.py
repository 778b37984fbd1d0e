"""Full text: what is kept of conversations to be searched, and how it is asked for; alike on both databases.

Words are kept as the search sees them: small letters without accents, and nothing between them but spaces. So both
databases cut them up in the same way, and neither needs an extension.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.privacy.masking import ORDER_NUMBER, mask
from bot.storage.insight_tables import conversation_words
from bot.storage.search_index import asks_fts5, asks_postgres

LONGEST = 300_000  # characters of one conversation: PostgreSQL refuses a text whose index would pass a megabyte
MOST_ASKED = 20  # words of one search
BEGUN = 2  # letters from which on a word may be only begun: every order number begins with the same one
_OF_SURVEYS = frozenset({"rating", "nps", "ces", "review"})  # kinds of messages; comments are customers' words
_BETWEEN = re.compile(r"[\W_]+")
_BETWEEN_ASCII = re.compile(r"[^a-z0-9]+")
_QUOTED = re.compile(r'"([^"]*)(?:"|$)')


@dataclass(frozen=True, slots=True)
class Asked:
    """A search: every phrase is looked for, its words one after another; `begun`: the last may go on."""

    phrases: tuple[tuple[str, ...], ...]
    begun: bool = False


def plain_words(text: str) -> str:
    """A text as it is kept and looked for: "Señor Müller's order #W48" is "senor muller s order w48"."""
    if text.isascii():
        return _BETWEEN_ASCII.sub(" ", text.lower()).strip()
    parts = unicodedata.normalize("NFKD", text).casefold()
    # casefold may bring new marks along ("ß" does not, "İ" does), so they are taken away last.
    bare = "".join(letter for letter in parts if unicodedata.category(letter)[0] != "M")
    return _BETWEEN.sub(" ", bare).strip()


def searchable(said: Iterable[Row[Any]]) -> str:
    """The words of a conversation's messages, in order: the customer's, also as they changed them, and ours.

    Names of who wrote are no part of it, nor are the questions of the survey: many are asked the same, and one that
    asks for a review has the customer's name in it.
    """
    return plain_words("\n".join(_texts(said)))[:LONGEST]


def hidden_words(said: Iterable[Row[Any]], names: Sequence[str], order_number: str = ORDER_NUMBER) -> str:
    """The words of `searchable` that stand only where somebody who sees customers masked sees "[e-mail]" or the like;
    with a space before and after each.

    Args:
        names: what the customer is called.
        order_number: regular expression of the shop's order numbers.
    """
    there: set[str] = set()
    seen: set[str] = set()
    for text in _texts(said):
        masked = mask(text, known=names, order_number=order_number)
        words = plain_words(masked).split()
        seen.update(words)
        if masked != text:
            there.update(plain_words(text).split())
    return "".join(f" {word} " for word in sorted(there - seen))


def _texts(said: Iterable[Row[Any]]) -> Iterator[str]:
    for message in said:
        if message.kind in _OF_SURVEYS:
            continue
        yield message.text
        if message.edited_text is not None:
            yield message.edited_text


def asked_of(words: str) -> Asked:
    """Read what somebody typed into a search: words, "phrases in quotes", the last word perhaps only begun."""
    phrases: list[tuple[str, ...]] = []
    place, begun = 0, False
    for quoted in _QUOTED.finditer(words):
        phrases += [(word,) for word in plain_words(words[place : quoted.start()]).split()]
        if phrase := tuple(plain_words(quoted.group(1)).split()):
            phrases.append(phrase)
        place = quoted.end()
    if rest := plain_words(words[place:]).split():
        phrases += [(word,) for word in rest]
        begun = True
    kept = tuple(phrases[:MOST_ASKED])
    return Asked(kept, begun and len(kept) == len(phrases) and len(kept[-1][0]) >= BEGUN)


def matching(connection: Connection, words: str, most: int, *, masked: bool = False) -> sa.Select[Any]:
    """The ids of the conversations that have all these words, at most so many, the newest first.

    Args:
        connection: tells which database it is; nothing is asked of it.
        words: as typed. What cannot be searched for (only signs) finds nothing; nothing is an error.
        masked: for somebody who sees customers masked: only by words that they see. Else a search would say who
            wrote, or tell a number digit by digit.
    """
    table = conversation_words.c
    found = sa.select(table.conversation_id)
    asked = asked_of(words)
    if not asked.phrases:
        return found.where(sa.false())
    if connection.dialect.name == "sqlite":
        has_them = asks_fts5(table.number, asked.phrases, most, begun=asked.begun)
    else:
        has_them = asks_postgres(asked.phrases, begun=asked.begun)
    if masked:
        whole = [f" {word} " for phrase in asked.phrases for word in phrase]
        sought = [*whole[:-1], whole[-1].rstrip()] if asked.begun else whole
        found = found.where(table.hidden.is_not(None), *(~table.hidden.contains(word) for word in sought))
    # "+ 0" keeps a database from walking through all rows, newest first, instead of asking the index.
    return found.where(has_them).order_by((table.number + 0).desc()).limit(most)
