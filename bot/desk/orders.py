"""What agents have the shop do for a customer: filled in, shown, confirmed, made once, and noted.

The rules are the shop's. A change goes there with a key made of the conversation and a token that was made when its
form was shown: however often it is sent, it is made once. Where no answer comes, that is said, and can be looked up.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from starlette.responses import Response
from starlette.routing import Route

from bot.conversations.models import Change
from bot.conversations.unit import Unit
from bot.desk.notes import add_note
from bot.desk.order_forms import FormError, change_in, form_for, products_of
from bot.desk.order_plans import Summary, sentence_of, summary_of
from bot.desk.pages import DeskCall, NotThere, Refused, page, row_id_of
from bot.desk.picture import Picture, read_picture
from bot.desk.side import demand_owner, is_away, staff_shop
from bot.desk.tools import DeskTools
from bot.handoff.errors import NotOwner
from bot.orders import shop as shops
from bot.orders.changes import OrderChange, Plan, Receipt
from bot.orders.models import CustomerProfile, Order, Product
from bot.orders.policy import staff_policy
from bot.self_service.deciding import mark_of
from bot.staff.accounts import agent_by_id
from bot.staff.rights import Right, may
from bot.storage.desk_tables import notes
from bot.storage.tables import conversations

LOOK_SECONDS = 5.0
MADE_SURE = ("answered", "called_back", "known")  # how an agent can say that they know who it is
_LONGEST_FIELD = 300
_MOST_FIELDS = 120


@dataclass(frozen=True, slots=True)
class Action:
    """What an agent wants done, as far as it is filled in, with what the shop says of it now."""

    conversation_id: str
    picture: Picture
    order: Order
    customer: CustomerProfile
    products: tuple[Product, ...]
    kind: str
    token: str
    filled: Mapping[str, str]

    @property
    def key(self) -> str:
        """The shop's idempotency key."""
        return f"{self.conversation_id}:desk:{self.token}"

    @property
    def must_make_sure(self) -> bool:
        """Whether the agent has to say how they know that this is the customer."""
        return not self.picture.known.is_sure


def routes(tools: DeskTools) -> list[Route]:
    """Of the order actions."""
    path = "/desk/c/{id}/order"

    def post(handler: Any) -> Any:
        return page(tools, Right.ORDER_ACTIONS, handler)

    return [
        Route(f"{path}/form", page(tools, Right.ORDER_ACTIONS, show_form)),
        Route(f"{path}/preview", post(preview), methods=["POST"]),
        Route(f"{path}/apply", post(apply), methods=["POST"]),
        Route(f"{path}/outcome", post(outcome), methods=["POST"]),
    ]


async def show_form(call: DeskCall) -> Response:
    """`GET …/order/form?order=…&kind=…`: what there is to fill in."""
    given = {"order": call.query("order", most=64), "kind": call.query("kind", most=40), "token": call.tools.new_id()}
    return await _answered(call, given, _form)


async def preview(call: DeskCall) -> Response:
    """`POST …/order/preview`: what would happen, and what it costs or brings back."""
    return await _answered(call, await _filled(call), _preview)


async def apply(call: DeskCall) -> Response:
    """`POST …/order/apply`: have it done, if it still is what was shown."""
    return await _answered(call, await _filled(call), _apply)


async def outcome(call: DeskCall) -> Response:
    """`POST …/order/outcome`: look up whether something was done of which no answer came."""
    return await _answered(call, await _filled(call), _outcome)


async def _answered(call: DeskCall, given: Mapping[str, str], step: Any) -> Response:
    """The step's answer; or that the shop is away, with everything that was filled in."""
    conversation_id = row_id_of(call)
    picture = await call.read(lambda connection: read_picture(connection, conversation_id, call.now))
    demand_owner(call, picture)
    if not given.get("token"):
        raise Refused("This page is out of date. Load it anew and try again.")
    try:
        action = await _looked_up(call, picture, given)
        return await step(call, action)  # type: ignore[no-any-return]  # a step is one of the functions below
    except shops.Refused as refused:
        return _dialog(call, "refused", given, reason=refused.reason)
    except Exception as error:
        if not is_away(error):
            raise
        return _dialog(call, "away", given, again=call.request.url.path.rsplit("/", 1)[-1])


