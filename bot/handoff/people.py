"""The people behind the assistant, as conversations ask for them (`bot.conversations.people.People`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Protocol

from sqlalchemy.engine import Connection

from bot.conversations.models import Message
from bot.conversations.unit import Unit
from bot.handoff import requesting
from bot.handoff.models import Place
from bot.handoff.queue import place_of
from bot.handoff.sla import Times, times_of
from bot.handoff.staffing import staffing_of
from bot.settings import Settings

PlaceOf = Callable[[Connection, str, datetime], Place | None]


class Presence(Protocol):
    """Who knows whether somebody answers; `Staffing` does."""

    def live(self, connection: Connection, now: datetime, language: str) -> bool:
        """Whether a person can take over a conversation in that language just now, be it after a wait."""
        ...


class Helpdesk(Protocol):
    """Where people work. Each method is called in the transaction of what it tells, and only notes it."""

    def handed_over(self, unit: Unit, conversation_id: str) -> None:
        """A conversation waits in the queue."""
        ...

    def customer_wrote(self, unit: Unit, conversation_id: str, message: Message) -> None:
        """A message came into a conversation that the queue or a person owns."""
        ...

    def ended(self, unit: Unit, conversation_id: str, reason: str) -> None:
        """A conversation of theirs is no longer: it has ended, or the customer went back to the bot."""
        ...


class OwnDesk:
    """Our own desk reads what is stored; it need not be told."""

    def handed_over(self, unit: Unit, conversation_id: str) -> None:
        """See `Helpdesk`."""

    def customer_wrote(self, unit: Unit, conversation_id: str, message: Message) -> None:
        """See `Helpdesk`."""

    def ended(self, unit: Unit, conversation_id: str, reason: str) -> None:
        """See `Helpdesk`."""


class HandoffPeople:
    """Hands conversations over.

    Args:
        presence: knows who is there.
        times: by when people are to answer.
        places: says where a conversation stands in the queue.
        helpdesk: where people work.
    """

    def __init__(
        self, presence: Presence, times: Times, *, places: PlaceOf = place_of, helpdesk: Helpdesk | None = None
    ) -> None:
        self.times = times
        self._presence = presence
        self._places = places
        self._helpdesk = helpdesk or OwnDesk()

    def are_there(self, unit: Unit, language: str) -> bool:
        """See `People`."""
        return self._presence.live(unit.connection, unit.now, language)

    def ask_for(self, unit: Unit, conversation_id: str, reason: str) -> tuple[Message, ...] | None:
        """See `People`."""
        if requesting.is_with_people(unit, conversation_id):
            return ()
        if not self.are_there(unit, requesting.language_in(unit, conversation_id)):
            return None
        if not requesting.enqueue(unit, conversation_id, reason):
            return ()
        place = self._places(unit.connection, conversation_id, unit.now)
        told = requesting.tell_place(unit, conversation_id, place)
        self._helpdesk.handed_over(unit, conversation_id)
        return told

    def customer_wrote(self, unit: Unit, conversation_id: str, message: Message) -> None:
        """See `People`."""
        requesting.customer_wrote(unit, conversation_id, message)
        self._helpdesk.customer_wrote(unit, conversation_id, message)

    def go_back(self, unit: Unit, conversation_id: str) -> tuple[Message, ...]:
        """See `People`."""
        told = requesting.withdraw(unit, conversation_id)
        if told:
            self._helpdesk.ended(unit, conversation_id, "withdrawn")
        return told

    def waits_again(self, unit: Unit, conversation_id: str) -> None:
        """See `steps.Elsewhere`."""
        self._helpdesk.handed_over(unit, conversation_id)

    def taken_back(self, unit: Unit, conversation_id: str, reason: str) -> None:
        """See `steps.Elsewhere`."""
        self._helpdesk.ended(unit, conversation_id, reason)

    def ended(self, unit: Unit, conversation_id: str, reason: str) -> None:
        """See `People`."""
        requesting.ended(unit, conversation_id, reason)
        self._helpdesk.ended(unit, conversation_id, reason)


class StaffedHelpdesk(Helpdesk, Presence, Protocol):
    """A helpdesk that also says whether somebody answers there."""


def people_of(settings: Settings, helpdesk: StaffedHelpdesk | None = None) -> HandoffPeople:
    """The people of a shop, as its settings say; at our own desk, where no helpdesk is given."""
    staffing = staffing_of(settings)
    places = partial(place_of, vanishes_after=staffing.vanishes_after)
    return HandoffPeople(helpdesk or staffing, times_of(settings), places=places, helpdesk=helpdesk)
