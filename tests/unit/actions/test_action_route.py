"""The route the engine calls: who may, what comes back, and what a failure looks like."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection
from starlette.applications import Starlette
from starlette.routing import Route

from actions.catalogue import ACTIONS
from actions.development import development_services
from actions.route import ActionRoute
from actions.services import Services
from bot.orders.shop import ShopUnavailable
from bot.storage.database import DatabaseUnavailable

SECRET = "s3cret"


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    route = ActionRoute(services, SECRET, {"intents": []})
    app = Starlette(routes=[Route("/actions", route.__call__, methods=["POST"])])
    headers = {"Authorization": f"Bearer {SECRET}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app", headers=headers) as client:
        yield client


def call(name: str, text: str = "where is my secret order", **slots: Any) -> dict[str, Any]:
    tracker = {
        "sender_id": "c1",
        "slots": slots,
        "latest_message": {"text": text, "intent": {"name": "greet"}, "entities": [], "metadata": {}},
        "events": [{"event": "user", "text": text}],
        "active_loop": {},
        "latest_action_name": "action_listen",
    }
    return {"next_action": name, "sender_id": "c1", "tracker": tracker, "version": "3.6.21"}


async def test_an_action_answers_in_rasas_format(client: httpx.AsyncClient) -> None:
    answer = await client.post("/actions", json=call("action_greet"))
    assert answer.status_code == 200
    assert answer.json()["responses"][0]["response"] == "utter_greet"
    assert [event["name"] for event in answer.json()["events"]] == ["said"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic s3cret", "Bearer s3crét"])
async def test_without_the_secret_nothing_is_run(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.post("/actions", json=call("action_greet"), headers={"Authorization": header.encode()})
    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"next_action": "x", "tracker": 1}', b"[" * 100_000])
async def test_garbage_is_a_bad_request(client: httpx.AsyncClient, body: bytes) -> None:
    assert (await client.post("/actions", content=body)).status_code == 400


def test_a_lone_action_server_registers_every_action_without_building_anything() -> None:
    development_services.cache_clear()
    executor = ActionExecutor()
    executor.register_package("actions")
    assert {action.action_name for action in ACTIONS} <= set(executor.actions)
    assert development_services.cache_info().currsize == 0


async def test_an_unknown_action_is_told_so(client: httpx.AsyncClient) -> None:
    assert (await client.post("/actions", json=call("action_dance"))).status_code == 404


@pytest.mark.parametrize("failure", [ShopUnavailable("away"), DatabaseUnavailable("locked")])
async def test_what_may_be_tried_again_is_a_503_that_says_so(
    client: httpx.AsyncClient, services: Any, failure: Exception
) -> None:
    services.shop.failure = failure
    answer = await client.post("/actions", json=call("action_show_order", order_number="#W1000001"))
    assert answer.status_code == 503
    assert answer.json()["error"]["retryable"] is True


async def test_any_other_failure_is_an_honest_sentence_and_ends_the_form(
    client: httpx.AsyncClient, services: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    services.shop.failure = ValueError("where is my secret order")
    answer = await client.post("/actions", json=call("action_show_order", order_number="#W1000001"))
    assert answer.status_code == 200
    assert [reply["response"] for reply in answer.json()["responses"]] == ["utter_action_failed"]
    assert {"event": "active_loop", "name": None} in answer.json()["events"]
    assert {"event": "followup", "name": "action_listen"} in answer.json()["events"]
    logged = "".join(capsys.readouterr())
    assert "action_failed" in logged
    assert "secret order" not in logged


async def test_an_action_that_declines_is_a_400_as_rasa_expects_it(client: httpx.AsyncClient, services: Any) -> None:
    services.shop.failure = ActionExecutionRejection("action_show_order", "not now")
    answer = await client.post("/actions", json=call("action_show_order", order_number="#W1000001"))
    assert answer.status_code == 400
    assert answer.json() == {"error": "not now", "action_name": "action_show_order"}


async def test_an_action_that_takes_too_long_is_a_503(services: Services) -> None:
    class SlowShop:
        async def order(self, number: str) -> None:
            await asyncio.sleep(30)

    settings = services.settings.model_copy(update={"action_timeout_seconds": 0.05})
    slow = dataclasses.replace(services, shop=SlowShop(), settings=settings)  # type: ignore[arg-type]  # one call
    app = Starlette(routes=[Route("/actions", ActionRoute(slow, SECRET, {}).__call__, methods=["POST"])])
    headers = {"Authorization": f"Bearer {SECRET}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app", headers=headers) as client:
        answer = await client.post("/actions", json=call("action_show_order", order_number="#W1000001"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "timeout")
