"""What is said in made-up conversations, without a database."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from bot.conversations.phrases import load_domain
from bot.demo_data.making import Maker
from bot.demo_data.staff import colleagues_of
from bot.demo_data.traffic import Year, visits_of
from bot.insights.learning.sentences import plain_of
from bot.insights.learning.training_files import TrainingFiles
from bot.settings import ROOT, Settings
from bot.storage.case_tables import cases
from bot.storage.desk_tables import handoff_events, handoffs
from bot.storage.insight_tables import extra_questions, reviews
from bot.storage.tables import conversations, deliveries, follow_ups, messages, surveys, turns, verifications

YEAR = Year(300, 5, date(2026, 6, 30), ZoneInfo("Europe/London"))
TABLES = (
    *(conversations, messages, turns, deliveries, surveys, follow_ups, handoffs, handoff_events, cases),
    *(extra_questions, reviews, verifications),
)
DOMAIN = load_domain(ROOT / "domain.yml")


def made(maker, year=YEAR):
    return maker.rows_of(visits_of(year))


@pytest.fixture(scope="module")
def maker():
    settings = Settings(_env_file=None, smtp_url="smtp://mail.example:25")
    return Maker(YEAR, colleagues_of(YEAR), settings, ROOT)


@pytest.fixture(scope="module")
def rows(maker):
    return made(maker)


def test_a_year_is_made_the_same_again(maker, rows) -> None:
    again = made(maker)
    for table in TABLES:
        assert again.of(table) == rows.of(table), table.name


def test_conversations_are_the_same_whatever_is_made_with_them(maker, rows) -> None:
    alone = maker.rows_of(visits_of(YEAR)[120:123])
    ids = {row["id"] for row in alone.of(conversations)}
    assert alone.of(messages) == [row for row in rows.of(messages) if row["conversation_id"] in ids]


def test_every_reply_is_one_of_the_domain_with_nothing_left_to_fill_in(rows) -> None:
    ours = [row for row in rows.of(messages) if row["author_kind"] in ("bot", "system")]
    assert {row["response"] for row in ours} <= set(DOMAIN["responses"])
    assert [row["text"] for row in ours if re.search(r"\{[a-z_]+\}| {2}| ,", row["text"])] == []
    assert [row for row in rows.of(messages) if not row["text"]] == []


def test_what_is_understood_is_an_intent_of_the_domain_or_nothing_certain(rows) -> None:
    understood = [row["understanding"] for row in rows.of(turns)]
    known = {*DOMAIN["intents"], "nlu_fallback"}
    assert {one["intent"]["name"] for one in understood} <= known
    assert all(0 <= one["intent"]["confidence"] <= 1 for one in understood)
    for one in understood:
        assert one["ranking"][0] == one["intent"]
        for entity in one["entities"]:
            assert one["text"][entity["start"] : entity["end"]] == entity["value"]


def test_what_customers_ask_stands_in_the_training_data(rows) -> None:
    known = {plain_of(one).casefold() for block in TrainingFiles(ROOT).read().blocks for one in block.examples}
    first = {row["conversation_id"]: row["text"] for row in reversed(rows.of(messages)) if row["kind"] == "text"}
    asked = [text for text in first.values() if not re.search(r"W\d{7}|@", text)]
    assert sum(text.casefold() in known for text in asked) > 0.95 * len(asked)


def test_time_goes_on_within_conversations(rows) -> None:
    by_conversation = defaultdict(list)
    for row in rows.of(messages):
        by_conversation[row["conversation_id"]].append(row)
    for said in by_conversation.values():
        assert [row["seq"] for row in said] == list(range(1, len(said) + 1))
        times = [row["created_at"] for row in said]
        assert times == sorted(times)


def test_conversations_are_of_many_kinds(rows) -> None:
    states = Counter(row["state"] for row in rows.of(surveys))
    assert {"answered", "expired", "undeliverable"} <= set(states)
    assert len({row["response"] for row in rows.of(messages)}) > 50
    assert len({row["model"] for row in rows.of(turns)}) == 7
    assert {"telegram", "web"} == {row["channel"] for row in rows.of(conversations)}
    lengths = Counter(row["last_seq"] for row in rows.of(conversations))
    assert max(lengths) > 15


def test_nothing_happens_after_the_year(rows) -> None:
    for table in TABLES:
        for row in rows.of(table):
            for column in ("created_at", "ended_at", "answered_at", "done_at", "closed_at", "at", "published_at"):
                assert row.get(column) is None or row[column] <= YEAR.end, (table.name, column)


def test_better_releases_are_liked_better() -> None:
    from bot.demo_data.releases import Releases

    releases = Releases(YEAR).all
    assert releases[0].misses > releases[-1].misses
    assert releases[0].liked < releases[-1].liked
    assert Releases(YEAR).at(YEAR.begin) is not None
