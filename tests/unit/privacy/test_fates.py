"""Every column of every table has its decision, so that a new one cannot be forgotten."""

from __future__ import annotations

import sqlalchemy as sa

from bot.privacy.emptying import empty_value
from bot.privacy.fates import EMPTY, FATES, Fate
from bot.storage.tables import metadata

# What a person wrote, or may have: none of it may be kept without a word why.
WORDS = {
    "agents",  # our own people
    "canned_replies",
    "teams",
    "insight_marks",
    "telegram_groups",
    "shop_products",
    "shop_variants",
}


def test_every_column_of_every_table_has_its_decision() -> None:
    decided = {f"{table}.{column}" for table, fate in FATES.items() for column in fate.columns}
    there = {f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.columns}
    assert there - decided == set(), "say in bot/privacy/fates.py what erasing a customer does with these"
    assert decided - there == set(), "these are no columns any more"


def test_a_row_goes_whole_or_stays() -> None:
    for name, fate in FATES.items():
        assert Fate.DELETED not in fate.columns.values() or fate.deleted, name


def test_what_is_emptied_can_be() -> None:
    for name, fate in FATES.items():
        for column in fate.named(Fate.EMPTIED):
            value = empty_value(name, metadata.tables[name].c[column])
            assert value in (None, "", [], {}), f"{name}.{column}"
            assert value is not None or metadata.tables[name].c[column].nullable
    assert all(FATES[key.split(".")[0]].columns[key.split(".")[1]] is Fate.EMPTIED for key in EMPTY)


def test_no_free_text_is_kept() -> None:
    """Text without a limit and JSON is what people write; a table may keep it where it is no customer's."""
    kept = {
        f"{name}.{column}"
        for name, fate in FATES.items()
        for column in fate.named(Fate.KEPT)
        if isinstance(metadata.tables[name].c[column].type, (sa.Text, sa.JSON)) and name not in WORDS
    }
    assert kept == {
        "conversation_facts.steps",  # names of ours
        "qa_reviews.scores",  # numbers
        "shop_orders.sent_back",  # ids and an amount
        "shop_order_items.options",  # size and colour
        "tombstones.counts",  # numbers
    }
