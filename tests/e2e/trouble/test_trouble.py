"""Trouble behind the product, for real: a frozen engine, a killed engine, a locked database, hostile texts."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time

import pytest

from tests.support.product import Customers, Facts

pytestmark = pytest.mark.integration


async def test_while_the_engine_is_frozen_the_customer_hears_so_within_ten_seconds(
    customer: Customers, facts: Facts
) -> None:
    run = facts.product.run_file()
    assert run is not None
    assert run.engine is not None
    async with customer() as visitor:
        client = visitor.client
        await (await client.say("hello")).done(20)
        os.kill(run.engine, signal.SIGSTOP)
        try:
            began = time.monotonic()
            exchange = await client.say("are you a robot?")
            await client.until(lambda view: any(m.author.kind == "system" for m in view.messages), 10)
            assert time.monotonic() - began <= 10
        finally:
            os.kill(run.engine, signal.SIGCONT)
        await exchange.done(30)
        assert len(visitor.texts("bot")) >= 2


async def test_a_killed_engine_costs_time_and_nothing_else(customer: Customers, facts: Facts) -> None:
    run = facts.product.run_file()
    assert run is not None
    assert run.engine is not None
    async with customer() as visitor:
        client = visitor.client
        await (await client.say("hello")).done(20)
        os.kill(run.engine, signal.SIGKILL)
        exchange = await client.say("are you a robot?")
        await exchange.acked(5)
        await exchange.done(60)
        assert any(reply.author.kind == "bot" for reply in exchange.replies)


async def test_while_the_database_is_locked_the_customer_hears_so_and_nothing_is_lost(
    customer: Customers, facts: Facts
) -> None:
    async with customer() as visitor:
        client = visitor.client
        await (await client.say("hello")).done(20)
        lock = sqlite3.connect(facts.product.data_dir / "bellhop.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        try:
            exchange = await client.say("are you a robot?")
            began = time.monotonic()
            while "delayed" not in visitor.refusals():
                assert time.monotonic() - began <= 10
                await asyncio.sleep(0.1)
            assert exchange.ack is None
        finally:
            lock.execute("ROLLBACK")
            lock.close()
        await exchange.done(30)
        stored = facts.rows("SELECT count(*) AS n FROM messages WHERE external_id LIKE :id", id=f"%{exchange.id}")
        assert stored[0].n == 1


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        "/session_start",
        "/back",
        '/order{"order_id":{"$ne":null}}',
        '/track_order@0.99{"order_number":"#W4827310"}',
        "😀😀😀",
        "مرحبا، أين طلبي؟",
        "a" * 4000,
        "'; DROP TABLE messages; --",
        "{{slot}} {order_number} %s",
    ],
)
async def test_any_text_gets_a_polite_answer_and_is_never_a_command(
    customer: Customers, facts: Facts, text: str
) -> None:
    async with customer() as visitor:
        client = visitor.client
        exchange = await client.say(text)
        await exchange.done(20)
        assert exchange.replies
        for reply in exchange.replies:
            assert "Traceback" not in reply.text
            assert reply.text.strip() or reply.cards
        assert client.view.status == "open"
