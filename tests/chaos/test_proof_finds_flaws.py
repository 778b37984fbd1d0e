"""The whole proof against a product in miniature: silent where all is well, loud for each flaw."""

import sys
from pathlib import Path

import pytest

from tests.chaos.proof import Outcome, Plan, prove
from tests.client.product import Product, free_port

pytestmark = pytest.mark.chaos


async def outcome_of(flaw: str, folder: Path, *, kills: int, patience: float) -> Outcome:
    plan = Plan(
        kills,
        messages=40,
        customers=6,
        seed=1,
        data_dir=folder,
        database_url="",
        answer_seconds=patience,
        quiet_seconds=patience,
    )
    command = [sys.executable, "-m", "tests.chaos.fake_product", flaw]
    product = Product(command, folder, settings=plan.settings, port=free_port())
    return await prove(plan, product, ["true"], lambda line: None)


async def test_a_sound_product_passes_under_kills(tmp_path: Path) -> None:
    outcome = await outcome_of("none", tmp_path, kills=8, patience=60)
    assert outcome.breaches == []
    counts = outcome.counts
    assert (counts["kills of the app"], counts["kills of the engine"]) == (6, 2)
    assert counts["acknowledged"] == counts["stored"] == counts["handled"] == counts["sent"] == 40
    assert counts["messages shown"] == counts["messages stored"] == 80
    assert counts["sockets opened"] > 6


@pytest.mark.parametrize(
    ("flaw", "kills", "rule"),
    [
        ("acks_before_storing", 8, "acknowledged is stored"),
        ("answers_in_two_steps", 8, "answered once"),
        ("ignores_after", 2, "screens in order"),
        ("skips_a_number", 0, "numbers are whole"),
        ("dies_by_itself", 0, "nothing dies by itself"),
    ],
)
async def test_a_flaw_is_found(flaw: str, kills: int, rule: str, tmp_path: Path) -> None:
    outcome = await outcome_of(flaw, tmp_path, kills=kills, patience=5)
    assert rule in {breach.rule for breach in outcome.breaches}


async def test_a_ledger_that_does_not_balance_is_a_breach(tmp_path: Path) -> None:
    plan = Plan(0, messages=6, customers=2, seed=1, data_dir=tmp_path, database_url="")
    command = [sys.executable, "-m", "tests.chaos.fake_product", "none"]
    product = Product(command, tmp_path, settings=plan.settings, port=free_port())
    outcome = await prove(plan, product, ["false"], lambda line: None)
    assert [breach.rule for breach in outcome.breaches] == ["ledger"]
