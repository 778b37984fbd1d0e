"""What can go wrong on a message's way, drawn once.

ConversationError
├── Refused                 the customer's message is not accepted; `code` and `sentence` are for the client
│   └── LinkRefused         a link to another channel leads nowhere, or cannot be undone
├── EngineError             a turn brought no result; `retryable` says whether the same turn may succeed later
│   └── EngineUnavailable   no engine answers at all
├── TurnSuperseded          somebody else handled that message, or took over the conversation, first
└── TransportError          a channel did not take a message; `permanent`, `outcome_unknown`, `blocked` …
"""

from __future__ import annotations


class ConversationError(Exception):
    """Root of the package's errors."""

    retryable = False


class Refused(ConversationError):
    """A message that is not accepted, with a sentence for whoever sent it."""

    def __init__(self, code: str, sentence: str, *, retryable: bool = False) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.retryable = retryable


class LinkRefused(Refused):
    """A link between two channels that is not made, or not undone; nothing has changed.

    `code` is `unknown`, `expired`, `used`, `wrong_channel` or `other_customer`; where one is undone, `unknown` or
    `superseded`.
    """


class EngineError(ConversationError):
    """The engine answered a turn with an error."""

    def __init__(self, code: str, message: str, *, retryable: bool) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.retryable = retryable


class EngineUnavailable(EngineError):
    """No engine could be reached (`engine_unavailable`), or it went away during the turn (`engine_died`)."""

    def __init__(self, message: str, *, code: str = "engine_unavailable") -> None:
        super().__init__(code, message, retryable=True)


class TurnSuperseded(ConversationError):
    """The conversation moved on while this turn ran; nothing of it was stored."""


class TransportError(ConversationError):
    """A channel did not confirm a message.

    Args:
        permanent: trying again cannot help (blocked, gone).
        outcome_unknown: it may have arrived, so it is not sent again.
        retry_after: seconds the channel asked us to wait, if it did.
        blocked: this customer takes nothing from us on that channel any more; implies `permanent`.
        unreachable: nobody can be sent to just now, whatever the message: that counts against no message.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        outcome_unknown: bool = False,
        retry_after: float | None = None,
        blocked: bool = False,
        unreachable: bool = False,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent or blocked
        self.outcome_unknown = outcome_unknown
        self.retry_after = retry_after
        self.blocked = blocked
        self.unreachable = unreachable
        self.retryable = not self.permanent and not outcome_unknown
