"""The desk as a whole: its parts put together, its routes, what runs beside them; pages are in modules of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from types import ModuleType
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.conversations.service import Conversations
from bot.conversations.signals import Signals
from bot.customers.verification import Verification
from bot.desk import (
    account,
    audit_page,
    canned_admin,
    conversing,
    follow_ups,
    forgetting,
    inbox,
    orders,
    people_admin,
    presence,
    promises,
    search,
    side,
    signing_in,
    supervisor,
    todos,
)
from bot.desk.inbox_reading import QUEUES
from bot.desk.live import Live
from bot.desk.pages import DeskCall, NotThere, page
from bot.desk.rendering import STATIC, templates_of, version_of
from bot.desk.tools import DeskTools, NavItem
from bot.orders.formatting import Formatting
from bot.orders.shop import Shop
from bot.settings import Settings
from bot.staff.opening import Staff
from bot.storage.database import Database

# Every module with pages; each has `routes(tools)`, and may have `NAV`.
FEATURES: tuple[ModuleType, ...] = (
    signing_in,
    inbox,
    conversing,
    search,
    presence,
    account,
    side,
    forgetting,
    orders,
    todos,
    promises,
    follow_ups,
    supervisor,
    people_admin,
    canned_admin,
    audit_page,
)


def desk_tools(
    settings: Settings,
    conversations: Conversations,
    shop: Shop,
    verification: Verification,
    formatting: Formatting,
    staff: Staff,
    *,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    signals: Signals | None = None,
    features: Sequence[ModuleType] = FEATURES,
    nav: Sequence[NavItem] = (),
) -> DeskTools:
    """The bundle that all pages work with.

    Args:
        staff: who may come in.
        signals: who types, here and in other processes.
        features: the modules with the pages.
        nav: further ways to what is not the desk's own.
    """
    database: Database = conversations.database
    version = version_of()
    languages = conversations.phrases.languages
    templates = templates_of(ZoneInfo(settings.timezone), version)
    templates.globals["queues"] = QUEUES
    templates.filters["language"] = lambda code: languages.labels(code).say("language_name")
    vanishes_after = timedelta(seconds=settings.agent_vanishes_seconds)
    items = [item for feature in features for item in getattr(feature, "NAV", ())] + [*nav]
    return DeskTools(
        settings=settings,
        conversations=conversations,
        database=database,
        shop=shop,
        verification=verification,
        formatting=formatting,
        sessions=staff.sessions,
        sign_in=staff.sign_in,
        passwords=staff.passwords,
        live=Live(database, clock, vanishes_after, version),
        templates=templates,
        clock=clock,
        new_id=new_id,
        version=version,
        nav=tuple(sorted(items, key=lambda item: item.order)),
        signals=signals,
    )


class Desk:
    """Everything under /desk.

    Args:
        features: the modules with the pages; each has `routes(tools)`.
    """

    def __init__(self, tools: DeskTools, features: Sequence[ModuleType] = FEATURES) -> None:
        self.tools = tools
        self._features = features
        tools.conversations.subscribe(tools.live)

    def routes(self) -> Sequence[BaseRoute]:
        """All routes of the desk; whatever else is asked for below it is not there."""

        async def nothing(call: DeskCall) -> Response:
            raise NotThere

        return [
            Mount(f"/desk/static/{self.tools.version}", Files(directory=STATIC)),
            Mount("/desk/static", StaticFiles(directory=STATIC)),
            *(route for feature in self._features for route in feature.routes(self.tools)),
            Route("/desk/{rest:path}", page(self.tools, None, nothing), methods=["GET", "POST"]),
        ]

    async def run(self) -> None:
        """Keep open pages up to date until cancelled."""
        await self.tools.live.run()

    def stop(self) -> None:
        """Let go of open pages, so that the server can end; they come back by themselves."""
        self.tools.live.stop()


class Files(StaticFiles):
    """The desk's own files, whose address changes with their content: browsers ask for each once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As the base class has it, with the leave to keep it."""
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
