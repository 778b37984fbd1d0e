"""A shop behind an HTTP API: the `Shop` protocol in the words of docs/shop-api.yaml; the rules are the server's."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NoReturn, TypeVar
from urllib.parse import quote

import httpx

from bot.orders.changes import Change, Plan, Reason, Receipt
from bot.orders.http_calls import Answer, Call, ShopCalls
from bot.orders.http_json import (
    CustomerList,
    OrderList,
    ProductList,
    WrongShape,
    read,
    read_plan,
    read_receipt,
    write,
)
from bot.orders.models import CustomerProfile, Order, Product
from bot.orders.phones import may_have_phone
from bot.orders.policy import ShopPolicy
from bot.orders.shop import Refused, ShopUnavailable
from bot.orders.word_forms import fold

Value = TypeVar("Value")

POLICY_HOLDS_SECONDS = 60.0
_KEY = re.compile(r"[!-~]{1,200}")
_CONNECTIONS = httpx.Limits(max_connections=40, max_keepalive_connections=10)


class HttpShop:
    """A `Shop` that asks a server.

    Whatever the server answers is checked: that it has the form described, and that it is what was asked for.

    `policy` is what the settings say until the server's own was fetched; `run` fetches it at once and then every
    minute. It only helps to tell customers beforehand: what is done, the server decides with each change.

    Args:
        calls: makes the requests.
        policy: the rules as the settings have them; they stay where the server has no policy of its own to tell.
    """

    def __init__(self, calls: ShopCalls, policy: ShopPolicy) -> None:
        self._calls = calls
        self._policy = policy

    @property
    def policy(self) -> ShopPolicy:
        """What customers may do by themselves, as far as it is known here."""
        return self._policy

    async def run(self) -> None:
        """Keep the policy fresh until cancelled; then close the connections."""
        try:
            while True:
                await self.refresh_policy()
                await asyncio.sleep(POLICY_HOLDS_SECONDS)
        finally:
            await self._calls.close()

    async def refresh_policy(self) -> None:
        """Fetch the policy. Where there is none, or no answer, the one known stays."""
        try:
            found = await self._calls.ask(_get("/policy"), _or_none(lambda body: read(ShopPolicy, body)))
        except ShopUnavailable:
            return
        self._policy = found or self._policy

    async def order(self, number: str) -> Order | None:
        """The order with that number, or None.

        Raises:
            ShopUnavailable: no answer, or none that could be understood; so with every other question.
        """

        def read_it(body: bytes) -> Order:
            order = read(Order, body)
            return _as_asked(order, order.number == number)

        return await self._calls.ask(_get("/orders/{}", number), _or_none(read_it))

    async def orders_of(self, customer_id: str, limit: int) -> tuple[Order, ...]:
        """A customer's latest orders, newest first, at most `limit`."""

        def read_them(body: bytes) -> tuple[Order, ...]:
            orders = read(OrderList, body).orders
            return _as_asked(orders, all(order.customer_id == customer_id for order in orders))[:limit]

        call = _get("/customers/{}/orders", customer_id, query={"limit": str(limit)})
        return await self._calls.ask(call, _only_200(read_them))

    async def customer(self, customer_id: str) -> CustomerProfile | None:
        """The customer with that id, or None."""

        def read_them(body: bytes) -> CustomerProfile:
            customer = read(CustomerProfile, body)
            return _as_asked(customer, customer.id == customer_id)

        return await self._calls.ask(_get("/customers/{}", customer_id), _or_none(read_them))

    async def customer_by_email(self, email: str) -> CustomerProfile | None:
        """The customer whose address on file is `email`, whatever the case of its letters, or None."""
        wanted = email.strip()

        def is_theirs(customer: CustomerProfile) -> bool:
            return customer.email.strip().casefold() == wanted.casefold()

        found = await self._customers({"email": wanted}, is_theirs, most=1)
        return found[0] if found else None

    async def customers_by_name(self, first: str, last: str, postcode: str) -> tuple[CustomerProfile, ...]:
        """The customers of that name whose profile has that postcode, whatever the case of the letters."""
        query = {"first_name": first.strip(), "last_name": last.strip(), "postcode": postcode.strip()}
        name, code = _letters(first + last), _letters(postcode)

        def is_theirs(customer: CustomerProfile) -> bool:
            theirs = _letters(customer.address.postcode)
            # A shop may take "Mary" "Ann Lee" for "Mary Ann" "Lee", and "10001" for "10001-1234".
            same_code = theirs.startswith(code) or code.startswith(theirs)
            return _letters(customer.first_name + customer.last_name) == name and bool(theirs and code) and same_code

        return await self._customers(query, is_theirs)

    async def customers_by_phone(self, phone: str) -> tuple[CustomerProfile, ...]:
        """The customers whose profile has that number; of one without country code the shop knows the country."""
        return await self._customers({"phone": phone}, lambda customer: may_have_phone(customer, phone))

    async def products(self) -> tuple[Product, ...]:
        """The whole catalogue, in the shop's order."""
        return await self._calls.ask(_get("/products"), _only_200(lambda body: read(ProductList, body).products))

    async def product(self, product_id: str) -> Product | None:
        """The product with that id as it is now, or None."""

        def read_it(body: bytes) -> Product:
            product = read(Product, body)
            return _as_asked(product, product.id == product_id)

        return await self._calls.ask(_get("/products/{}", product_id), _or_none(read_it))

    async def preview(self, customer_id: str, change: Change) -> Plan:
        """What a change would do; nothing is done.

        Raises:
            Refused: the shop's rules do not allow it.
            ShopUnavailable: no answer, or none that could be understood.
        """

        def read_it(body: bytes) -> Plan:
            plan = read_plan(body)
            return _as_asked(plan, _is_the_same(plan.change, change))

        return await self._calls.ask(_post("/customers/{}/changes/preview", customer_id, change), _or_refused(read_it))

    async def apply(self, customer_id: str, change: Change, key: str) -> Receipt:
        """Make a change. It is sent again, with the same key, while there is time and no answer came.

        Args:
            customer_id: who asks.
            change: what they ask for.
            key: idempotency key of 1 to 200 visible ASCII characters.

        Raises:
            Refused: the shop's rules do not allow it; nothing was changed.
            ShopUnavailable: nothing was changed.
            OutcomeUnknown: it was sent and may have been made.
            ValueError: the key was used before for another change, or is none.
        """
        if not _KEY.fullmatch(key):
            raise ValueError("a key has 1 to 200 visible ASCII characters")

        def read_it(body: bytes) -> Receipt:
            receipt = read_receipt(body)
            return _as_asked(receipt, receipt.key == key and _is_the_same(receipt.plan.change, change))

        call = replace(_post("/customers/{}/changes", customer_id, change), key=key)
        return await self._calls.change(call, _or_refused(read_it))

    async def outcome(self, key: str) -> Receipt | None:
        """What was done under a key, as a receipt with `repeated` true, or None where nothing was."""

        def read_it(body: bytes) -> Receipt:
            receipt = read_receipt(body)
            return replace(_as_asked(receipt, receipt.key == key), repeated=True)

        return await self._calls.ask(_get("/changes/{}", key), _or_none(read_it))

    async def _customers(
        self, query: Mapping[str, str], is_theirs: Callable[[CustomerProfile], bool], most: int | None = None
    ) -> tuple[CustomerProfile, ...]:
        """Customers found by what they are asked for; a server that passes over the question must not prove anybody."""

        def read_them(body: bytes) -> tuple[CustomerProfile, ...]:
            customers = read(CustomerList, body).customers
            return _as_asked(customers, all(map(is_theirs, customers)) and len(customers) <= (most or len(customers)))

        return await self._calls.ask(_get("/customers", query=query), _only_200(read_them))


