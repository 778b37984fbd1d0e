"""Who is erased is told as erased, once, and nothing else of them; and how the receiver is can be seen."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from starlette.requests import Request

from bot.events import outbox
from bot.events.courier import Courier
from bot.events.receiver import Receiver
from bot.health import Health
from bot.privacy.erasing import erase
from bot.privacy.tombstones import Tombstones
from bot.storage.database import Database
from bot.storage.insight_tables import event_outbox, tombstones
from tests.support.canaries import Canaries, core_on
from tests.support.event_receiver import STALL, EventReceiver, event_receiver

pytestmark = pytest.mark.integration


@pytest.fixture
async def receiver() -> AsyncIterator[EventReceiver]:
    async with event_receiver() as receiver:
        yield receiver


@pytest.fixture
async def courier(database: Database, receiver: EventReceiver, clock, service) -> AsyncIterator[Courier]:
    client = httpx.AsyncClient(follow_redirects=False, trust_env=False)
    sends = Receiver(client, receiver.url, "a secret of ours", clock=clock, seconds=5)
    yield Courier(database, sends, transactions=service, holder="one", clock=clock, chance=random.Random(1))
    await client.aclose()


def put(database: Database, clock, conversation: str, name: str = "told") -> None:
    row = {
        "id": f"event-{name}",
        "key": name,
        "kind": "conversation.ended",
        "conversation_id": conversation,
        "body": {"id": f"event-{name}"},
        "state": "waiting",
        "attempts": 0,
        "created_at": clock(),
        "next_at": clock(),
    }
    database.write_now(lambda connection: outbox.put(connection, [row]))


async def test_who_is_erased_is_told_as_erased_once(
    database: Database, receiver: EventReceiver, courier: Courier, clock, new_id: Callable[[], str], tmp_path
) -> None:
    going = Canaries("Vogelfrei")
    database.write_now(going.release)
    core, stones = core_on(database, clock, new_id), Tombstones(tmp_path / "stones.jsonl", clock)
    await erase(core, [going.customer_id], tombstones=stones, by=None)
    await erase(core, [going.customer_id], tombstones=stones, by=None)
    for _ in range(3):
        while await courier.carry():
            continue
        clock.forward(days=1)
    (told,) = [came.body for came in receiver.came if came.body.get("type") == "customer.erased"]
    assert told["customer"] == {"id": going.customer_id}
    assert told["version"] == 1
    assert set(told) == {"version", "id", "type", "at", "customer"}
    assert "vogelfrei" not in json.dumps([came.body for came in receiver.came]).lower()


async def test_whom_somebody_erased_long_before_there_was_a_receiver_is_no_news(
    database: Database, receiver: EventReceiver, courier: Courier, clock
) -> None:
    rows = [
        {"customer_id": name, "erased_at": clock() - timedelta(days=days), "counts": {}}
        for name, days in (("old", 7), ("new", 1))
    ]
    database.write_now(lambda connection: connection.execute(sa.insert(tombstones), rows))
    while await courier.carry():
        continue
    assert [came.body["customer"]["id"] for came in receiver.came] == ["new"]


async def test_what_is_on_its_way_while_its_customer_is_erased_is_not_sent_again_empty(
    database: Database, receiver: EventReceiver, courier: Courier, clock, new_id: Callable[[], str], tmp_path
) -> None:
    going = Canaries("Vogelfrei")
    database.write_now(going.release)
    database.write_now(lambda connection: connection.execute(sa.delete(event_outbox)))
    put(database, clock, going.conversation_id)
    receiver.answers = [STALL]
    sending = asyncio.create_task(courier.carry())
    await receiver.wait_for(1)
    stones = Tombstones(tmp_path / "stones.jsonl", clock)
    await erase(core_on(database, clock, new_id), [going.customer_id], tombstones=stones, by=None, compact=False)
    await sending
    receiver.answers = []
    for _ in range(3):
        clock.forward(minutes=2)
        while await courier.carry():
            continue
    assert [came.body.get("type", came.body.get("id")) for came in receiver.came] == ["event-told", "customer.erased"]


@pytest.mark.parametrize(("answer", "state"), [(500, "down"), (410, "refused"), (204, "up")])
async def test_how_the_receiver_is_can_be_seen_from_outside(
    database: Database, receiver: EventReceiver, courier: Courier, clock, tmp_path, answer: int, state: str
) -> None:
    class WellEngine:
        async def healthy(self) -> bool:
            return True

    async def told() -> dict[str, Any]:
        return dict(json.loads((await health.health(Request({"type": "http"}))).body))

    parts: Any = (database, WellEngine(), None, None, lambda: 0, tmp_path / "run.json")
    health = Health(*parts, events=courier.state)
    health._engine_up = True
    assert (await told())["events"] == "up"
    put(database, clock, "c1")
    receiver.answers = [answer]
    await courier.carry()
    said = await told()
    assert (said["events"], said["status"]) == (state, "ok" if state == "up" else "degraded")
    assert receiver.url not in json.dumps(said)
    if state == "down":
        clock.forward(minutes=2)
        await courier.carry()
        assert (await told())["status"] == "ok"
