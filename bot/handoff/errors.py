"""What can go wrong when people work on a conversation.

HandoffError
├── NotOwner           somebody else owns it
├── ConversationOver   it has ended
├── UnknownConversation
└── NotPossible        anything else, with a sentence for the agent
"""

from __future__ import annotations


class HandoffError(Exception):
    """Nothing was changed; the text is a sentence for the agent."""


class NotOwner(HandoffError):
    """Somebody else owns the conversation.

    Args:
        owner: bot, queue or an agent's id.
        name: of that agent; None for the bot and the queue.
    """

    def __init__(self, owner: str, name: str | None = None) -> None:
        who = {"bot": "The assistant has", "queue": "Nobody has"}.get(owner, f"{name or 'Somebody else'} has")
        next_step = "Take it to write." if owner in ("bot", "queue") else "Leave a note, or ask them to pass it on."
        super().__init__(f"{who} this conversation now. {next_step}")
        self.owner = owner
        self.name = name


class ConversationOver(HandoffError):
    """The conversation has ended."""


class UnknownConversation(HandoffError):
    """There is no such conversation."""


class NotPossible(HandoffError):
    """It cannot be done, for the reason that the text says."""
