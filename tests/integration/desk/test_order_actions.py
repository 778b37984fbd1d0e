"""What agents have the shop do: shown first, confirmed, made once however often it is sent, and noted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.handoff import owning
from bot.orders.policy import ShopPolicy
from bot.orders.shop import OutcomeUnknown, ShopUnavailable
from bot.orders.sql import SqlShop
from bot.staff.models import Agent
from bot.storage.desk_tables import audit, notes
from bot.storage.shop_tables import shop_changes, shop_orders
from bot.storage.tables import agents
from tests.support.desk_house import DeskHouse
from tests.support.desk_scene import Scene

pytestmark = pytest.mark.integration
Browse = Callable[..., httpx.AsyncClient]
TUNDE, PENDING, DELIVERED = "tunde-okafor", "#W4401827", "#W2917364"
ELSEWHERE = {"line1": "9 Mill Lane", "city": "Leeds", "postcode": "LS2 9JT", "country": "GB"}


class Counter:
    """An agent with a verified customer's conversation, and the dialog of an order action."""

    def __init__(self, scene: Scene, browse: Browse, agent: Agent) -> None:
        self.scene = scene
        self.browse = browse
        self.agent = agent
        self.conversation = ""

    async def opens(self, *, verified: bool = True) -> Counter:
        self.conversation = await self.scene.held(self.agent)
        if verified:
            self.scene.proven(self.conversation, TUNDE)
        else:
            for number in (PENDING, DELIVERED):
                self.scene.proven(self.conversation, TUNDE, order=number)
        return self

    async def form(self, order: str = PENDING, kind: str = "cancel_order") -> str:
        async with self.browse(self.agent) as browser:
            path = f"/desk/c/{self.conversation}/order/form"
            return (await browser.get(path, params={"order": order, "kind": kind})).text

    async def sends(self, step: str, data: dict[str, str], agent: Agent | None = None) -> httpx.Response:
        async with self.browse(agent or self.agent, htmx=True) as browser:
            return await browser.post(f"/desk/c/{self.conversation}/order/{step}", data=data)

    async def filled(self, order: str, kind: str, **fields: str) -> dict[str, str]:
        """All fields of the dialog with the summary, ready to be confirmed."""
        token = hidden(await self.form(order, kind), "token")
        data = {"order": order, "kind": kind, "token": token, **fields}
        shown = await self.sends("preview", data)
        assert "Nothing has been changed yet" in shown.text, shown.text
        return data | {"mark": hidden(shown.text, "mark")}

    def changes(self) -> list[Any]:
        return list(self.scene.house.read(sa.select(shop_changes)))

    def notes(self) -> list[str]:
        return [row.text for row in self.scene.house.read(sa.select(notes).order_by(notes.c.created_at))]

    def noted(self) -> list[str]:
        return [row.action for row in self.scene.house.read(sa.select(audit).order_by(audit.c.number))]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return unescape(found[1])


@pytest.fixture
async def counter(desk: DeskHouse, browse: Browse, robin: Agent) -> Counter:
    return await Counter(Scene(desk.with_shop()), browse, robin).opens()


def items_of(page: str) -> str:
    """The first other version that is there, of the first thing that has one."""
    found = re.search(r'name="(swap-\d+)">.*?<option value="([^"]+)">', page, re.S)
    assert found
    return f"{found[1]}={found[2]}"


CANCEL = {"reason": "no longer needed"}


async def test_cancelling_is_shown_with_its_money_then_done_and_noted(counter: Counter) -> None:
    data = await counter.filled(PENDING, "cancel_order", **CANCEL)
    assert counter.changes() == []
    done = await counter.sends("apply", data)
    assert "<strong>Done.</strong>" in done.text
    assert done.headers["hx-trigger"] == "desk:order-changed"
    (change,) = counter.changes()
    assert (change.kind, change.order_number) == ("cancel_order", PENDING)
    assert change.key == f"{counter.conversation}:desk:{data['token']}"
    (note,) = counter.notes()
    assert f"Order {PENDING} cancelled." in note
    assert "Refunded £234.00 (Visa ending in 3333)." in note
    assert counter.noted()[-3:] == ["order_change_asked", "order_changed", "note"]


