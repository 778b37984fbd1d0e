"""The people behind the assistant, as conversations see them; what they really do is said in `bot.handoff`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.conversations.models import Message

if TYPE_CHECKING:
    from bot.conversations.unit import Unit


class People(Protocol):
    """Who can take a conversation over. Every method works in the caller's transaction."""

    def are_there(self, unit: Unit, language: str) -> bool:
        """Whether somebody can take over a conversation in that language just now, be it after a wait."""
        ...

    def ask_for(self, unit: Unit, conversation_id: str, reason: str) -> tuple[Message, ...] | None:
        """Hand an open conversation of the bot over to whoever is free first, and tell the customer how long it takes.

        Args:
            reason: one of `bot.handoff.models.Reason`.

        Returns:
            What was said; nothing where a person or the queue owns it already; None where nobody is there.
        """
        ...

    def customer_wrote(self, unit: Unit, conversation_id: str, message: Message) -> None:
        """A message was stored in a conversation that the queue or a person owns."""
        ...

    def go_back(self, unit: Unit, conversation_id: str) -> tuple[Message, ...]:
        """The customer would rather go on with the bot than wait; says so. Nothing where they do not wait."""
        ...

    def ended(self, unit: Unit, conversation_id: str, reason: str) -> None:
        """The conversation ended, for whatever reason: nobody has to take it over any more."""
        ...


class Nobody:
    """Without people: what would be handed over becomes a promise to call back."""

    def are_there(self, unit: Unit, language: str) -> bool:
        """See `People`."""
        return False

    def ask_for(self, unit: Unit, conversation_id: str, reason: str) -> tuple[Message, ...] | None:
        """See `People`."""
        return None

    def customer_wrote(self, unit: Unit, conversation_id: str, message: Message) -> None:
        """See `People`."""

    def go_back(self, unit: Unit, conversation_id: str) -> tuple[Message, ...]:
        """See `People`."""
        return ()

    def ended(self, unit: Unit, conversation_id: str, reason: str) -> None:
        """See `People`."""


NOBODY = Nobody()
