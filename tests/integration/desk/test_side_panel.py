"""The panel beside a conversation: what it shows, to whom, and what it does where the shop is slow or away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.cases.cases import CaseItem, CaseKind
from bot.desk import side
from bot.orders.shop import ShopUnavailable
from bot.staff.models import Agent, Role
from bot.storage.channel_tables import link_tokens, links
from bot.storage.desk_tables import audit
from bot.storage.tables import conversations
from tests.conftest import Clock
from tests.support.desk_house import DeskHouse
from tests.support.desk_scene import Scene

pytestmark = pytest.mark.integration
Browse = Callable[..., httpx.AsyncClient]
TUNDE, ORDER, EMAIL = "tunde-okafor", "#W5093341", "t.okafor@post.example"


@pytest.fixture
def scene(desk: DeskHouse) -> Scene:
    return Scene(desk.with_shop())


def lookup(token: str = "t1", **fields: str) -> dict[str, str]:
    return {"number": "w509 3341", "contact": EMAIL, "token": token} | fields


async def test_what_the_customer_agreed_to_is_told_and_nothing_more(scene: Scene, browse: Browse, robin: Agent) -> None:
    talk = await scene.held(robin)
    async with browse(robin, htmx=True) as browser:
        page = " ".join((await browser.get(f"/desk/c/{talk}/side")).text.split())
        assert "Agreed to: answers where they write, and nothing else." in page
        await scene.call_back(talk, "+44 20 7946 0000")
        page = " ".join((await browser.get(f"/desk/c/{talk}/side")).text.split())
        assert 'Agreed to: our answer by <span dir="auto">+44 20 7946 0000</span>' in page
        linked(scene, talk)
        page = " ".join((await browser.get(f"/desk/c/{talk}/side")).text.split())
        assert "linked by them" in page
        assert "Agreed to: the same conversation on Website" in page


def linked(scene: Scene, conversation_id: str) -> None:
    """The customer has said that they are the same on two channels."""
    now, new_id = scene.desk.clock(), scene.desk.new_id

    def work(connection: Connection) -> None:
        row = connection.execute(sa.select(conversations).where(conversations.c.id == conversation_id)).one()
        token_id = new_id()
        token = {"id": token_id, "token_hash": "x", "identity_id": row.identity_id, "to_channel": "telegram"}
        connection.execute(sa.insert(link_tokens).values(**token, created_at=now, expires_at=now))
        whose = {"from_customer_id": row.customer_id, "to_customer_id": row.customer_id}
        link = {"id": new_id(), "identity_id": row.identity_id, "token_id": token_id, "created_at": now}
        connection.execute(sa.insert(links).values(**link, **whose))

    scene.desk.database.write_now(work)


async def test_the_handoff_is_told_in_words(scene: Scene, browse: Browse, robin: Agent) -> None:
    conversation = await scene.misunderstood(scene.house.wanda, "blorp the frobs", "the frobs I say")
    async with browse(robin, htmx=True) as browser:
        page = (await browser.get(f"/desk/c/{conversation}/side")).text
    assert "The assistant did not understand them twice in a row." in page
    assert "blorp the frobs" in page
    assert "the frobs I say" in page
    assert "Nothing has been proven" in page


async def test_everything_we_know_ourselves_stands_there(scene: Scene, browse: Browse, robin: Agent) -> None:
    visitor = scene.visitor("wim")
    first = await scene.house.talks(visitor, "hello")
    await scene.rated(first, 2, "Too slow for me")
    second = await scene.held(robin, visitor)
    scene.named(second, "Wim Kok")
    await scene.case(second, CaseKind.DAMAGED, order_number=ORDER, items=(CaseItem("x", "A vase"),))
    await scene.call_back(second, "wim@mail.example")
    async with browse(robin) as browser:
        page = (await browser.get(f"/desk/c/{second}/side")).text
    for told in ("Wim Kok", "Too slow for me", "2/5", "Something is damaged", ORDER, "wim@mail.example", "Website"):
        assert told in page


async def test_nobody_proven_no_orders(scene: Scene, browse: Browse, robin: Agent) -> None:
    conversation = await scene.held(robin)
    async with browse(robin) as browser:
        page = (await browser.get(f"/desk/c/{conversation}/side/shop")).text
    assert "Nobody knows yet who this is" in page
    assert "Look up an order they tell you" in page


async def test_verified_shows_profile_and_all_orders(scene: Scene, browse: Browse, robin: Agent) -> None:
    conversation = await scene.held(robin)
    scene.proven(conversation, TUNDE)
    async with browse(robin) as browser:
        page = (await browser.get(f"/desk/c/{conversation}/side/shop")).text
    orders = scene.desk.house.read(sa.text("SELECT number FROM shop_orders WHERE customer_id = 'tunde-okafor'"))  # type: ignore[arg-type]  # text is a statement too
    assert len(orders) > 1
    assert all(order.number in page for order in orders)
    for told in (EMAIL, "Visa ending in 3333", "Gift card, £120.00 left", "Change address", "£149.00"):
        assert told in page
    assert "Look up an order" not in page


async def test_matched_shows_the_one_order_and_whose_it_is(scene: Scene, browse: Browse, robin: Agent) -> None:
    conversation = await scene.held(robin)
    scene.proven(conversation, TUNDE, order=ORDER)
    async with browse(robin) as browser:
        page = (await browser.get(f"/desk/c/{conversation}/side/shop")).text
    assert ORDER in page
    assert "#W4401827" not in page  # another of theirs
    assert "Tunde Okafor" in page
    assert "Pays with" not in page


async def test_a_proof_that_ran_out_is_shown_as_that(scene: Scene, browse: Browse, robin: Agent, clock: Clock) -> None:
    conversation = await scene.held(robin)
    scene.proven(conversation, TUNDE, minutes=5)
    clock.forward(minutes=6)
    async with browse(robin) as browser:
        panel = (await browser.get(f"/desk/c/{conversation}/side")).text
        shop = (await browser.get(f"/desk/c/{conversation}/side/shop")).text
    assert "Was verified" in panel
    assert "it ran out on" in panel
    assert "Not proven to be theirs now" in shop
    assert ORDER in shop


async def test_what_can_be_done_is_offered_to_the_owner_alone(scene: Scene, browse: Browse, robin: Agent) -> None:
    other = scene.desk.door.add("Sam Okoro")
    conversation = await scene.held(other)
    scene.proven(conversation, TUNDE)
    async with browse(robin) as browser:
        assert "/order/form" not in (await browser.get(f"/desk/c/{conversation}/side/shop")).text
    async with browse(other) as browser:
        assert "/order/form" in (await browser.get(f"/desk/c/{conversation}/side/shop")).text


async def test_an_order_is_looked_up_with_what_is_on_it(scene: Scene, browse: Browse, robin: Agent) -> None:
    conversation = await scene.held(robin)
    async with browse(robin) as browser:
        found = (await browser.post(f"/desk/c/{conversation}/side/proof", data=lookup())).text
    assert ORDER in found
    assert "Tunde Okafor" in found
    lines = scene.house.read(sa.select(audit).where(audit.c.action == "order_lookup"))
    assert [(line.subject, line.details, line.conversation_id) for line in lines] == [
        (ORDER, {"result": "right", "by": "email"}, conversation)
    ]


async def test_wrong_tries_are_counted_and_locked_as_the_customers_own(
    scene: Scene, browse: Browse, robin: Agent
) -> None:
    conversation = await scene.held(robin)
    said = []
    async with browse(robin) as browser:
        for number in range(6):
            wrong = lookup(f"t{number}", contact=f"guess{number}@mail.example")
            said.append((await browser.post(f"/desk/c/{conversation}/side/proof", data=wrong)).text)
        right = (await browser.post(f"/desk/c/{conversation}/side/proof", data=lookup("t9"))).text
    assert "No order has that number together with" in said[0]
    assert "Too many tries" in said[-1]
    assert "Too many tries" in right
    assert "Tunde" not in right


async def test_an_unknown_order_and_a_wrong_contact_read_alike(scene: Scene, browse: Browse, robin: Agent) -> None:
    conversation = await scene.held(robin)
    async with browse(robin) as browser:
        path = f"/desk/c/{conversation}/side/proof"
        unknown = (await browser.post(path, data=lookup("a", number="W0000001"))).text
        wrong = (await browser.post(path, data=lookup("b", contact="x@y.example"))).text
    sentence = "No order has that number together with that address or postcode."
    assert sentence in unknown
    assert sentence in wrong


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"number": "my order"}, "That is no order number of this shop."),
        ({"number": "9" * 400}, "That is no order number of this shop."),
        ({"contact": "???"}, "That is neither an e-mail address nor a postcode."),
        ({"number": "W5093341\0"}, '<span class="mono">#W5093341</span>'),
    ],
)
async def test_what_cannot_be_looked_up_is_a_sentence(
    scene: Scene, browse: Browse, robin: Agent, fields: dict[str, str], sentence: str
) -> None:
    conversation = await scene.held(robin)
    async with browse(robin) as browser:
        answer = await browser.post(f"/desk/c/{conversation}/side/proof", data=lookup(**fields))
    assert answer.status_code == 200
    assert sentence in answer.text


async def test_only_the_owner_looks_orders_up(scene: Scene, browse: Browse, robin: Agent) -> None:
    other = scene.desk.door.add("Sam Okoro")
    conversation = await scene.held(other)
    async with browse(robin, htmx=True) as browser:
        answer = await browser.post(f"/desk/c/{conversation}/side/proof", data=lookup())
    assert answer.status_code == 409
    assert "Sam Okoro has this conversation now" in answer.text


async def test_an_analyst_sees_no_customer_and_looks_nothing_up(scene: Scene, browse: Browse) -> None:
    reader = scene.desk.door.add("Ana Lyst", role=Role.ANALYST)
    conversation = await scene.house.waits()
    async with browse(reader) as browser:
        assert (await browser.get(f"/desk/c/{conversation}/side")).status_code == 403
        assert (await browser.post(f"/desk/c/{conversation}/side/proof", data=lookup())).status_code == 403


class Away:
    """A shop that does not answer, or takes too long."""

    def __init__(self, shop: Any, *, slow: bool = False) -> None:
        self._shop = shop
        self._slow = slow

    def __getattr__(self, name: str) -> Any:
        if name == "policy":
            return self._shop.policy

        async def away(*_: Any) -> Any:
            if self._slow:
                await asyncio.sleep(30)
            raise ShopUnavailable("no answer")

        return away


@pytest.mark.parametrize("slow", [False, True])
async def test_a_shop_that_is_away_blocks_nothing(
    desk: DeskHouse, browse: Browse, robin: Agent, monkeypatch: pytest.MonkeyPatch, slow: bool
) -> None:
    scene = Scene(desk)
    conversation = await scene.held(robin)
    scene.proven(conversation, TUNDE)
    monkeypatch.setattr(side, "SHOP_SECONDS", 0.1)
    tools = replace(desk.tools, shop=Away(desk.shop, slow=slow))
    desk.rebuilt(tools)
    async with browse(robin) as browser:
        panel = await browser.get(f"/desk/c/{conversation}/side")
        shop = await browser.get(f"/desk/c/{conversation}/side/shop")
    assert "Verified" in panel.text
    assert (shop.status_code, "The shop does not answer just now" in shop.text) == (200, True)
    assert "Try again" in shop.text


@pytest.mark.parametrize("path", ["side", "side/shop", "wrap-up"])
@pytest.mark.parametrize("conversation", ["0" * 32, "x", "..%2F", "a" * 500, "%00", "ü"])
async def test_an_unknown_conversation_is_not_there(
    scene: Scene, browse: Browse, robin: Agent, path: str, conversation: str
) -> None:
    async with browse(robin) as browser:
        assert (await browser.get(f"/desk/c/{conversation}/{path}")).status_code == 404
