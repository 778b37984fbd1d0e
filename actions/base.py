"""What every action of this assistant starts from: its services, and what it reads from the tracker."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.development import development_services
from actions.reading import Facts, language_of, read_facts
from actions.services import Services
from bot.orders.formatting import Formatting

Events = list[dict[str, Any]]
Domain = dict[str, Any]


class ServiceAction(Action, ABC):  # type: ignore[misc]  # rasa_sdk has no types
    """An action with its services.

    Args:
        services: given by the app. Left out, as by `python -m rasa_sdk --actions actions`, a demo shop is made up.
    """

    action_name: str

    def __init__(self, services: Services | None = None) -> None:
        self._services = services

    def name(self) -> str:
        """The action's name in domain.yml."""
        return self.action_name

    @property
    def services(self) -> Services:
        """What this action may use."""
        if self._services is None:
            self._services = development_services()
        return self._services

    def facts(self, tracker: Tracker) -> Facts:
        """What the customer's message says in numbers and addresses."""
        return read_facts(tracker, self.services.order_numbers)

    def formatting(self, tracker: Tracker) -> Formatting:
        """How money, days and addresses are written in the conversation's language."""
        return self.services.formatting_for(language_of(tracker))

    @abstractmethod
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Do it, and return the events it leaves behind."""