async def _looked_up(call: DeskCall, picture: Picture, given: Mapping[str, str]) -> Action:
    """What the form is about, as the shop has it now.

    Raises:
        NotThere: no such order, or none that this conversation opened.
    """
    shop = call.tools.shop
    async with asyncio.timeout(LOOK_SECONDS):
        order = await shop.order(given.get("order", ""))
        if order is None or not picture.known.may_see(order):
            raise NotThere("There is no such order, or it was not opened in this conversation.")
        customer, products = await asyncio.gather(
            shop.customer(order.customer_id),
            asyncio.gather(*(shop.product(product_id) for product_id in products_of(order))),
        )
    if customer is None:
        raise NotThere("The shop does not know this customer any more.")
    return Action(
        picture.conversation.id,
        picture,
        order,
        customer,
        tuple(product for product in products if product is not None),
        given.get("kind", ""),
        given["token"],
        given,
    )


async def _form(call: DeskCall, action: Action, problem: str = "") -> Response:
    try:
        form = form_for(
            action.kind, action.order, action.customer, action.products, staff_policy(call.tools.shop.policy)
        )
    except ValueError as error:
        raise NotThere("An order cannot be changed in that way.") from error
    return _dialog(call, "form", action.filled, action=action, form=form, problem=problem)


async def _preview(call: DeskCall, action: Action) -> Response:
    try:
        change = change_in(action.kind, action.order, action.filled)
    except FormError as error:
        return await _form(call, action, str(error))
    return _summary(call, action, await _planned(call, action, change))


async def _apply(call: DeskCall, action: Action) -> Response:
    if done := await _receipt(call, action):  # sent twice: the first time has changed what the order is now
        return await _done(call, action, done)
    change = _change(action)
    try:
        return await _applied(call, action, change)
    except shops.Refused:
        if done := await _receipt(call, action):  # sent twice at once: the other was quicker, and it is done
            return await _done(call, action, done)
        raise


async def _applied(call: DeskCall, action: Action, change: OrderChange) -> Response:
    shop = staff_shop(call.tools.shop)
    if action.must_make_sure and action.filled.get("sure") not in MADE_SURE:
        return _summary(call, action, await _planned(call, action, change), problem="not_sure")
    plan = await _planned(call, action, change)
    if mark_of(plan) != action.filled.get("mark"):
        if done := await _receipt(call, action):
            return await _done(call, action, done)
        return _summary(call, action, plan, problem="changed")
    await _ask(call, action)
    try:
        # Not to be broken off by a browser that goes away: it is done or not, whoever waits for the answer.
        receipt = await asyncio.shield(shop.apply(action.customer.id, change, action.key))
    except shops.OutcomeUnknown:
        await call.write(lambda connection: _note_in(call, connection, action, "order_change_unknown"))
        return _dialog(call, "unknown", action.filled, action=action)
    except ValueError as error:
        raise Refused("This form was used before, for something else. Open it anew.", 409) from error
    return await _done(call, action, receipt)


async def _outcome(call: DeskCall, action: Action) -> Response:
    if done := await _receipt(call, action):
        return await _done(call, action, done)
    return _dialog(call, "unknown", action.filled, action=action, looked=True)


async def _receipt(call: DeskCall, action: Action) -> Receipt | None:
    async with asyncio.timeout(LOOK_SECONDS):
        return await staff_shop(call.tools.shop).outcome(action.key)


async def _planned(call: DeskCall, action: Action, change: OrderChange) -> Plan:
    async with asyncio.timeout(LOOK_SECONDS):
        return await staff_shop(call.tools.shop).preview(action.customer.id, change)


def _change(action: Action) -> OrderChange:
    try:
        return change_in(action.kind, action.order, action.filled)
    except FormError as error:
        raise Refused("Something is missing. Open the form anew.") from error