def http_shop(url: str, token: str, seconds: float, policy: ShopPolicy) -> HttpShop:
    """A shop at an address.

    Args:
        url: what every path of the API is below.
        token: bearer token.
        seconds: longest time of a call; a change may take twice as long.
        policy: the rules as the settings have them.
    """
    return HttpShop(ShopCalls(shop_client(url, token), seconds), policy)


def shop_client(url: str, token: str) -> httpx.AsyncClient:
    """A client for one shop, which sends the token to that address and nowhere else."""
    return httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
        limits=_CONNECTIONS,
        follow_redirects=False,  # or the token would go along
        trust_env=False,  # else it would read the environment by itself
    )


def _get(template: str, *parts: str, query: Mapping[str, str] | None = None) -> Call:
    return Call(f"GET {template}", "GET", template.format(*(quote(part, safe="") for part in parts)), query)


def _post(template: str, customer_id: str, change: Change) -> Call:
    return Call(f"POST {template}", "POST", template.format(quote(customer_id, safe="")), body=write(change))


def _only_200(understand: Callable[[bytes], Value]) -> Callable[[Answer], Value]:
    def of(answer: Answer) -> Value:
        return understand(answer.body) if answer.status == 200 else _no_answer()

    return of


def _or_none(understand: Callable[[bytes], Value]) -> Callable[[Answer], Value | None]:
    def of(answer: Answer) -> Value | None:
        # A server that is not the shop answers 404 as well; then nobody may hear that their order does not exist.
        if answer.status == 404 and answer.says("not_found"):
            return None
        return _only_200(understand)(answer)

    return of


def _or_refused(understand: Callable[[bytes], Value]) -> Callable[[Answer], Value]:
    def of(answer: Answer) -> Value:
        if answer.status == 409:
            raise Refused(read(Reason, answer.body))
        if answer.status == 422 and answer.says("key_used"):
            raise ValueError("the key was used before for another change")
        return _only_200(understand)(answer)

    return of


def _no_answer() -> NoReturn:
    raise WrongShape("an answer the API does not have")


def _as_asked(value: Value, it_is: bool) -> Value:
    """The value, where it is what was asked for.

    Raises:
        WrongShape: it is something else: another order, somebody else's.
    """
    if not it_is:
        raise WrongShape("is not what was asked for")
    return value


def _is_the_same(answered: Change, asked: Change) -> bool:
    """Whether it is the change that was asked for. A shop may write an address or a number in its own way."""
    same_order = getattr(answered, "number", None) == getattr(asked, "number", None)
    return type(answered) is type(asked) and same_order


def _letters(word: str) -> str:
    """A word without what shops write in different ways: case, accents, spaces, hyphens."""
    return "".join(letter for letter in fold(word) if letter.isalnum())
