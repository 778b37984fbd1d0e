"""The shop's values as JSON and back, checked on the way in; no transport. Described in docs/shop-api.yaml."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.orders.changes import KINDS, Change, Plan, Reason, Receipt, kind_of
from bot.orders.models import CustomerProfile, Order, Product

Value = TypeVar("Value")

_MOST_MONEY = Decimal(10**9)
_MOST_DECIMALS = 4  # no currency has more
_CAN_BE_NEGATIVE = "difference"


class WrongShape(ValueError):
    """What came is not what the API describes. The text says where and what is wrong, never what was there instead."""


@dataclass(frozen=True, slots=True)
class OrderList:
    """The answer that holds orders."""

    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class CustomerList:
    """The answer that holds customers."""

    customers: tuple[CustomerProfile, ...]


@dataclass(frozen=True, slots=True)
class ProductList:
    """The answer that holds the catalogue."""

    products: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """The answer to what cannot be answered: `not_found`, `key_used`, or a word of the shop's own."""

    error: str


def read(kind: type[Value], body: bytes) -> Value:
    """One value out of a JSON text. Members the API does not describe are passed over.

    Args:
        kind: an answer's class: of `models`, `changes`, `policy` or of this module.

    Raises:
        WrongShape: it is no JSON, or something in it is missing or is not what it must be.
    """
    try:
        value: Value = _adapter(kind).validate_json(body, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise WrongShape(f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from None
    _check(value, "body")
    return value


def read_change(body: bytes) -> Change:
    """A change out of a JSON object whose `kind` says which.

    Raises:
        WrongShape: as `read`, or there is no change of that kind.
    """
    return _change(_object(body))


def read_plan(body: bytes) -> Plan:
    """A plan out of a JSON text.

    Raises:
        WrongShape: as `read`.
    """
    return replace(read(Plan, body), change=_change(_object(body, "change")))


def read_receipt(body: bytes) -> Receipt:
    """A receipt out of a JSON text.

    Raises:
        WrongShape: as `read`.
    """
    receipt = read(Receipt, body)
    return replace(receipt, plan=replace(receipt.plan, change=_change(_object(body, "plan", "change"))))


def write(value: object) -> bytes:
    """A value as JSON: amounts as strings, moments with their offset, a change with its `kind`."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: object) -> Any:
    plain = _adapter(value.__class__).dump_python(value, mode="json")
    if isinstance(value, Plan):
        plain["change"] = _plain(value.change)
    elif isinstance(value, Receipt):
        plain["plan"] = _plain(value.plan)
    elif isinstance(value, Change):
        plain = {"kind": kind_of(value), **plain}
    return plain


def _object(body: bytes, *path: str) -> Mapping[str, Any]:
    """The object at a path. What is inside a plan is asked for by its `kind`: some changes have the same members."""
    try:
        found = json.loads(body)
        for name in path:
            found = found[name]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise WrongShape(f"{'.'.join(path) or 'body'}: is not there") from None
    if not isinstance(found, dict):
        raise WrongShape(f"{'.'.join(path) or 'body'}: is no object")
    return found


def _change(plain: Mapping[str, Any]) -> Change:
    kind = KINDS.get(str(plain.get("kind")))
    if kind is None:
        raise WrongShape("kind: no such change")
    return read(kind, json.dumps(plain).encode())


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return _cached_adapter(kind)


@cache
def _cached_adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _check(value: object, name: str) -> None:
    """What types do not say, and what would only be noticed much later: in a sum, a sort, a row."""
    match value:
        case str() if "\0" in value:
            raise WrongShape(f"{name}: a NUL character")
        case datetime() if value.tzinfo is None:
            raise WrongShape(f"{name}: a moment needs its offset")
        case Decimal():
            _check_money(value, name)
        case Product(variants=()):
            raise WrongShape("variants: a product has one at least")
        case Mapping():
            for key, item in value.items():
                _check(key, name)
                _check(item, f"{name}.{key}")
        case tuple():
            for item in value:
                _check(item, name)
        case Reason() | Problem():
            return
        case _ if is_dataclass(value):
            for field in fields(value):
                _check(getattr(value, field.name), field.name)


def _check_money(amount: Decimal, name: str) -> None:
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or not -_MOST_DECIMALS <= exponent <= 0 or abs(amount) >= _MOST_MONEY:
        raise WrongShape(f"{name}: no amount of money")
    if amount < 0 and name != _CAN_BE_NEGATIVE:
        raise WrongShape(f"{name}: a negative amount")
