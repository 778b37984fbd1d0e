"""What `bellhop links` prints, and how a link is named and undone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.commands.links import links_json, links_text
from bot.conversations.unit import Rules
from bot.customers.links import Link
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.tables import conversations
from tests.conftest import Clock
from tests.support.linked import Shop, shop_of
from tests.support.telegram_customer import TelegramCustomer

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
LINK = Link(
    id="3f2a9c41" + "0" * 24,
    identity_id="i1",
    channel="telegram",
    external_id="42",
    from_customer_id="c1",
    to_customer_id="c2",
    asked_by="i2",
    created_at=NOW,
    undone_at=None,
    undone_by=None,
)
UNDONE = replace(LINK, undone_at=NOW + timedelta(hours=1), undone_by="customer")


def test_a_link_is_shown_with_whose_the_chat_was_and_is() -> None:
    assert links_text([LINK], LONDON).splitlines() == [
        "1 made, 0 of them undone",
        "",
        "3f2a9c41  2026-07-01 10:00  stands",
        "  chat  telegram 42",
        "  was   customer c1",
        "  is    customer c2",
    ]


def test_an_undone_link_says_when_and_by_whom() -> None:
    text = links_text([UNDONE], LONDON)
    assert text.startswith("1 made, 1 of them undone")
    assert "3f2a9c41  2026-07-01 10:00  undone 2026-07-01 11:00 by the customer" in text
    assert "is    customer" not in text


def test_without_links_the_list_says_so() -> None:
    assert links_text([], LONDON) == "No chat has been connected with another."


def test_programs_get_the_same_links() -> None:
    (row,) = json.loads(links_json([UNDONE]))
    assert (row["id"], row["undone_at"], row["undone_by"]) == (LINK.id, "2026-07-01T10:00:00+00:00", "customer")


@pytest.fixture
def shop(tmp_path: Path, clock: Clock, new_id: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A database with a customer whom Tom was linked to, and one whom he was linked to then."""
    database = Database(f"sqlite:///{tmp_path / 'bellhop.db'}")
    migrate(database.url)
    shop = shop_of(database, clock, new_id, Rules())

    async def linked() -> None:
        await shop.asks(shop.wanda)
        await shop.linked()
        clock.forward(minutes=1)
        await shop.asks(TelegramCustomer(shop.service, "77"))
        await shop.follow(await shop.link("77", "telegram"))

    asyncio.run(linked())
    monkeypatch.setenv("BELLHOP_DATABASE_URL", database.url)
    return shop


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["links", *arguments])
    return result.exit_code, result.output


def test_links_are_undone_on_the_command_line_the_last_one_first(shop: Shop) -> None:
    second, first = (row["id"] for row in json.loads(run("list", "--json")[1]))

    assert run("undo", first)[0] == 1
    assert "undo that one first" in run("undo", first)[1]
    undone = f"Link {second[:8]} is undone: telegram 42 is the customer again that it was before.\n"
    assert run("undo", second) == (0, undone)
    assert run("undo", second) == (0, f"Link {second[:8]} was undone already.\n")
    assert shop.customer_of("42") == shop.customer_of("wanda")
    assert run("undo", first)[0] == 0
    assert run("list")[1].startswith("2 made, 2 of them undone")
    assert {link.undone_by for link in shop.links()} == {"operator"}


def test_the_chat_is_told_of_an_operators_undoing_in_the_projects_words(shop: Shop) -> None:
    link = shop.links()[0]
    conversation = shop.row(conversations, conversations.c.customer_id == link.to_customer_id)
    run("undo", link.id)
    assert "are separate again" in asyncio.run(shop.said(conversation.id))[-1].text


def test_what_names_no_link_is_told(shop: Shop) -> None:
    assert run("undo", "f") == (1, "no link's ID begins with 'f'; `bellhop links list` shows them all\n")
    code, said = run("undo", "0")
    assert (code, "2 IDs begin with '0'" in said) == (1, True)


def test_without_a_database_links_say_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLHOP_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    for command in (["list"], ["undo", "a"]):
        code, said = run(*command)
        assert (code, "bellhop migrate" in said) == (2, True)
