"""What can go wrong with a call of Chatwoot's.

ChatwootError
├── Unreachable   it was not asked at all
├── Unclear       asked, and nobody knows what came of it: look before asking again
├── TooMany       it wants us to wait
├── Refused       the token, the account or the inbox is not what it takes: somebody must mend that
├── Gone          there is no such conversation or contact there any more
└── Invalid       it will never take this one
"""

from __future__ import annotations


class ChatwootError(Exception):
    """The text is for the log; nobody's words are in it."""


class Unreachable(ChatwootError):
    """The call never left us. Making it again is right."""


class Unclear(ChatwootError):
    """It may have been done."""


class TooMany(ChatwootError):
    """Nothing was done; the same is right after a while.

    Args:
        retry_after: seconds.
    """

    def __init__(self, why: str, retry_after: float) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class Refused(ChatwootError):
    """Nothing was done, and nothing will be until the settings, or Chatwoot's, are others."""


class Gone(ChatwootError):
    """What the call is about is not there.

    Args:
        number: of the conversation, where it is sure that it is no more: not every 404 is Chatwoot's.
    """

    def __init__(self, why: str, number: str | None = None) -> None:
        super().__init__(why)
        self.number = number


class Invalid(ChatwootError):
    """Nothing was done: the call itself is wrong."""
