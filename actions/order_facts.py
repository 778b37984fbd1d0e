"""One fact of one order, in a sentence: what is in it, what it cost, where it goes."""

from __future__ import annotations

from abc import ABC, abstractmethod

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.order_news import News
from actions.products import ActionProductQuestion
from actions.reading import active_form, last_response
from actions.repeats import reworded, said
from bot.orders.formatting import Formatting
from bot.orders.models import Order, OrderItem, OrderStatus

ARRIVED = (OrderStatus.DELIVERED, OrderStatus.RETURN_REQUESTED, OrderStatus.EXCHANGE_REQUESTED)


class OrderFactAction(ServiceAction, ABC):
    """Answers from the order named, or the one shown last; where that may not be seen, the form opens one first."""

    @abstractmethod
    def news(self, order: Order, formatting: Formatting) -> News:
        """The fact."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if active_form(tracker) == "track_order_form":
            return [SlotSet("problem", None)]  # the order's card, once it is open, has the answer
        number = self.facts(tracker).order_number or tracker.get_slot("current_order")
        order = await self.services.shop.order(number) if number else None
        access = await self.services.verification.access(tracker.sender_id)
        if order is None or not access.may_read(order):
            return [FollowupAction("track_order_form")]
        news = self.news(order, self.formatting(tracker))
        wording = reworded(tracker, domain, news.response)
        dispatcher.utter_message(response=wording, **news.words)
        return [SlotSet("current_order", order.number), said(tracker, wording)]


class ActionOrderContents(OrderFactAction):
    """What is in the order."""

    action_name = "action_order_contents"

    def news(self, order: Order, formatting: Formatting) -> News:
        """See `OrderFactAction.news`."""
        items = [_with_options(item) for item in order.items]
        return News("utter_order_contents", {"number": order.number, "items": formatting.listed(items)})


class ActionOrderTotal(OrderFactAction):
    """What the order costs."""

    action_name = "action_order_total"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`. "How much is it?" right after a product is about that one."""
        shown = (last_response(tracker) or "").startswith(("utter_product_", "utter_products_"))
        if shown and tracker.get_slot("current_product") and not self.facts(tracker).order_number:
            return await ActionProductQuestion(self.services).run(dispatcher, tracker, domain)
        return await super().run(dispatcher, tracker, domain)

    def news(self, order: Order, formatting: Formatting) -> News:
        """See `OrderFactAction.news`."""
        words = {"number": order.number, "total": formatting.money(order.total)}
        if not order.delivery_fee:
            return News("utter_order_total_free_delivery", words)
        return News("utter_order_total", words | {"delivery": formatting.money(order.delivery_fee)})


class ActionOrderDestination(OrderFactAction):
    """Where the order goes, or went."""

    action_name = "action_order_destination"

    def news(self, order: Order, formatting: Formatting) -> News:
        """See `OrderFactAction.news`."""
        arrived = order.status in ARRIVED
        response = "utter_order_destination_delivered" if arrived else "utter_order_destination"
        return News(response, {"number": order.number, "address": formatting.address(order.address)})


def _with_options(item: OrderItem) -> str:
    chosen = ", ".join(item.options.values())
    return f"{item.name} ({chosen})" if chosen else item.name