@pytest.mark.parametrize(
    ("order", "kind", "fields"),
    [
        (PENDING, "change_order_address", ELSEWHERE),
        (PENDING, "change_order_payment", {"payment": "paypal-142862"}),
        (PENDING, "change_order_items", {"swaps": "1", "payment": "credit-426416"}),
        (DELIVERED, "return_items", {"pick-0": "1", "payment": "gift-614409"}),
        (DELIVERED, "exchange_items", {"swaps": "1", "payment": "credit-426416"}),
    ],
)
async def test_every_kind_of_change_goes_through_the_same_dialog(
    counter: Counter, order: str, kind: str, fields: dict[str, str]
) -> None:
    if "swaps" in fields:
        name, _, value = items_of(await counter.form(order, kind)).partition("=")
        fields = {"payment": fields["payment"], name: value}
    if kind == "return_items":
        page = await counter.form(order, kind)
        fields = fields | {"payment": re.findall(r'name="payment" value="([^"]+)"', page)[0]}
    done = await counter.sends("apply", await counter.filled(order, kind, **fields))
    assert "<strong>Done.</strong>" in done.text, done.text
    assert [(change.kind, change.order_number) for change in counter.changes()] == [(kind, order)]


async def test_a_double_click_does_it_once(counter: Counter) -> None:
    data = await counter.filled(PENDING, "cancel_order", **CANCEL)
    answers = await asyncio.gather(*(counter.sends("apply", data) for _ in range(5)))
    assert all("<strong>Done.</strong>" in answer.text for answer in answers)
    assert len(counter.changes()) == 1
    assert len(counter.notes()) == 1
    assert counter.noted().count("order_changed") == 1


async def test_what_is_sent_again_says_that_nothing_was_done_twice(counter: Counter) -> None:
    data = await counter.filled(PENDING, "change_order_address", **ELSEWHERE)
    await counter.sends("apply", data)
    again = await counter.sends("apply", data)
    assert "nothing was done twice" in again.text
    assert len(counter.changes()) == 1


async def test_two_agents_cannot_both_do_it(counter: Counter, desk: DeskHouse) -> None:
    data = await counter.filled(PENDING, "cancel_order", **CANCEL)
    sam = desk.agent("Sam Okoro")
    await desk.house.does(owning.transfer, counter.conversation, counter.agent, to_agent=sam)
    refused = await counter.sends("apply", data)
    assert refused.status_code == 409
    assert "Sam Okoro has this conversation now" in refused.text
    assert counter.changes() == []
    sams = Counter(counter.scene, counter.browse, sam)
    sams.conversation = counter.conversation
    assert "Done." in (await sams.sends("apply", await sams.filled(PENDING, "cancel_order", **CANCEL))).text
    await desk.house.does(owning.transfer, counter.conversation, sam, to_agent=desk.agent("Kim Lo"))
    assert len(counter.changes()) == 1


class Slow(SqlShop):
    """A shop in which something happens while it is asked."""

    def __init__(self, desk: DeskHouse) -> None:
        super().__init__(desk.database)
        self.meanwhile: Callable[[], Any] | None = None

    def for_staff(self) -> SqlShop:
        return self

    async def preview(self, customer_id: str, change: Any) -> Any:
        plan = await super().preview(customer_id, change)
        if self.meanwhile is not None:
            await self.meanwhile()
        return plan


