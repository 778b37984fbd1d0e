"""Whole conversations with the product, as `tests/dialogues/spoken/*.yml` have them, and what the shop has afterwards."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from itertools import groupby
from typing import Any

import pytest

from tests.client.product import Product, bellhop
from tests.support.product import START_SECONDS
from tests.support.spoken import Conversation, Speaker, conversations

pytestmark = pytest.mark.integration
AT_ONCE = 4  # customers who write at the same time
SETTINGS = {"BELLHOP_BURST_SECONDS": "0", "BELLHOP_SESSIONS_PER_MINUTE": "1000"}  # nobody waits for more to be typed

Outcomes = Mapping[str, BaseException | None]


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """What came of each conversation that is asked for: None where it went as written down."""
    wanted = [
        item.callspec.params["conversation"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path and hasattr(item, "callspec")
    ]
    found: dict[str, BaseException | None] = {}
    by_settings = sorted(wanted, key=lambda conversation: sorted(conversation.settings.items()))
    for settings, group in groupby(by_settings, key=lambda conversation: conversation.settings):
        product = bellhop(tmp_path_factory.mktemp("spoken"), settings={**SETTINGS, **settings})
        product.start()
        try:
            found |= asyncio.run(_spoken(product, list(group)))
        finally:
            product.stop()
    return found


async def _spoken(product: Product, group: Sequence[Conversation]) -> dict[str, BaseException | None]:
    await product.ready(START_SECONDS)
    speaker, room = Speaker(product), asyncio.Semaphore(AT_ONCE)
    found: dict[str, BaseException | None] = {}

    async def of_one_customer(customer: str) -> None:
        # One after the other: each finds the customer's orders as they were at first.
        for conversation in group:
            if conversation.customer == customer:
                async with room:
                    found[conversation.id] = await _outcome(speaker, conversation)

    await asyncio.gather(*(of_one_customer(name) for name in {conversation.customer for conversation in group}))
    return found


async def _outcome(speaker: Speaker, conversation: Conversation) -> BaseException | None:
    try:
        await speaker.speak(conversation)
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("conversation", conversations(), ids=lambda conversation: conversation.id)
def test_a_conversation_goes_as_written_down(conversation: Conversation, outcomes: Outcomes) -> None:
    error = outcomes[conversation.id]
    if error is not None:
        raise error
