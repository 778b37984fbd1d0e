"""What can be done with a conversation that is read, as buttons above it; the modules that do it say so."""

from __future__ import annotations

from dataclasses import dataclass

from bot.staff.rights import Right


@dataclass(frozen=True, slots=True)
class TalkAction:
    """A button above a transcript, or beside each of the customer's messages in it.

    A feature module lists its own as `ACTIONS = (TalkAction(…),)`; `bot.insights.pages.insights` collects them.
    """

    label: str
    icon: str  # a symbol of the desk's icons.svg
    path: str  # "/insights/tests/{conversation}", "/insights/annotating/{message}": ids are put in
    right: Right
    post: bool = False  # whether it changes something; else it is a link
    of_message: bool = False  # beside every message of the customer's
    order: int = 50

    def address(self, *, conversation: str = "", message: str = "") -> str:
        """Where it leads."""
        return self.path.format(conversation=conversation, message=message)