@pytest.mark.parametrize(("what", "status"), [("passed on", 409), ("disabled", 403)])
async def test_who_may_no_more_when_the_shop_is_asked_does_nothing(
    desk: DeskHouse, browse: Browse, robin: Agent, what: str, status: int
) -> None:
    shop = Slow(desk.with_shop())
    desk.rebuilt(replace(desk.tools, shop=shop))
    counter = await Counter(Scene(desk), browse, robin).opens()
    data = await counter.filled(PENDING, "cancel_order", **CANCEL)
    sam = desk.agent("Sam Okoro")

    async def meanwhile() -> None:
        if what == "passed on":
            await desk.house.does(owning.transfer, counter.conversation, robin, to_agent=sam)
        else:
            disabled = sa.update(agents).where(agents.c.id == robin.id).values(state="disabled")
            desk.database.write_now(lambda connection: connection.execute(disabled))

    shop.meanwhile = meanwhile
    assert (await counter.sends("apply", data)).status_code == status
    assert counter.changes() == []
    assert "order_change_asked" not in counter.noted()


async def test_a_second_form_for_what_was_done_is_refused_in_words(counter: Counter) -> None:
    first = await counter.filled(PENDING, "cancel_order", **CANCEL)
    second = await counter.filled(PENDING, "cancel_order", **CANCEL)
    await counter.sends("apply", first)
    refused = await counter.sends("apply", second)
    assert "The shop does not do it." in refused.text
    assert "it is cancelled" in refused.text
    assert len(counter.changes()) == 1


async def test_what_has_changed_since_it_was_shown_is_shown_again(counter: Counter) -> None:
    data = await counter.filled(PENDING, "cancel_order", **CANCEL)
    payment = await counter.filled(PENDING, "change_order_payment", payment="paypal-142862")
    await counter.sends("apply", payment)
    shown = await counter.sends("apply", data)
    assert "has changed meanwhile" in shown.text
    assert "PayPal" in shown.text
    assert "Done." in (await counter.sends("apply", data | {"mark": hidden(shown.text, "mark")})).text


async def test_for_a_customer_who_is_not_verified_the_agent_says_how_they_made_sure(
    desk: DeskHouse, browse: Browse, robin: Agent
) -> None:
    counter = await Counter(Scene(desk.with_shop()), browse, robin).opens(verified=False)
    data = await counter.filled(PENDING, "cancel_order", **CANCEL)
    asked = await counter.sends("apply", data)
    assert "Say first how you made sure" in asked.text
    assert counter.changes() == []
    assert "Done." in (await counter.sends("apply", data | {"sure": "called_back"})).text
    assert "Robin Hale made sure in another way (called back on the number on file)" in counter.notes()[0]
    details = [row.details for row in desk.house.read(sa.select(audit).where(audit.c.action == "order_change_asked"))]
    assert details[0]["sure"] == "called_back"


