"""What tests of the event stream share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.core import case_book, plain_phrases


@pytest.fixture
def service(database: Database, clock: Clock, new_id: Callable[[], str]) -> Conversations:
    """The conversations, for their duties."""
    return Conversations(
        database,
        plain_phrases(),
        Rules(),
        case_book(database, new_id),
        clock=clock,
        new_id=new_id,
        effect_handlers={},
        instance="one",
    )
