"""The table for people."""

from typing import Any

import pytest

from bench.report import BEGIN, END, page, table
from tests.client.product import ROOT

CROWD = {
    "messages_per_second": 120.5,
    "p95_ms": 250.0,
    "target_cpu_share": 0.8,
    "generator_cpu_share": 0.1,
    "others_cpu_share": 0.02,
    "empty_answers": 0,
    "messages": 1000,
}
QUIET = {"others_cpu_share": 0.01}
SIDE: dict[str, Any] = {"measured_at": "2026-01-01 00:00 UTC", "crowd": CROWD, "single": QUIET, "long": QUIET}
MACHINE = {"cores": 2, "cpu": "CPU", "memory_gb": 8.0, "system": "Linux", "python": "3.11.7"}


def test_figures_stand_beside_what_was_promised() -> None:
    lines = table(SIDE, {"crowd": {"messages_per_second": 25.0}}).splitlines()
    assert "| 20 users: throughput | 120.5 msg/s | ≥ 100 msg/s: kept | 25.0 msg/s |" in lines
    slow = SIDE | {"crowd": CROWD | {"messages_per_second": 99.0}}
    assert "≥ 100 msg/s: **missed**" in table(slow, None)


def test_what_nobody_measured_has_no_line() -> None:
    assert "look-ups" not in table(SIDE, None)


def test_the_page_keeps_what_people_wrote() -> None:
    old = f"# Performance\n\n{BEGIN}\nold figures\n{END}\n\nBelow.\n"
    new = page(old, {"machine": MACHINE, "seed": 1, "bellhop": SIDE})
    assert new.startswith("# Performance\n")
    assert new.endswith("\n\nBelow.\n")
    assert "old figures" not in new
    assert "120.5 msg/s" in new
    assert "Noisy" not in new
    assert page(new, {"machine": MACHINE, "seed": 1, "bellhop": SIDE}) == new


def test_a_busy_machine_is_called_noisy() -> None:
    busy = SIDE | {"single": {"others_cpu_share": 0.31}}
    assert "**Noisy**: up to 31%" in page(f"{BEGIN}{END}", {"machine": MACHINE, "seed": 1, "bellhop": busy})


def test_a_page_without_markers_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="bench:begin"):
        page("# Performance", {"machine": MACHINE, "seed": 1})


def test_the_page_in_the_docs_has_the_markers() -> None:
    text = (ROOT / "docs/performance.md").read_text()
    assert text.index(BEGIN) < text.index(END)
