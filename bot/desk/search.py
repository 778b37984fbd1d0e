"""The search page: conversations by customer, order number, words and tags; every search is in the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.customers.contacts import find_email
from bot.desk.pages import DeskCall, page
from bot.desk.search_reading import LONGEST, MOST_FOUND, SHORTEST, Asked, Hit, find
from bot.desk.tools import DeskTools, NavItem
from bot.orders.numbers import OrderNumbers
from bot.orders.shop import ShopError
from bot.staff.rights import Right
from bot.storage.database import DatabaseUnavailable

log = structlog.get_logger(__name__)

NAV = (NavItem("Search", "/desk/search", "search", Right.READ_ALL, "s", order=20),)
SHOP_SECONDS = 2.0  # that a search waits for the shop, which knows addresses that we do not


class Search:
    """Makes the search page."""

    def __init__(self, tools: DeskTools) -> None:
        self._tools = tools
        settings = tools.settings
        self._numbers = OrderNumbers(settings.order_number_pattern, settings.order_number_prefix)

    async def show(self, call: DeskCall) -> Response:
        """`GET /desk/search?q=…`."""
        text = " ".join(call.query("q", most=LONGEST).replace("\x00", "").split())
        hits: list[Hit] | None = None
        if len(text) >= SHORTEST:
            asked = await self._asked(text)
            # Noted first, and apart: a search of everything that was said must not keep others from writing.
            await call.write(lambda connection: call.note(connection, "search", subject=text))
            hits = await call.read(lambda connection: find(connection, call.agent.id, asked, call.now))
        values: dict[str, Any] = {"q": text, "hits": hits, "most": MOST_FOUND, "shortest": SHORTEST}
        if call.is_htmx and call.request.headers.get("hx-target") == "found":
            return call.fragment("search.html", block="found", **values)
        return call.render("search.html", **values)

    async def _asked(self, text: str) -> Asked:
        """What the text stands for, with the shop's help where it answers in time."""
        numbers, email = self._numbers.find(text), find_email(text)
        try:
            async with asyncio.timeout(SHOP_SECONDS):
                known = await self._known_to_shop(numbers, email)
        except (ShopError, DatabaseUnavailable, TimeoutError) as error:
            log.warning("searched_without_shop", error=type(error).__name__)
            known = ()
        return Asked(text, numbers, known)

    async def _known_to_shop(self, numbers: Sequence[str], email: str | None) -> tuple[str, ...]:
        found = []
        if email and (customer := await self._tools.shop.customer_by_email(email)):
            found.append(customer.id)
        for number in numbers[:2]:
            if order := await self._tools.shop.order(number):
                found.append(order.customer_id)
        return tuple(dict.fromkeys(found))


def routes(tools: DeskTools) -> Sequence[BaseRoute]:
    """The search's route."""
    return [Route("/desk/search", page(tools, Right.READ_ALL, Search(tools).show))]
