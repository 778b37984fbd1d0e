"""The promised figures of understanding hold on real lines that are no part of the project; run on request.

BELLHOP_TEST_LANGUAGE=lines.jsonl .venv/bin/python -m pytest tests/evaluation
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES = os.environ.get("BELLHOP_TEST_LANGUAGE", "")

pytestmark = [
    pytest.mark.evaluation,
    pytest.mark.skipif(not LINES, reason="BELLHOP_TEST_LANGUAGE names no file of lines to measure against"),
]


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    command = [ROOT / ".venv/bin/bellhop", "evaluate", "language", Path(LINES).resolve(), "--json"]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_macro_accuracy_is_at_least_88_percent(measured: dict[str, Any]) -> None:
    assert measured["macro"] >= 0.88


def test_of_what_is_out_of_scope_at_least_85_percent_are_refused(measured: dict[str, Any]) -> None:
    assert measured["out_of_scope"]["recall"] >= 0.85


def test_of_all_else_at_most_10_percent_are_refused(measured: dict[str, Any]) -> None:
    assert measured["out_of_scope"]["false_refusals"] <= 0.10