async def test_what_customers_may_not_do_agents_may(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    desk.with_shop()
    closed = SqlShop(desk.database, ShopPolicy(cancelling=False))
    desk.rebuilt(replace(desk.tools, shop=closed))
    counter = await Counter(Scene(desk), browse, robin).opens()
    assert "Done." in (await counter.sends("apply", await counter.filled(PENDING, "cancel_order", **CANCEL))).text


@pytest.mark.parametrize(
    ("order", "kind", "fields", "sentence"),
    [
        (PENDING, "cancel_order", {}, "Choose a reason."),
        (PENDING, "cancel_order", {"reason": "because"}, "The shop does not accept that reason."),
        (PENDING, "return_items", {"pick-0": "1", "payment": "gift-614409"}, "once the order has arrived"),
        (PENDING, "change_order_payment", {"payment": "somebody-elses"}, "not one of the customer&#39;s ways to pay"),
        (PENDING, "change_order_payment", {"payment": "credit-426416"}, "It is paid with that already."),
        (PENDING, "change_order_items", {"swap-0": "no-such", "payment": "credit-426416"}, "no such version any more"),
        (PENDING, "change_order_items", {"payment": "credit-426416"}, "another version of at least one thing"),
        (PENDING, "change_order_address", ELSEWHERE | {"country": "Britain"}, "two letters"),
        (PENDING, "change_order_address", ELSEWHERE | {"city": "x" * 5000}, "too long"),
        (DELIVERED, "return_items", {"pick-99999999999": "1", "payment": "x"}, "Choose at least one thing."),
    ],
)
async def test_what_cannot_be_is_a_sentence(
    counter: Counter, order: str, kind: str, fields: dict[str, str], sentence: str
) -> None:
    answer = await counter.sends("preview", {"order": order, "kind": kind, "token": "t", **fields})
    assert answer.status_code == 200
    assert sentence in answer.text
    assert counter.changes() == []


@pytest.mark.parametrize("order", ["#W6617025", "#W0000000", "", "x" * 300, "\0", "'; DROP TABLE shop_orders; --"])
async def test_an_order_that_was_not_opened_here_is_not_there(counter: Counter, order: str) -> None:
    data = {"order": order, "kind": "cancel_order", "token": "t", **CANCEL}
    for step in ("preview", "apply", "outcome"):
        answer = await counter.sends(step, data)
        assert (answer.status_code, "no such order" in answer.text) == (404, True)


async def test_there_is_no_form_for_an_unknown_kind(counter: Counter) -> None:
    async with counter.browse(counter.agent, htmx=True) as browser:
        path = f"/desk/c/{counter.conversation}/order/form"
        answer = await browser.get(path, params={"order": PENDING, "kind": "<script>"})
    assert answer.status_code == 404


async def test_without_a_token_nothing_is_done(counter: Counter) -> None:
    answer = await counter.sends("apply", {"order": PENDING, "kind": "cancel_order", **CANCEL})
    assert answer.status_code == 400
    assert counter.changes() == []


class Falters(SqlShop):
    """A shop from which no answer comes: before it did anything, or after."""

    def __init__(self, desk: DeskHouse, *, does: bool, error: type[Exception]) -> None:
        super().__init__(desk.database)
        self._does = does
        self._error = error
        self.silent = True

    def for_staff(self) -> SqlShop:
        return self

    async def apply(self, customer_id: str, change: Any, key: str) -> Any:
        if not self.silent:
            return await super().apply(customer_id, change, key)
        if self._does:
            await super().apply(customer_id, change, key)
        raise self._error("no answer")


@pytest.mark.parametrize("does", [False, True])
async def test_an_outcome_nobody_knows_is_said_and_looked_up(
    desk: DeskHouse, browse: Browse, robin: Agent, does: bool
) -> None:
    shop = Falters(desk.with_shop(), does=does, error=OutcomeUnknown)
    desk.rebuilt(replace(desk.tools, shop=shop))
    counter = await Counter(Scene(desk), browse, robin).opens()
    data = await counter.filled(PENDING, "cancel_order", **CANCEL)
    unknown = await counter.sends("apply", data)
    assert "Nobody knows yet whether it was done." in unknown.text
    assert "order_change_unknown" in counter.noted()
    looked = await counter.sends("outcome", data)
    assert ("<strong>Done.</strong>" in looked.text) is does
    if not does:
        assert "Send it again (never done twice)" in looked.text
    shop.silent = False
    assert "<strong>Done.</strong>" in (await counter.sends("apply", data)).text
    assert len(counter.changes()) == 1
    assert len(counter.notes()) == 1


async def test_a_shop_that_is_away_keeps_what_was_filled_in(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    shop = Falters(desk.with_shop(), does=False, error=ShopUnavailable)
    desk.rebuilt(replace(desk.tools, shop=shop))
    counter = await Counter(Scene(desk), browse, robin).opens()
    data = await counter.filled(PENDING, "cancel_order", **CANCEL)
    away = await counter.sends("apply", data)
    assert "The shop does not answer just now." in away.text
    assert all(hidden(away.text, name) == value for name, value in data.items())
    shop.silent = False
    assert "<strong>Done.</strong>" in (await counter.sends("apply", data)).text
    status = desk.house.read(sa.select(shop_orders.c.status).where(shop_orders.c.number == PENDING))
    assert status[0].status == "cancelled"