def _summary(call: DeskCall, action: Action, plan: Plan, problem: str = "") -> Response:
    return _dialog(call, "summary", action.filled, action=action, summary=_shown(call, action, plan), problem=problem)


async def _done(call: DeskCall, action: Action, receipt: Receipt) -> Response:
    """What was done, noted once in the conversation, with a sentence for the customer."""
    tools = call.tools
    summary = _shown(call, action, receipt.plan)
    text = (
        tools.templates.get_template("order_note.txt").render(summary=summary, action=action, agent=call.agent).strip()
    )

    def note(unit: Unit) -> Change | None:
        key = hashlib.sha256(action.key.encode()).hexdigest()[:32]
        # One after another: of two answers to the same change the second finds the first one's note.
        c = conversations.c
        unit.connection.execute(sa.select(c.id).where(c.id == action.conversation_id).with_for_update())
        if unit.connection.execute(sa.select(notes.c.id).where(notes.c.id == key)).first() is not None:
            return None
        details = {"kind": action.kind, "key": action.key, "refund": summary.refund, "difference": summary.difference}
        call.note(
            unit.connection,
            "order_changed",
            conversation_id=action.conversation_id,
            subject=action.order.number,
            details=details,
        )
        return add_note(unit, action.conversation_id, call.agent, text, key=key)

    await tools.conversations.change(note)
    locale = action.picture.conversation.locale
    formatting = tools.formatting.in_language(tools.conversations.phrases.language_for(locale))
    sentence = sentence_of(receipt.plan, action.customer, tools.shop.policy, tools.conversations.phrases, formatting)
    return _dialog(
        call,
        "done",
        action.filled,
        headers={"HX-Trigger": "desk:order-changed"},
        action=action,
        summary=summary,
        sentence=sentence,
        repeated=receipt.repeated,
    )


async def _ask(call: DeskCall, action: Action) -> None:
    """Write down that the shop is asked now, if the agent still may: while it was looked up, time went by.

    Raises:
        Refused: the account was disabled, or has lost the right.
        NotOwner: somebody else has the conversation by now.
    """

    def work(connection: Connection) -> None:
        own = sa.select(conversations.c.owner).where(conversations.c.id == action.conversation_id)
        owner = str(connection.execute(own.with_for_update()).scalar_one())
        agent = agent_by_id(connection, call.agent.id)
        if agent is None or not agent.active or not may(agent.role, Right.ORDER_ACTIONS):
            raise Refused("You do not have the right to do this any more. Nothing was changed.", 403)
        if owner != agent.id:
            other = agent_by_id(connection, owner)
            raise NotOwner(owner, other.name if other else None)
        _note_in(call, connection, action, "order_change_asked", {"sure": action.filled.get("sure") or "verified"})

    await call.write(work)


def _note_in(
    call: DeskCall, connection: Connection, action: Action, what: str, details: Mapping[str, Any] | None = None
) -> None:
    told = {"kind": action.kind, "key": action.key, **(details or {})}
    call.note(connection, what, conversation_id=action.conversation_id, subject=action.order.number, details=told)


def _shown(call: DeskCall, action: Action, plan: Plan) -> Summary:
    formatting = call.tools.formatting.in_language("en")
    return summary_of(plan, action.order, action.customer, action.products, formatting)


async def _filled(call: DeskCall) -> dict[str, str]:
    """The fields of the form, as texts of a sensible length."""
    form = await call.form()
    given = list(form.multi_items())[:_MOST_FIELDS]
    return {name[:40]: value.replace("\0", "")[:_LONGEST_FIELD] for name, value in given if isinstance(value, str)}


def _dialog(
    call: DeskCall,
    step: str,
    filled: Mapping[str, str],
    *,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> Response:
    known: dict[str, Any] = {"action": None, "form": None, "summary": None, "reason": None, "problem": ""}
    known |= {"sentence": "", "repeated": False, "looked": False, "again": ""}
    return call.fragment(
        "order_dialog.html",
        headers=headers,
        step=step,
        filled=filled,
        conversation_id=row_id_of(call),
        formatting=call.tools.formatting.in_language("en"),
        **(known | values),
    )
