from __future__ import annotations

import math
from typing import Any, cast

import pytest

from bot.conversations.listeners import Listeners
from bot.conversations.models import PendingTurn

TURN = cast(PendingTurn, object())


class Ear:
    def __init__(self, typing: float | None = None) -> None:
        self.heard: list[Any] = []
        self._typing = typing

    def bot_is_busy(self, turn: PendingTurn) -> None:
        self.heard.append(("busy", turn))

    def answer_is_delayed(self, turn: PendingTurn) -> None:
        self.heard.append(("delayed", turn))

    def since_typing(self, turn: PendingTurn) -> float | None:
        return self._typing


def test_every_listener_hears_everything() -> None:
    ears = [Ear(), Ear()]
    listeners = Listeners(ears)
    listeners.bot_is_busy(TURN)
    listeners.answer_is_delayed(TURN)
    assert [ear.heard for ear in ears] == [[("busy", TURN), ("delayed", TURN)]] * 2


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([], None),
        ([None, None], None),
        ([None, 2.0], 2.0),
        ([3.0, 0.5, None], 0.5),
        ([math.inf, None], math.inf),
        ([0.0, 1.0], 0.0),
    ],
)
def test_whoever_saw_the_customer_type_last_is_believed(seen: list[float | None], expected: float | None) -> None:
    assert Listeners([Ear(typing) for typing in seen]).since_typing(TURN) == expected
