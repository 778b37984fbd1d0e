"""All orders of a verified customer."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.cards import order_summary_card
from actions.one_time_code import ValidateIdentityForm, say_why_not
from actions.repeats import form_over, reworded
from actions.resuming import resumed
from actions.track_order import order_button

SHOWN = 8


class ValidateMyOrdersForm(ValidateIdentityForm):
    """Proves who asks."""

    action_name = "validate_my_orders_form"
    form = "my_orders_form"
    own_intent = "list_orders"


class ActionListOrders(ServiceAction):
    """Shows the latest orders, each with a button that opens it."""

    action_name = "action_list_orders"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        access = await self.services.verification.access(tracker.sender_id)
        if access.customer_id is None:
            return say_why_not(self.services, dispatcher, tracker, domain, tracker.get_slot("problem"))
        orders = await self.services.shop.orders_of(access.customer_id, limit=SHOWN)
        response = "utter_no_orders" if not orders else "utter_one_order" if len(orders) == 1 else "utter_orders"
        response, formatting = reworded(tracker, domain, response), self.formatting(tracker)
        dispatcher.utter_message(
            response=response,
            count=len(orders),
            json_message={"cards": [order_summary_card(order, formatting) for order in orders]},
            buttons=[order_button(order.number) for order in orders],
        )
        return [SlotSet("problem", None), form_over(tracker, response), *resumed(tracker)]
