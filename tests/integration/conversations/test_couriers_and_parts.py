"""Messages that take several calls: each part is a call of its own, and what becomes of one part of the rest."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from bot.conversations.couriers import Couriers
from bot.conversations.deliveries import MOST_ATTEMPTS
from bot.conversations.errors import TransportError
from bot.storage import tables
from tests.support.pigeons import CHANNEL, Deliveries, Pigeon, lost


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
def post(service) -> Deliveries:
    return Deliveries(service)


@pytest.fixture
def couriers(service, pigeon) -> Couriers:
    return Couriers(service, {CHANNEL: pigeon}, random.Random(3))


async def carry_all(couriers: Couriers) -> None:
    while await couriers.carry_once():
        continue


async def test_a_long_message_goes_out_in_its_parts(couriers, pigeon, post) -> None:
    talk = await post.talk("7", "a|b|c", "d")
    await couriers.carry_once()
    assert await post.of(talk, "state", "part", "parts") == [("waiting", 1, 3), ("waiting", 0, None)]
    await carry_all(couriers)
    assert pigeon.arrived == ["a", "b", "c", "d"]
    assert [(call.part, call.parts) for call in pigeon.calls] == [(0, 3), (1, 3), (2, 3), (0, 1)]
    assert await post.parts(talk) == [
        (0, "sent", "7:p1"),
        (1, "sent", "7:p2"),
        (2, "sent", "7:p3"),
        (0, "sent", "7:p4"),
    ]
    assert await post.of(talk, "state", "external_id") == [("delivered", "7:p1"), ("delivered", "7:p4")]


async def test_the_process_after_this_one_goes_on_with_the_next_part(service, couriers, pigeon, post) -> None:
    await post.talk("7", "a|b|c")
    await couriers.carry_once()
    await carry_all(Couriers(service, {CHANNEL: pigeon}, random.Random(3)))
    assert pigeon.arrived == ["a", "b", "c"]


async def test_a_part_is_retried_as_often_as_a_message(couriers, pigeon, post, clock) -> None:
    pigeon.failures = [*[TransportError("broken")] * (MOST_ATTEMPTS - 1), None] * 2
    talk = await post.talk("7", "a|b")
    for _ in range(2 * MOST_ATTEMPTS):
        await couriers.carry_once()
        clock.forward(minutes=10)
    assert await post.of(talk) == ["delivered"]


async def test_after_a_part_that_may_be_lost_the_others_are_sent(couriers, pigeon, post) -> None:
    pigeon.failures = [None, lost(), None]
    talk = await post.talk("7", "a|b|c", "d")
    await carry_all(couriers)
    assert pigeon.arrived[:3] == ["a", "c", "d"]
    assert [outcome for _, outcome, _ in await post.parts(talk)][:3] == ["sent", "unknown", "sent"]
    assert (await post.of(talk))[:2] == ["unknown", "delivered"]


async def test_after_a_part_that_fails_for_good_the_others_are_not_sent(couriers, pigeon, post) -> None:
    pigeon.failures = [None, TransportError("too strange", permanent=True)]
    talk = await post.talk("7", "a|b|c", "d")
    await carry_all(couriers)
    assert pigeon.arrived == ["a", "d"]
    assert await post.of(talk) == ["failed", "delivered"]


async def test_a_rendering_that_makes_fewer_parts_than_are_out_is_done(couriers, pigeon, post) -> None:
    talk = await post.talk("7", "a|b")
    await post.change(sa.update(tables.deliveries).values(part=5, parts=9))
    await carry_all(couriers)
    assert await post.of(talk) == ["delivered"]
    assert pigeon.calls == []
