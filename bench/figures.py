"""The measured values and the arithmetic on them; pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.texts import TEXTS


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of the load generator saw; ``latencies`` in seconds in the order they ended.

    Processor times are of the timed part alone: the generator's own, the target's, and everybody else's on
    the machine, which says how far the figures can be trusted.
    """

    latencies: list[float]
    wall: float
    generator_cpu: float
    target_cpu: float
    others_cpu: float
    empty: int
    notes: dict[str, Any] = field(default_factory=dict)


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the least value that ``share`` of ``values`` do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def around(latencies: Sequence[float], number: int) -> float:
    """The median of the two rounds of the script that surround message ``number`` (from 1).

    Whole rounds: every window then holds each text twice, so windows differ only in where they are.
    """
    first = max(0, number - len(TEXTS))
    window = latencies[first : first + 2 * len(TEXTS)]
    if len(window) < 2 * len(TEXTS):
        raise ValueError(f"message {number} has no whole window in {len(latencies)} messages")
    return median(window)


def summary(load: Load, cores: int) -> dict[str, Any]:
    """A load in the figures that are printed: milliseconds, messages a second, shares of the machine."""
    count, capacity = len(load.latencies), load.wall * cores
    return {
        "messages": count,
        "seconds": round(load.wall, 2),
        "messages_per_second": round(count / load.wall, 1),
        "p50_ms": _ms(percentile(load.latencies, 0.50)),
        "p95_ms": _ms(percentile(load.latencies, 0.95)),
        "p99_ms": _ms(percentile(load.latencies, 0.99)),
        "max_ms": _ms(max(load.latencies)),
        "target_cpu_ms_per_message": _ms(load.target_cpu / count),
        "target_cpu_share": round(load.target_cpu / capacity, 3),
        "generator_cpu_share": round(load.generator_cpu / capacity, 3),
        "others_cpu_share": round(max(0.0, load.others_cpu) / capacity, 3),
        "empty_answers": load.empty,
        **load.notes,
    }


def growth(latencies: Sequence[float], numbers: Sequence[int]) -> dict[str, float]:
    """The cost of message n for each of ``numbers`` that the conversation reached, in milliseconds."""
    reached = [n for n in numbers if n + len(TEXTS) <= len(latencies)]
    return {str(n): _ms(around(latencies, n)) for n in reached}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that was promised: where it is in the results, and its limit."""

    name: str
    path: tuple[str, ...]
    limit: float
    unit: str
    at_least: bool = False

    def value(self, results: Mapping[str, Any]) -> float | None:
        """The measured figure, if it is there."""
        found: Any = results
        for step in self.path:
            found = found.get(step) if isinstance(found, Mapping) else None
        return found if isinstance(found, int | float) else None

    def reached(self, results: Mapping[str, Any]) -> bool | None:
        """Whether the promise is kept; None where it was not measured."""
        value = self.value(results)
        if value is None:
            return None
        return value >= self.limit if self.at_least else value <= self.limit


TARGETS = (
    Target("20 users, messages a second", ("crowd", "messages_per_second"), 100, "msg/s", at_least=True),
    Target("one user, p50", ("single", "p50_ms"), 20, "ms"),
    Target("message 1,000 against message 10", ("growth_ratio",), 1.2, "×"),
    Target("memory, all processes (PSS)", ("memory", "pss_mb"), 450, "MB"),
    Target("start to first answer", ("start", "seconds"), 10, "s"),
    Target("environments on disk", ("disk", "environments_gb"), 1.5, "GB"),
)


def kept_promises(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each promise with the measured value and whether it is kept."""
    return [asdict(target) | {"value": target.value(results), "reached": target.reached(results)} for target in TARGETS]
