"""The panel beside a conversation: why a person is wanted, who the customer is, what the shop knows of them.

What our own database knows comes at once; what the shop knows is asked for afterwards, so that a shop that is slow or
away holds nothing up.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from bot.customers.contacts import Contact, find_email, normal_postcode
from bot.customers.proofs import Turn
from bot.customers.verification import Level, Proof
from bot.desk.knowing import Known, read_known
from bot.desk.order_forms import possible
from bot.desk.packet_words import packet_shown
from bot.desk.pages import DeskCall, Refused, page, row_id_of
from bot.desk.picture import Picture, read_picture
from bot.desk.reading import CONVERSATION, reads
from bot.desk.tools import DeskTools
from bot.handoff.errors import NotOwner
from bot.orders.changes import Reason
from bot.orders.models import CustomerProfile, Order
from bot.orders.numbers import OrderNumbers
from bot.orders.policy import staff_policy
from bot.orders.shop import Shop
from bot.orders.sql import SqlShop
from bot.staff.rights import Right

SHOP_SECONDS = 2.5
MOST_ORDERS = 20
LONGEST_GIVEN = 200


@dataclass(frozen=True, slots=True)
class OrderShown:
    """An order with what can be done about it: kinds of change, each with the reason why not."""

    order: Order
    possible: dict[str, Reason | None]
    opened: bool  # by itself, with what is on it


@dataclass(frozen=True, slots=True)
class ShopPicture:
    """What the shop knows, as far as it may be shown."""

    customer: CustomerProfile | None = None
    orders: tuple[OrderShown, ...] = ()
    missing: tuple[str, ...] = ()  # opened once, and the shop has it no more
    more: bool = False


def routes(tools: DeskTools) -> list[Route]:
    """Of the panel."""
    return [
        Route("/desk/c/{id}/side", page(tools, Right.READ_ALL, show_side)),
        Route("/desk/c/{id}/side/shop", page(tools, Right.READ_ALL, show_shop)),
        Route("/desk/c/{id}/side/proof", page(tools, Right.ORDER_ACTIONS, open_order), methods=["POST"]),
    ]


async def show_side(call: DeskCall) -> Response:
    """`GET /desk/c/{id}/side`: all that our own database knows."""
    conversation_id = row_id_of(call)
    picture = await call.read(lambda connection: read_picture(connection, conversation_id, call.now))
    await reads(call, CONVERSATION, conversation_id)
    return call.fragment("side.html", **side_values(call, picture))


def side_values(call: DeskCall, picture: Picture) -> dict[str, Any]:
    """What the template of the panel needs; for the page that shows it together with the conversation."""
    return {
        "picture": picture,
        "packet": packet_shown(picture.handoff.packet if picture.handoff else None),
        "formatting": call.tools.formatting.in_language("en"),
        "owns": picture.conversation.owner == call.agent.id,
        "clock_now": call.now,
    }


async def show_shop(call: DeskCall) -> Response:
    """`GET /desk/c/{id}/side/shop`: profile and orders, or an honest sentence where the shop does not answer."""
    conversation_id = row_id_of(call)
    await call.read(lambda connection: read_picture(connection, conversation_id, call.now))  # is there one?
    await reads(call, CONVERSATION, conversation_id)
    return await _shop_part(call, conversation_id)


async def open_order(call: DeskCall) -> Response:
    """`POST /desk/c/{id}/side/proof`: an order, by its number and what the customer says is on it.

    It is a proof like the customer's own: counted and locked with theirs, and the conversation is matched by it.
    """
    conversation_id = row_id_of(call)
    picture = await call.read(lambda connection: read_picture(connection, conversation_id, call.now))
    demand_owner(call, picture)
    if picture.conversation.state != "open":
        raise Refused("This conversation has ended. Nothing can be proven in it any more.", 409)
    given = (await call.field("number"))[:LONGEST_GIVEN].strip()
    told = (await call.field("contact"))[:LONGEST_GIVEN].strip()
    token = (await call.field("token"))[:64]
    number = order_numbers(call.tools).read(given)
    contact = contact_in(told)
    if number is None or not contact:
        problem = "number" if number is None else "contact"
        return await _shop_part(call, conversation_id, problem=problem, given=given, told=told)
    turn = Turn(conversation_id, f"desk-{token or call.tools.new_id()}", picture.conversation.customer_id)
    try:
        async with asyncio.timeout(SHOP_SECONDS):
            proof = await call.tools.verification.open_order(turn, number, contact)
    except Exception as error:
        if not is_away(error):
            raise
        return await _shop_part(call, conversation_id, problem="away", given=given, told=told)
    await call.write(
        lambda connection: call.note(
            connection,
            "order_lookup",
            conversation_id=conversation_id,
            subject=number,
            details={"result": proof.value, "by": "email" if contact.email else "postcode"},
        )
    )
    if proof is Proof.RIGHT:
        return await _shop_part(call, conversation_id, opened=number)
    return await _shop_part(call, conversation_id, problem=proof.value, given=given, told=told)


def demand_owner(call: DeskCall, picture: Picture) -> None:
    """Raises `NotOwner` where somebody else has the conversation."""
    if picture.conversation.owner != call.agent.id:
        raise NotOwner(picture.conversation.owner, picture.owner_name)


def order_numbers(tools: DeskTools) -> OrderNumbers:
    """How this shop's order numbers are read."""
    return OrderNumbers(tools.settings.order_number_pattern, tools.settings.order_number_prefix)


