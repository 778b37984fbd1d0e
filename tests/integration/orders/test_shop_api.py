"""The description in docs/shop-api.yaml is what goes over the wire, and has what the values have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

import pytest

from bot.orders import changes as of_changes
from bot.orders import models, policy
from bot.orders.changes import KINDS, CancelOrder, ChangePhone, Refusal
from bot.orders.http_json import (
    CustomerList,
    OrderList,
    ProductList,
    read,
    read_change,
    read_plan,
    read_receipt,
    write,
)
from bot.orders.models import OrderStatus, PaymentKind
from bot.orders.policy import RefundTo, ShopPolicy
from bot.orders.shop import Refused
from bot.orders.sql import SqlShop
from bot.settings import ROOT
from bot.storage.database import Database
from tests.support.contract_shop import ANN, PENDING, SHIPPED, seed_small_shop
from tests.support.openapi import Description, Exchange, NotAsDescribed
from tests.support.shop_server import shop_over_http, shop_server

pytestmark = pytest.mark.integration

DOCS = ROOT / "docs"
SCHEMAS: dict[str, type[Any]] = {
    **{
        name: getattr(models, name)
        for name in ["Address", "Order", "OrderItem", "Shipment", "Payment", "SentBack", "Product", "Variant"]
    },
    **{name: getattr(of_changes, name) for name in ["Replacement", "Transfer", "Plan", "Receipt"]},
    **{kind.__name__: kind for kind in KINDS.values()},
    "PaymentMethod": models.PaymentMethod,
    "Customer": models.CustomerProfile,
    "Policy": policy.ShopPolicy,
    "Refusal": of_changes.Reason,
    "OrderList": OrderList,
    "CustomerList": CustomerList,
    "ProductList": ProductList,
}


@pytest.fixture
def description() -> Description:
    return Description.load(DOCS / "shop-api.yaml")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_every_answer_that_is_described_is_given_as_described(
    database: Database, clock: Callable, description: Description
) -> None:
    database.write_now(lambda connection: seed_small_shop(connection, clock()))
    cancel = CancelOrder(PENDING, "no longer needed")
    async with shop_server(SqlShop(database, clock=clock)) as server, shop_over_http(server.url) as shop:
        await shop.order(PENDING)
        await shop.order("#W9999999")
        await shop.orders_of(ANN, 5)
        await shop.customer(ANN)
        await shop.customer("nobody")
        await shop.customer_by_email("ann.lee@mail.example")
        await shop.customers_by_name("Ann", "Lee", "LS1 4AB")
        await shop.customers_by_phone("+447700900123")
        await shop.products()
        await shop.product("mug")
        await shop.product("hat")
        await shop.refresh_policy()
        server.policy = ShopPolicy()
        await shop.refresh_policy()
        await shop.preview(ANN, cancel)
        await shop.apply(ANN, cancel, "k-1")
        await shop.outcome("k-1")
        await shop.outcome("k-2")
        for call in (shop.preview(ANN, cancel), shop.apply(ANN, CancelOrder(SHIPPED, "sorry"), "k-2")):
            with pytest.raises(Refused):
                await call
        with pytest.raises(ValueError, match="used before"):
            await shop.apply(ANN, ChangePhone("0113"), "k-1")
        for exchange in server.exchanges:
            description.hold(exchange)
    assert description.seen == description.described


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_has_the_members_its_value_has(description: Description, name: str) -> None:
    schema = description.document["components"]["schemas"][name]
    members = fields(SCHEMAS[name])
    needed = {field.name for field in members if field.default is MISSING and field.default_factory is MISSING}
    of_kind = {"kind"} if SCHEMAS[name] in KINDS.values() else set()
    assert set(schema["properties"]) == {field.name for field in members} | of_kind
    assert set(schema.get("required", ())) == needed | of_kind


def test_the_words_described_are_those_understood(description: Description) -> None:
    schemas = description.document["components"]["schemas"]
    assert set(schemas["OrderStatus"]["enum"]) == set(OrderStatus)
    assert set(schemas["PaymentMethod"]["properties"]["kind"]["enum"]) == set(PaymentKind)
    assert set(schemas["Refusal"]["properties"]["refusal"]["enum"]) == set(Refusal)
    assert set(schemas["Policy"]["properties"]["refund_to"]["enum"]) == set(RefundTo)
    of_kinds = {kind.__name__: schemas[kind.__name__]["properties"]["kind"]["const"] for kind in KINDS.values()}
    assert of_kinds == {kind.__name__: name for name, kind in KINDS.items()}
    assert [one["$ref"].rpartition("/")[2] for one in schemas["Change"]["oneOf"]] == [*of_kinds]


def test_the_defaults_of_a_policy_are_those_described(description: Description) -> None:
    members = description.document["components"]["schemas"]["Policy"]["properties"]
    assert {name: schema["default"] for name, schema in members.items()} == json.loads(write(ShopPolicy()))
    assert read(ShopPolicy, b"{}") == ShopPolicy()


READERS: dict[str, Callable[[bytes], object]] = {
    "Change": read_change,
    "Plan": read_plan,
    "Receipt": read_receipt,
    **{name: (lambda body, kind=kind: read(kind, body)) for name, kind in SCHEMAS.items()},
}
EXAMPLES = re.findall(r"```json (\w+)\n(.*?)```", (DOCS / "shop-api.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize(("name", "text"), EXAMPLES)
def test_an_example_is_as_described_and_understood(description: Description, name: str, text: str) -> None:
    description.hold_value(name, json.loads(text))
    value = READERS[name](text.encode())
    assert json.loads(write(value)).items() >= json.loads(text).items()


def test_the_guide_names_every_change_and_every_refusal() -> None:
    guide = (DOCS / "shop-api.md").read_text(encoding="utf-8")
    assert len(EXAMPLES) >= 4
    assert [word for word in [*KINDS, *Refusal] if f"`{word}`" not in guide] == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"method": "PUT"}, "is no operation"),
        ({"query": {}}, "limit is missing"),
        ({"query": {"limit": "0"}}, "against minimum"),
        ({"query": {"limit": "5", "offset": "1"}}, "in the query"),
        ({"headers": {}}, "no bearer token"),
        ({"body": {}}, "a body"),
        ({"status": 418}, "status 418"),
        ({"answer": {}}, "against required"),
        ({"answer": {"orders": [], "more": 1}}, "more is not described"),
        ({"answer": {"orders": {}}}, "against type"),
        ({"answer": {"orders": [{"delivery_fee": 1.5}]}}, "against"),
    ],
)
def test_what_is_not_as_described_is_noticed(description: Description, changed: dict[str, Any], problem: str) -> None:
    headers = {"Authorization": "Bearer t"}
    fine = {"method": "GET", "path": "/customers/ann/orders", "query": {"limit": "5"}, "headers": headers, "body": None}
    described = {**fine, "status": 200, "answer": {"orders": []}}
    description.hold(Exchange(**described))
    with pytest.raises(NotAsDescribed, match=problem):
        description.hold(Exchange(**{**described, **changed}))
