"""Turns results into the table for people: in the terminal and in docs/performance.md; pure."""

from collections.abc import Mapping
from typing import Any

from bench.figures import TARGETS, Target

BEGIN = "<!-- bench:begin: written by `make bench`, do not edit by hand -->"
END = "<!-- bench:end -->"
NOISY = 0.10

# (what, where in the results, unit)
ROWS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("start to first answer", ("start", "seconds"), "s"),
    ("first start of all, with an empty database", ("start", "first_seconds"), "s"),
    ("memory of all processes after the load: PSS", ("memory", "pss_mb"), "MB"),
    ("… RSS, shared pages counted for each process", ("memory", "rss_mb"), "MB"),
    ("… each process's own peak RSS, added up", ("memory", "peak_rss_mb"), "MB"),
    ("processes", ("memory", "processes"), ""),
    ("one user: p50", ("single", "p50_ms"), "ms"),
    ("one user: p95", ("single", "p95_ms"), "ms"),
    ("20 users: throughput", ("crowd", "messages_per_second"), "msg/s"),
    ("20 users: p50", ("crowd", "p50_ms"), "ms"),
    ("20 users: p95", ("crowd", "p95_ms"), "ms"),
    ("20 users: processor time a message", ("crowd", "target_cpu_ms_per_message"), "ms"),
    ("one conversation: message 10", ("growth_ms", "10"), "ms"),
    ("one conversation: message 300", ("growth_ms", "300"), "ms"),
    ("one conversation: message 1,000", ("growth_ms", "1000"), "ms"),
    ("message 1,000 against message 10", ("growth_ratio",), "×"),
    ("environments on disk", ("disk", "environments_gb"), "GB"),
    ("trained model", ("disk", "model_mb"), "MB"),
    ("order look-ups: 20 users", ("lookups", "lookups_per_second"), "look-ups/s"),
    ("order look-ups: p50 of a message", ("lookups", "p50_ms"), "ms"),
    ("order look-ups: p95 of a message", ("lookups", "p95_ms"), "ms"),
)


def table(bellhop: Mapping[str, Any] | None, stock: Mapping[str, Any] | None) -> str:
    """The figures of both sides as a Markdown table."""
    promised = {target.path: target for target in TARGETS}
    lines = ["| | Bellhop | promised | stock Rasa |", "|---|---:|---:|---:|"]
    for name, path, unit in ROWS:
        ours, theirs = _find(bellhop, path), _find(stock, path)
        if ours is None and theirs is None:
            continue
        target = promised.get(path)
        lines.append(f"| {name} | {_value(ours, unit)} | {_promise(target, bellhop)} | {_value(theirs, unit)} |")
    return "\n".join(lines)


def _find(results: Mapping[str, Any] | None, path: tuple[str, ...]) -> Any:
    found: Any = results
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _value(value: Any, unit: str) -> str:
    return "–" if value is None else f"{value:,} {unit}".strip()


def _promise(target: Target | None, bellhop: Mapping[str, Any] | None) -> str:
    if target is None:
        return ""
    limit = f"{'≥' if target.at_least else '≤'} {target.limit:,g} {target.unit}"
    reached = None if bellhop is None else target.reached(bellhop)
    return limit if reached is None else f"{limit}: {'kept' if reached else '**missed**'}"


def conditions(results: Mapping[str, Any]) -> str:
    """Under which circumstances, and how far the figures can be trusted."""
    machine = results["machine"]
    lines = [
        f"Machine: {machine['cores']} cores ({machine['cpu']}), {machine['memory_gb']} GB of memory, "
        f"{machine['system']}; Python {machine['python']} for the load generator and the app. "
        f"Seed {results['seed']}. MB and GB are 10⁶ and 10⁹ bytes.",
        "",
    ]
    for name in ("bellhop", "stock"):
        side = results.get(name)
        if side:
            lines.append(f"- {_title(name)}: measured {side['measured_at']}. {_trust(side)}")
    return "\n".join(lines)


def _title(name: str) -> str:
    return {"bellhop": "Bellhop", "stock": "Stock Rasa"}[name]


def _trust(side: Mapping[str, Any]) -> str:
    """Who used the processors under the load of 20 users, and a warning if others had too much."""
    crowd = side["crowd"]
    text = (
        f"With 20 users the target used {crowd['target_cpu_share']:.0%} of the processors, the load "
        f"generator {crowd['generator_cpu_share']:.0%}, everything else {crowd['others_cpu_share']:.0%}. "
        f"Answers without words: {crowd['empty_answers']} of {crowd['messages']}."
    )
    noise = max(side[phase]["others_cpu_share"] for phase in ("single", "crowd", "long"))
    if noise > NOISY:
        text += f" **Noisy**: up to {noise:.0%} of the machine was busy with something else."
    return text


def page(old: str, results: Mapping[str, Any]) -> str:
    """``old`` with the generated part replaced. Raises ValueError where the markers are missing."""
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    body = f"{table(results.get('bellhop'), results.get('stock'))}\n\n{conditions(results)}"
    return f"{before}{BEGIN}\n\n{body}\n\n{END}{after}"
