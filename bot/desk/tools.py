"""What every page of the desk works with, as one typed bundle; nothing is built at import, nothing decided here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jinja2 import Environment

from bot.conversations.service import Conversations
from bot.conversations.signals import Signals
from bot.customers.verification import Verification
from bot.desk.live import Live
from bot.knowledge.encoding import Encoder
from bot.orders.formatting import Formatting
from bot.orders.shop import Shop
from bot.settings import Settings
from bot.staff.rights import Right
from bot.storage.database import Database

if TYPE_CHECKING:
    from bot.staff.passwords import Passwords
    from bot.staff.sessions import Sessions
    from bot.staff.signing_in import SignIn


@dataclass(frozen=True, slots=True)
class NavItem:
    """A way into a part of the desk, shown at the left of every page to those who have the right.

    A feature module lists its own as `NAV = (NavItem(…),)`; `bot.desk.desk` collects them.
    """

    label: str
    path: str  # /desk/…
    icon: str  # a symbol of static/icons.svg
    right: Right | None = None  # None: everybody who is signed in
    key: str | None = None  # "g" and this letter lead there
    order: int = 50
    count: str | None = None  # a name under which `/desk/counts` tells how much is to be done there


@dataclass(frozen=True, slots=True)
class DeskTools:
    """Everything a page of the desk may ask.

    Work on conversations goes through `conversations.change(lambda unit: owning.claim(unit, …))`, so that it is
    published; what only reads goes through `database.read(work)`; what is the desk's own business (drafts, reads)
    through `database.write(work)`.
    """

    settings: Settings
    conversations: Conversations
    database: Database
    shop: Shop
    verification: Verification
    formatting: Formatting
    sessions: Sessions
    sign_in: SignIn
    passwords: Passwords
    live: Live
    templates: Environment
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    version: str  # of the desk's files: another one means that open pages are stale
    nav: tuple[NavItem, ...] = ()
    signals: Signals | None = None  # who types, here and in other processes
    encoder: Encoder | None = None  # makes vectors of sentences, where there is an engine

    @property
    def vanishes_after(self) -> timedelta:
        """Silence of a desk after which its agent counts as away."""
        return timedelta(seconds=self.settings.agent_vanishes_seconds)

    @property
    def secure(self) -> bool:
        """Whether cookies may travel over https only."""
        return self.settings.base_url.startswith("https://")
