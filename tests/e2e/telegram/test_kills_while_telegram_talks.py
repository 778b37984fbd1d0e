"""Parts of the product killed at random moments while customers write on Telegram: nothing lost, nothing said twice."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from tests.support.telegram_kills import Plan, Run, breaches, summary
from tests.support.telegram_product import telegram_product
from tests.telegram import Sandbox

pytestmark = pytest.mark.chaos

SEED = int(os.environ.get("CHAOS_SEED", "1"))


def check(run: Run) -> None:
    run.carry_out()
    print(summary(run))
    assert breaches(run) == []


def test_kills_while_telegram_is_asked_for_updates_lose_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    kills = Plan(users=6, messages=8, kills=("app", "app", "engine", "app", "app"), seconds=24, seed=SEED)
    with telegram_product(tmp_path_factory.mktemp("killed")) as telegram:
        check(Run(telegram, kills))


def test_kills_while_telegram_pushes_updates_lose_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    def quick_retries(sandbox: Sandbox) -> None:
        sandbox.state.pushing = replace(sandbox.state.pushing, first_pause=0.2, longest_pause=1.0, timeout=5.0)

    kills = Plan(users=4, messages=5, kills=("app", "app", "app"), seconds=12, seed=SEED + 1)
    settings = {"BELLHOP_TELEGRAM_MODE": "webhook"}
    with telegram_product(tmp_path_factory.mktemp("pushed"), settings, prepare=quick_retries) as telegram:
        check(Run(telegram, kills))
        assert any(push.status == 200 for push in telegram.sandbox.pushes)
        assert any(push.error for push in telegram.sandbox.pushes), "no kill met a push"