def contact_in(told: str) -> Contact:
    """The e-mail address or the postcode in what was typed into a field for either."""
    email = find_email(told)
    return Contact(email=email) if email else Contact(postcode=normal_postcode(told) or None)


def staff_shop(shop: Shop) -> Shop:
    """The shop for its own people; one behind an API decides by itself what they may do."""
    return shop.for_staff() if isinstance(shop, SqlShop) else shop


def is_away(error: Exception) -> bool:
    """Whether an error says that the shop cannot be asked just now."""
    return isinstance(error, TimeoutError) or bool(getattr(error, "retryable", False))


def web_address(address: str | None) -> str | None:
    """An address that a page may link to; None for anything but http and https, which could be a script."""
    try:
        return address if address and urlsplit(address).scheme in ("http", "https") else None
    except ValueError:
        return None


async def look(call: DeskCall, known: Known) -> ShopPicture:
    """Ask the shop for what may be shown.

    Raises:
        ShopUnavailable: or what the shop's own store raises, or `TimeoutError`: see `is_away`.
    """
    shop = call.tools.shop
    if known.customer_id is None:
        return ShopPicture()
    numbers = known.order_numbers
    async with asyncio.timeout(SHOP_SECONDS):
        customer, single, all_of_them = await asyncio.gather(
            shop.customer(known.customer_id),
            asyncio.gather(*(shop.order(number) for number in numbers)),
            _orders_of(shop, known),
        )
    opened = [order for order in single if order is not None and known.may_see(order)]
    rest = [order for order in all_of_them if order.number not in {other.number for other in opened}]
    policy = staff_policy(shop.policy)
    orders = sorted((*opened, *rest), key=lambda order: order.placed_at, reverse=True)
    return ShopPicture(
        customer,
        tuple(OrderShown(order, possible(order, policy, call.now), order in opened) for order in orders),
        tuple(number for number, order in zip(numbers, single, strict=True) if order is None),
        more=len(all_of_them) >= MOST_ORDERS,
    )


async def _orders_of(shop: Shop, known: Known) -> tuple[Order, ...]:
    if known.best is not Level.VERIFIED or known.customer_id is None:
        return ()
    return await shop.orders_of(known.customer_id, MOST_ORDERS)


async def _shop_part(call: DeskCall, conversation_id: str, **values: object) -> Response:
    """The part of the panel that the shop fills."""
    picture = await call.read(lambda connection: read_picture(connection, conversation_id, call.now))
    known, shown = picture.known, None
    try:
        shown = await look(call, known)
    except Exception as error:
        if not is_away(error):
            raise
    told: dict[str, Any] = {"problem": "", "given": "", "told": "", "opened": ""}
    return call.fragment(
        "side_shop.html",
        **side_values(call, picture),
        shop=shown,
        token=call.tools.new_id(),
        web_address=web_address,
        **(told | values),
    )


async def known_of(call: DeskCall, conversation_id: str) -> Known:
    """How well a conversation's customer is known."""
    return await call.read(lambda connection: read_known(connection, conversation_id, call.now))
