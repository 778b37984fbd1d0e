"""Whoever sees customers masked cannot find out by searching who wrote; whoever may, finds them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.insights.facts.digest import Digest
from bot.insights.facts.words import matching
from bot.storage.database import Database
from bot.storage.insight_tables import conversation_words
from bot.storage.tables import customers
from tests.integration.insights.lived import Life, digest_of
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration

SAID = (
    "Hello, I am Zebulon Quackenbush, write to zeb.q@canary.example or call +44 20 7946 0958. "
    "Order #W7654321 came with 20 lamps, all broken."
)
TELLING = [
    *("zeb.q@canary.example", "canary", "canary.exa", "zeb", "Zebulon Quackenbush", "quackenb", "zebulon lamps"),
    *("+44 20 7946 0958", "7946", "79", "0958 lamps", "#W7654321", "w7654321", "w765", '"order w7654321"'),
]
PLAIN = ["lamps", "lam", "broken lamps", "order", '"all broken"', "came 20"]


def found(database: Database, words: str, *, masked: bool) -> list[str]:
    wanted: Any = lambda connection: connection.execute(matching(connection, words, 10, masked=masked)).scalars().all()  # noqa: E731
    return list(database.read_now(wanted))


@pytest.fixture
async def talk(database: Database, clock) -> str:
    life = Life(database, clock)
    own = life.lived(life.customer("Zebulon Quackenbush"), text=SAID)
    await digest_of(database, clock).catch_up()
    return own


@pytest.mark.parametrize("words", TELLING)
def test_what_is_masked_finds_nothing_for_masked_readers(database: Database, talk: str, words: str) -> None:
    assert found(database, words, masked=True) == []
    assert found(database, words, masked=False) == [talk]


@pytest.mark.parametrize("words", PLAIN)
def test_what_masked_readers_see_is_found_by_them(database: Database, talk: str, words: str) -> None:
    assert found(database, words, masked=True) == [talk]


async def test_a_name_that_is_learnt_later_hides_what_was_said_before(database: Database, clock) -> None:
    life = Life(database, clock)
    somebody = life.customer()
    own = life.begins(somebody)
    life.says(own, "Quackenbush here", "greet")
    digest = digest_of(database, clock)
    await digest.catch_up()
    assert found(database, "quackenbush", masked=True) == [own]
    database.write_now(lambda connection: connection.execute(sa.update(customers).values(name="Zebulon Quackenbush")))
    clock.forward(seconds=1)
    life.says(own, "where is it", "track_order")
    await digest.catch_up()
    assert found(database, "quackenbush", masked=True) == []


async def test_words_from_before_masking_was_known_are_made_anew_by_themselves(
    database: Database, clock, talk: str
) -> None:
    forgotten = sa.update(conversation_words).values(hidden=None)
    database.write_now(lambda connection: connection.execute(forgotten))
    assert found(database, "lamps", masked=True) == []
    clock.forward(hours=2)
    digest: Digest = digest_of(database, clock)
    assert await digest.catch_up() == 1
    assert found(database, "lamps", masked=True) == [talk]
    assert found(database, "quackenbush", masked=True) == []


async def test_the_list_and_its_figures_are_searched_with_the_reader_s_eyes(
    database: Database, clock, new_id, talk: str
) -> None:
    house = InsightHouse(database, clock, new_id)
    seen = {}
    for role, browser in (("analyst", house.analyst), ("supervisor", house.supervisor)):
        async with browser:
            for words in ("quackenbush", "lamps"):
                asked = {"q": words, "period": "all"}
                page = await browser.get("/insights/conversations", params=asked)
                file = await browser.get("/insights/conversations", params={**asked, "as": "csv"})
                dashboard = await browser.get("/insights/dashboards", params=asked)
                assert (page.status_code, file.status_code, dashboard.status_code) == (200, 200, 200)
                seen[role, words] = f"/insights/conversations/{talk}" in page.text, talk in file.text
    assert seen == {
        ("analyst", "quackenbush"): (False, False),
        ("analyst", "lamps"): (True, True),
        ("supervisor", "quackenbush"): (True, True),
        ("supervisor", "lamps"): (True, True),
    }
