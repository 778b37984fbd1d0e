"""What every socket and route of the channel works with; built where the app is wired, nothing is done here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.conversations.service import Conversations
from bot.conversations.signals import Signals
from channels.limits import Buckets
from channels.web.files import FileLinks
from channels.web.hub import Hub
from channels.web.standing import NOBODY_KNOWN, PeopleShown
from channels.web.tokens import Tokens

LINKS_PER_SECOND, LINKS_AT_ONCE = 1 / 10, 5.0

# Channels on which a conversation can be continued: each makes a link of a token, None while it is not up.
Continuations = Mapping[str, Callable[[str], str | None]]


def _link_buckets() -> Buckets:
    return Buckets(LINKS_PER_SECOND, LINKS_AT_ONCE, time.monotonic)


@dataclass(frozen=True, slots=True)
class SocketTools:
    """What every socket needs.

    `people` says how long somebody waits and what our people are called; `files` makes the addresses under which
    their files are fetched; over `signals` the desk hears that a customer types.
    """

    conversations: Conversations
    hub: Hub
    tokens: Tokens
    messages: Buckets  # per visitor: messages and choices
    noise: Buckets  # per visitor: every frame
    longest_text: int
    locale: str
    continuations: Continuations = field(default_factory=dict)
    links: Buckets = field(default_factory=_link_buckets)  # per visitor: links to another channel
    people: PeopleShown = NOBODY_KNOWN
    files: FileLinks | None = None
    signals: Signals | None = None
