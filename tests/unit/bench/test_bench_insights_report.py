"""The table of the CX team's pages."""

from typing import Any

import pytest

from bench.insights_report import BEGIN, END, insights_page, insights_table, kept
from tests.client.product import ROOT


def side(p95: float, fill: dict[str, Any] | None = None) -> dict[str, Any]:
    page = {"p50_ms": 40.0, "p95_ms": p95, "processor_ms": 30.0, "promised_ms": 300.0, "requests": 10, "bytes": 9}
    return {
        "pages": {"list": page, "file": page | {"promised_ms": None}},
        "digest": {"p50_ms": 100.0, "p95_ms": 120.4},
        "rebuild_seconds": 71.5,
        "fill": fill,
    }


def results(**sides: Any) -> dict[str, Any]:
    return {"conversations": 100_000, "rounds": 10, "measured_at": "2026-01-01 00:00 UTC", **sides}


def test_both_databases_stand_beside_what_was_promised() -> None:
    measured = results(sqlite=side(80.6, {"seconds": 240.2}), postgres=side(299.0))
    lines = insights_table(measured).splitlines()
    assert lines[0] == "| | SQLite p50 | p95 | PostgreSQL p50 | p95 | promised (p95) |"
    assert "| list | 40 ms | 81 ms | 40 ms | 299 ms | ≤ 300 ms: kept |" in lines
    assert "| file | 40 ms | 81 ms | 40 ms | 299 ms |  |" in lines
    assert "| made by `bellhop demo data` | 240 s | | – | | |" in lines
    assert kept(measured)


def test_one_database_that_is_too_slow_breaks_the_promise() -> None:
    measured = results(sqlite=side(80.0), postgres=side(301.0))
    assert "≤ 300 ms: **missed**" in insights_table(measured)
    assert not kept(measured)


def test_every_line_has_as_many_cells_as_the_head() -> None:
    lines = insights_table(results(sqlite=side(1.0), postgres=side(1.0))).splitlines()
    assert {line.count("|") for line in lines} == {lines[0].count("|")}


def test_the_rest_of_the_page_stays() -> None:
    new = insights_page(f"Above.\n{BEGIN}\nold\n{END}\nBelow.\n", results(sqlite=side(1.0)))
    assert new.startswith("Above.\n")
    assert new.endswith("\nBelow.\n")
    assert "old" not in new
    assert "100,000 conversations" in new


def test_a_page_without_the_place_for_it_is_refused() -> None:
    with pytest.raises(ValueError, match="has no"):
        insights_page("no place", results(sqlite=side(1.0)))


def test_the_page_for_people_has_the_place() -> None:
    text = (ROOT / "docs/performance.md").read_text()
    assert BEGIN in text
    assert END in text
