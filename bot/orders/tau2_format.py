"""The form of a τ²-bench retail db.json, checked down to its last field; what becomes of it is said elsewhere."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
)

from bot.orders.models import Money, OrderStatus

_SHOWN = 5
_MOST_MONEY = 10**9
_CENT = Decimal("0.01")
_ITEMS_CHANGED = "pending (item modified)"  # as the benchmark's own programs write it
_STATUSES = {
    _ITEMS_CHANGED: OrderStatus.PENDING_CHANGED,
    "pending (items modifed)": OrderStatus.PENDING_CHANGED,  # and as its policy does
    **{status.value: status for status in OrderStatus},
}


class WrongFile(ValueError):
    """What is no shop in that form, or cannot be taken in; the text says where and why, a line each."""


def _clean(text: str) -> str:
    if "\0" in text:
        raise ValueError("has a NUL character")
    return text


def _amount(value: object) -> Money:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("must be a number")
    if abs(value) >= _MOST_MONEY:
        raise ValueError("is too much money")
    exact = Decimal(str(value))
    cents = exact.quantize(_CENT)
    return cents if cents == exact else exact


def _country(code: str) -> str:
    if code != "USA" and not re.fullmatch("[A-Z]{2}", code):
        raise ValueError("must be USA or the two letters of a country")
    return code


Text = Annotated[str, AfterValidator(_clean)]
Name = Annotated[Text, StringConstraints(max_length=100)]
Title = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Id = Annotated[Text, StringConstraints(min_length=1, max_length=64)]
Difference = Annotated[Decimal, BeforeValidator(_amount)]
Amount = Annotated[Difference, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileAddress(_Part):
    """Where somebody lives, or an order goes."""

    address1: Text
    address2: Text
    city: Text
    country: Annotated[Text, AfterValidator(_country)]
    state: Text
    zip: Text


class FileMethod(_Part):
    """One way to pay; a gift card has a balance."""

    source: Literal["credit_card", "paypal", "gift_card"]
    id: Id
    brand: Annotated[Text, StringConstraints(max_length=32)] | None = None
    last_four: Annotated[Text, StringConstraints(max_length=4)] | None = None
    balance: Amount | None = None


class FileName(_Part):
    """What somebody is called."""

    first_name: Name
    last_name: Name


class FileUser(_Part):
    """A customer."""

    user_id: Id
    name: FileName
    address: FileAddress
    email: Annotated[Text, StringConstraints(min_length=3, max_length=254)]
    payment_methods: dict[str, FileMethod]
    orders: list[str]


class FileVariant(_Part):
    """One version of a product."""

    item_id: Id
    options: dict[Text, Text]
    available: StrictBool
    price: Amount


class FileProduct(_Part):
    """A product with its variants."""

    name: Title
    product_id: Id
    variants: Annotated[dict[str, FileVariant], Field(min_length=1)]


class FileItem(_Part):
    """A thing in an order."""

    name: Title
    product_id: Id
    item_id: Id
    price: Amount
    options: dict[Text, Text]


class FileFulfillment(_Part):
    """What was sent together."""

    tracking_id: list[Id]
    item_ids: list[Id]


class FilePayment(_Part):
    """Money that moved."""

    transaction_type: Literal["payment", "refund"]
    amount: Amount
    payment_method_id: Id


class FileOrder(_Part):
    """An order, with what was done to it."""

    order_id: Id
    user_id: Id
    address: FileAddress
    items: list[FileItem]
    status: str
    fulfillments: list[FileFulfillment]
    payment_history: list[FilePayment]
    cancel_reason: Name | None = None
    return_items: list[Id] | None = None
    return_payment_method_id: Id | None = None
    exchange_items: list[Id] | None = None
    exchange_new_items: list[Id] | None = None
    exchange_payment_method_id: Id | None = None
    exchange_price_difference: Difference | None = None

    @property
    def known_status(self) -> OrderStatus | None:
        """The status in our words, or None where there is none like it."""
        return _STATUSES.get(self.status)

    @property
    def methods_used(self) -> list[str]:
        """Every payment method that the order speaks of."""
        settled = (self.return_payment_method_id, self.exchange_payment_method_id)
        paid = [payment.payment_method_id for payment in self.payment_history]
        return list(dict.fromkeys([*paid, *(method for method in settled if method)]))


class ShopFile(_Part):
    """All of a db.json."""

    products: dict[str, FileProduct]
    users: dict[str, FileUser]
    orders: dict[str, FileOrder]


def written_status(status: OrderStatus) -> str:
    """A status as the file has it."""
    return _ITEMS_CHANGED if status is OrderStatus.PENDING_CHANGED else status.value


def read_shop_file(data: Mapping[str, Any]) -> ShopFile:
    """Check a db.json, as `json` has read it.

    Raises:
        WrongFile: a field is missing, unknown or wrong, or one thing does not fit another.
    """
    try:
        file = ShopFile.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        lines = [
            f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg'].removeprefix('Value error, ')}" for one in found
        ]
        raise WrongFile(shortened(lines)) from None
    if lines := list(_misfits(file)):
        raise WrongFile(shortened(lines))
    return file


def shortened(lines: Iterable[str]) -> str:
    """The first few of many complaints, and how many more there are."""
    told = list(lines)
    more = [f"… and {len(told) - _SHOWN} more"] if len(told) > _SHOWN else []
    return "\n".join([*told[:_SHOWN], *more])


def _misfits(file: ShopFile) -> Iterator[str]:
    yield from _other_names("products", {key: product.product_id for key, product in file.products.items()})
    yield from _other_names("users", {key: user.user_id for key, user in file.users.items()})
    yield from _other_names("orders", {key: order.order_id for key, order in file.orders.items()})
    for product in file.products.values():
        inside = {key: variant.item_id for key, variant in product.variants.items()}
        yield from _other_names(f"products.{product.product_id}.variants", inside)
    for user in file.users.values():
        inside = {key: method.id for key, method in user.payment_methods.items()}
        yield from _other_names(f"users.{user.user_id}.payment_methods", inside)
    yield from _twice("item", (variant for product in file.products.values() for variant in product.variants))
    yield from _twice("payment method", (method for user in file.users.values() for method in user.payment_methods))
    yield from _twice("e-mail address", (user.email.casefold() for user in file.users.values()))
    yield from _twice("order", (number for user in file.users.values() for number in user.orders))
    for user in file.users.values():
        yield from _misfits_of_user(file, user)
    for order in file.orders.values():
        yield from _misfits_of_order(file, order)


def _misfits_of_user(file: ShopFile, user: FileUser) -> Iterator[str]:
    place = f"users.{user.user_id}"
    for number in user.orders:
        if number not in file.orders or file.orders[number].user_id != user.user_id:
            yield f"{place}.orders: {number} is no order of theirs"
    for method in user.payment_methods.values():
        if (method.source == "gift_card") is (method.balance is None):
            yield f"{place}.payment_methods.{method.id}: a gift card has a balance, and nothing else has"


def _misfits_of_order(file: ShopFile, order: FileOrder) -> Iterator[str]:
    place = f"orders.{order.order_id}"
    user = file.users.get(order.user_id)
    if user is None:
        yield f"{place}.user_id: there is no user {order.user_id}"
        return
    if order.order_id not in user.orders:
        yield f"{place}: its user does not list it"
    if order.known_status is None:
        yield f"{place}.status: unknown; known are {', '.join(OrderStatus)}"
    for method in order.methods_used:
        if method not in user.payment_methods:
            yield f"{place}: {method} is no payment method of its user"
    given = (order.return_items, order.return_payment_method_id)
    if None in given and given != (None, None):
        yield f"{place}: a return needs return_items and return_payment_method_id"
    exchanged = (order.exchange_items, order.exchange_new_items)
    swapped = (*exchanged, order.exchange_payment_method_id, order.exchange_price_difference)
    if any(one is not None for one in swapped) and (None in swapped or order.return_items is not None):
        yield f"{place}: an exchange needs all four exchange_ fields, and is no return"
    elif exchanged[0] is not None and exchanged[1] is not None and len(exchanged[0]) != len(exchanged[1]):
        yield f"{place}: exchange_items and exchange_new_items must be as many"


def _other_names(place: str, ids: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{place}.{key}: calls itself {own}" for key, own in ids.items() if key != own)


def _twice(what: str, ids: Iterable[str]) -> Iterator[str]:
    yield from (f"{what} {id} is there {count} times" for id, count in Counter(ids).items() if count > 1)
