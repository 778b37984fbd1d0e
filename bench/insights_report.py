"""Turns the figures of the CX team's pages into the table of docs/performance.md; pure."""

from collections.abc import Mapping
from typing import Any

BEGIN = "<!-- bench-insights:begin: written by `make bench`, do not edit by hand -->"
END = "<!-- bench-insights:end -->"
NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def insights_table(results: Mapping[str, Any]) -> str:
    """The figures as a Markdown table: a row a page, both databases beside each other."""
    kinds = [kind for kind in NAMES if kind in results]
    heads = "".join(f" {NAMES[kind]} p50 | p95 |" for kind in kinds)
    lines = [f"| |{heads} promised (p95) |", "|---|" + "---:|---:|" * len(kinds) + "---:|"]
    names = list(dict.fromkeys(name for kind in kinds for name in results[kind]["pages"]))
    for name in names:
        measured = [results[kind]["pages"].get(name) for kind in kinds]
        cells = "".join(f" {_ms(one, 'p50_ms')} | {_ms(one, 'p95_ms')} |" for one in measured)
        lines.append(f"| {name} |{cells} {_promise(measured)} |")
    cells = "".join(
        f" {_ms(results[kind]['digest'], 'p50_ms')} | {_ms(results[kind]['digest'], 'p95_ms')} |" for kind in kinds
    )
    lines.append(f"| 100 changed conversations counted anew |{cells} |")
    whole = "".join(f" {results[kind]['rebuild_seconds']:,} s | |" for kind in kinds)
    lines.append(f"| all conversations counted anew (`bellhop insights rebuild`) |{whole} |")
    filled = "".join(f" {_seconds(results[kind]['fill'])} | |" for kind in kinds)
    lines.append(f"| made by `bellhop demo data` |{filled} |")
    return "\n".join(lines)


def kept(results: Mapping[str, Any]) -> bool:
    """Whether every promise is kept on every database that was measured."""
    pages = [page for kind in NAMES if kind in results for page in results[kind]["pages"].values()]
    return all(page["p95_ms"] <= page["promised_ms"] for page in pages if page["promised_ms"])


def insights_page(old: str, results: Mapping[str, Any]) -> str:
    """`old` with the generated part replaced. Raises ValueError where the markers are missing."""
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    about = (
        f"{results['conversations']:,} conversations of a year, measured {results['measured_at']}; "
        f"{results['rounds']} requests each after one that is not counted."
    )
    return f"{before}{BEGIN}\n\n{insights_table(results)}\n\n{about}\n\n{END}{after}"


def _ms(measured: Mapping[str, Any] | None, name: str) -> str:
    return "–" if measured is None else f"{measured[name]:,.0f} ms"


def _seconds(fill: Mapping[str, Any] | None) -> str:
    return "–" if fill is None else f"{fill['seconds']:,.0f} s"


def _promise(measured: list[Mapping[str, Any] | None]) -> str:
    found = [one for one in measured if one is not None and one["promised_ms"]]
    if not found:
        return ""
    limit = found[0]["promised_ms"]
    return f"≤ {limit:,.0f} ms: {'kept' if all(one['p95_ms'] <= limit for one in found) else '**missed**'}"
