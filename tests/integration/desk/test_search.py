"""What a search at the desk finds, and how it shows it."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa

from bot.staff.models import Agent
from bot.storage.desk_tables import audit, conversation_tags, notes
from bot.storage.shop_tables import shop_customers, shop_orders
from bot.storage.tables import callbacks, customers
from tests.conftest import Clock
from tests.support.core import Visitor
from tests.support.desk_house import DeskHouse

Browse = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def three(desk: DeskHouse, robin: Agent, clock: Clock) -> dict[str, str]:
    """Conversations of three customers, with a note, a tag and an address to call back."""
    ids = {}
    for name, said in (
        ("Ünal Öztürk", "my kettle leaks 100% of the time"),
        ("Bob", "Where is #W2507194?"),
        ("Cy", "hello"),
    ):
        ids[name] = (await Visitor(desk.house.service, name).types(said)).conversation_id

    def more(connection: sa.Connection) -> None:
        for name, conversation in ids.items():
            of_it = sa.text("SELECT customer_id FROM conversations WHERE id = :id")
            customer = connection.execute(of_it, {"id": conversation}).scalar_one()
            connection.execute(sa.update(customers).where(customers.c.id == customer).values(name=name))
        connection.execute(
            sa.insert(notes).values(
                id="n1",
                conversation_id=ids["Cy"],
                agent_id=robin.id,
                after_seq=1,
                text="a loyal customer",
                created_at=clock(),
            )
        )
        connection.execute(
            sa.insert(conversation_tags).values(conversation_id=ids["Bob"], tag="warehouse", created_at=clock())
        )
        connection.execute(
            sa.insert(callbacks).values(
                id="c1",
                conversation_id=ids["Cy"],
                reason="asked",
                contact="cy@example.org",
                state="open",
                created_at=clock(),
            )
        )

    desk.database.write_now(more)
    return ids


async def found(browse: Browse, agent: Agent, query: str) -> tuple[list[str], str]:
    async with browse(agent) as browser:
        page = (await browser.get("/desk/search", params={"q": query})).text
    return re.findall(r'<li><a href="/desk/c/([0-9a-f]+)', page), page


@pytest.mark.parametrize(
    ("query", "whose"),
    [
        ("kettle", "Ünal Öztürk"),
        ("KETTLE leaks", "Ünal Öztürk"),
        ("Ünal", "Ünal Öztürk"),
        ("ünal", "Ünal Öztürk"),
        ("W2507194", "Bob"),
        ("#W2507194", "Bob"),
        ("2507194", "Bob"),
        ("warehouse", "Bob"),
        ("loyal", "Cy"),
        ("cy@example.org", "Cy"),
        ("100%", "Ünal Öztürk"),
    ],
)
async def test_a_conversation_is_found_by(
    browse: Browse, robin: Agent, three: dict[str, str], query: str, whose: str
) -> None:
    ids, _ = await found(browse, robin, query)
    assert ids == [three[whose]]


@pytest.mark.parametrize("query", ["kettle warehouse", "%%", "__", "nobody at all", "\\\\", "' OR 1=1 --"])
async def test_what_nobody_said_finds_nothing(browse: Browse, robin: Agent, three: dict[str, str], query: str) -> None:
    ids, page = await found(browse, robin, query)
    assert ids == []
    assert "Nothing was found" in page


async def test_a_customer_of_the_shop_is_found_by_the_address_it_has(
    desk: DeskHouse, browse: Browse, robin: Agent, three: dict[str, str]
) -> None:
    desk.with_shop()
    row = desk.house.read(
        sa.select(shop_customers.c.id, shop_customers.c.email, shop_orders.c.number).join_from(
            shop_customers, shop_orders, shop_orders.c.customer_id == shop_customers.c.id
        )
    )[0]
    desk.database.write_now(
        lambda connection: connection.execute(
            sa.update(customers).where(customers.c.name == "Cy").values(shop_customer_id=row.id)
        )
    )
    for query in (row.email, row.number):
        ids, _ = await found(browse, robin, query)
        assert three["Cy"] in ids


async def test_what_was_found_is_marked_and_everything_is_text(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    await Visitor(desk.house.service, "x").types("<img src=x onerror=alert(1)> my kettle <b>leaks</b>")
    _, page = await found(browse, robin, "kettle <b>")
    assert "<mark>kettle</mark>" in page
    assert "<mark>&lt;b&gt;</mark>" in page
    assert "<img" not in page
    assert "<b>" not in page


async def test_every_search_is_in_the_audit_log(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    await found(browse, robin, "kettle")
    await found(browse, robin, "k")  # too short to be one
    rows = desk.house.read(sa.select(audit.c.action, audit.c.agent_id, audit.c.subject))
    assert [tuple(row) for row in rows] == [("search", robin.id, "kettle")]


async def test_a_search_is_cut_rather_than_refused(browse: Browse, robin: Agent) -> None:
    _, page = await found(browse, robin, "word " * 5000 + "\x00")
    assert "Nothing was found" in page
