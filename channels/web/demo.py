"""The demo shop: a page with the widget, and the mailbox in which its e-mails arrive. Served in demo mode only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.customers.mail import demo_mailbox
from bot.orders.demo import demo_info
from bot.orders.formatting import Formatting
from bot.orders.shop import Shop
from bot.staff.demo import demo_agents, demo_password, demo_tasks
from bot.storage.database import Database
from channels.web.demo_products import product_routes
from channels.web.routes import HERE

PAGES = HERE / "pages"
MAILS_SHOWN = 50
LOOPBACK = ("127.0.0.1", "::1")
OWN_NAMES = (*LOOPBACK, "localhost")


class DemoShop:
    """The demo's pages over one database; `data_path` is where the password of its people is kept."""

    def __init__(self, database: Database, data_path: Path) -> None:
        self._database = database
        self._data_path = data_path

    async def home(self, request: Request) -> Response:
        """The shop's page."""
        return FileResponse(PAGES / "index.html")

    async def mailbox(self, request: Request) -> Response:
        """The mailbox's page."""
        return FileResponse(PAGES / "mailbox.html")

    async def info(self, request: Request) -> Response:
        """Orders to try the demo with."""
        return JSONResponse(await self._database.read(demo_info))

    async def mails(self, request: Request) -> Response:
        """The newest e-mails; everybody's, which is why this never leaves the machine."""
        if not _from_this_machine(request):
            return _forbidden()
        mails = await self._database.read(lambda connection: demo_mailbox(connection, MAILS_SHOWN))
        shown = [
            {
                "id": mail["id"],
                "to": mail["recipient"],
                "subject": mail["subject"],
                "body": mail["body"],
                "at": mail["created_at"].isoformat(),
            }
            for mail in mails
        ]
        return JSONResponse(shown, headers={"Cache-Control": "no-store"})

    async def desk(self, request: Request) -> Response:
        """How to sign in at the desk; opens it to whoever reads it, so this never leaves the machine either."""
        # Another site may have its name point here and ask from the browser of this machine; its name gives it away.
        if not _from_this_machine(request) or request.url.hostname not in OWN_NAMES:
            return _forbidden()
        people = await self._database.read(demo_agents)
        tasks = demo_tasks()
        shown = {
            "desk": "/desk",
            "password": demo_password(self._data_path) if people else None,
            "people": [
                {"name": agent.name, "email": agent.email, "role": agent.role.value, "task": tasks[agent.email]}
                for agent in people
            ],
        }
        return JSONResponse(shown, headers={"Cache-Control": "no-store"})


def _from_this_machine(request: Request) -> bool:
    return request.client is not None and request.client.host in LOOPBACK


def _forbidden() -> Response:
    return JSONResponse({"error": {"code": "forbidden", "message": "Only on this machine."}}, 403)


def demo_routes(database: Database, products: Shop, formatting: Formatting, data_path: Path) -> Sequence[BaseRoute]:
    """All routes of the demo.

    Args:
        database: with its mailbox and its people.
        products: shown on its product pages, with prices as `formatting` writes them.
        data_path: where the password of its people is kept.
    """
    shop = DemoShop(database, data_path)
    return [
        Route("/", shop.home),
        Route("/demo/info.json", shop.info),
        Route("/demo/mailbox", shop.mailbox),
        Route("/demo/mailbox.json", shop.mails),
        Route("/demo/desk.json", shop.desk),
        *product_routes(products, formatting),
        Mount("/", StaticFiles(directory=PAGES)),
    ]
