"""Whole conversations with the product, as `tests/dialogues/spoken` has them, and what the shop has afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

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
    by_settings: dict[tuple[tuple[str, str], ...], list[Conversation]] = {}
    for conversation in _asked_for(request):
        by_settings.setdefault(tuple(conversation.settings.items()), []).append(conversation)
    found: dict[str, BaseException | None] = {}
    for settings, group in by_settings.items():
        product = bellhop(tmp_path_factory.mktemp("spoken"), settings={**SETTINGS, **dict(settings)})
        product.start()
        try:
            # In a thread of its own: where a browser is driven, this thread has a loop already.
            with ThreadPoolExecutor(1) as thread:
                found |= thread.submit(asyncio.run, _spoken(product, group, dict(settings))).result()
        finally:
            product.stop()
    return found


def _asked_for(request: pytest.FixtureRequest) -> list[Conversation]:
    of_this_file = (item for item in request.session.items if item.path == request.path)
    return [item.callspec.params["conversation"] for item in of_this_file if hasattr(item, "callspec")]


async def _spoken(
    product: Product, group: Sequence[Conversation], settings: Mapping[str, str]
) -> dict[str, BaseException | None]:
    await product.ready(START_SECONDS)
    speaker, room = Speaker(product, settings), asyncio.Semaphore(AT_ONCE)
    found: dict[str, BaseException | None] = {}

    async def one_after_the_other(customer: str) -> None:
        # Each finds the customer's orders as they were at first.
        for conversation in group:
            if conversation.customer == customer:
                async with room:
                    found[conversation.id] = await _outcome(speaker, conversation)

    await asyncio.gather(*(one_after_the_other(name) for name in {spoken.customer for spoken in group}))
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
