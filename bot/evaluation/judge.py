"""Compares a shop's data with what it should be, and counts how often tasks pass; no I/O."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import comb
from typing import Any

from bot.evaluation.tasks import Shop

# The public policy and its tools spell it in three ways.
_ITEMS_CHANGED = re.compile(r"^pending \(items? modifi?ed\)$")
_SORTED = ("return_items", "exchange_items", "exchange_new_items")


def differences(wanted: Shop, found: Shop, customer: str) -> list[str]:
    """What of one customer's data is not as it should be, a line each; empty where all is right.

    Args:
        wanted: the customer's data after a right answer.
        found: the shop as it is; may hold other customers too.
        customer: whose data is compared: the profile and all orders.
    """
    lines = list(_unlike(f"customer {customer}", wanted["users"][customer], found["users"].get(customer)))
    mine = {number: order for number, order in found["orders"].items() if order["user_id"] == customer}
    right = {number: order for number, order in wanted["orders"].items() if order["user_id"] == customer}
    for number in sorted({*right, *mine}):
        lines += _unlike(f"order {number}", right.get(number), mine.get(number))
    return lines


def others_changed(before: Mapping[str, int], now: Mapping[str, int], busy: Collection[str]) -> list[str]:
    """Whose data changed though nobody spoke for them, a line each.

    Args:
        before: a mark of each customer's data, the catalogue's under an empty name.
        now: the same, later.
        busy: the customers that somebody speaks for now.
    """
    changed = [name for name in sorted({*before, *now}) if name not in busy and before.get(name) != now.get(name)]
    return [f"changed, and nobody asked for it: {name or 'the catalogue'}" for name in changed]


def _unlike(where: str, wanted: Any, found: Any) -> Iterator[str]:
    """The differences of two records, each at its place."""
    if wanted is None or found is None:
        yield f"{where} is {'missing' if found is None else 'too much'}"
        return
    yield from _compare(where, _plain(wanted), _plain(found))


def _compare(where: str, wanted: Any, found: Any) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in sorted({*wanted, *found}):
            yield from _compare(f"{where} {key}", wanted.get(key), found.get(key))
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for number, (one, other) in enumerate(zip(wanted, found, strict=True), 1):
            yield from _compare(f"{where} {number}", one, other)
    elif wanted != found:
        yield f"{where} is {_shown(found)}, should be {_shown(wanted)}"


def _shown(value: Any) -> str:
    text = "not there" if value is None else str(value)
    return text if len(text) <= 120 else f"{text[:119]}…"


def _plain(record: Any) -> Any:
    """A record with all that makes no difference taken out."""
    if isinstance(record, dict):
        plain = {key: _plain(value) for key, value in record.items() if value is not None}
        if "payment_history" in plain:  # a swap at the same price may leave a payment of nothing, or none
            plain["payment_history"] = [paid for paid in plain["payment_history"] if paid.get("amount") != 0]
        for key in _SORTED:
            if key in plain:
                plain[key] = sorted(plain[key])
        if _ITEMS_CHANGED.match(str(plain.get("status", ""))):
            plain["status"] = "pending (items modified)"
        return plain
    if isinstance(record, list | tuple):
        return [_plain(value) for value in record]
    return round(record, 2) if isinstance(record, float) else record


def pass_hat(passes: Sequence[int], trials: int) -> dict[int, float]:
    """pass^k for each k from 1 to `trials`: how likely k trials of a task, picked at random, all passed.

    The mean over tasks of C(c, k) / C(K, k), as τ-bench defines it.

    Args:
        passes: how often each task passed.
        trials: K, how often each was tried.
    """
    if not passes:
        return {}
    return {k: sum(comb(c, k) for c in passes) / comb(trials, k) / len(passes) for k in range(1, trials + 1)}


def by_task(outcomes: Sequence[tuple[str, bool]]) -> Mapping[str, int]:
    """How often each task passed, by its id, in the order they came."""
    counts: dict[str, int] = {}
    for task, passed in outcomes:
        counts[task] = counts.get(task, 0) + passed
    return counts
