"""The demo shop: a page with the widget, and the mailbox in which its e-mails arrive. Served in demo mode only."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.customers.mail import demo_mailbox
from bot.orders.demo import demo_info
from bot.orders.formatting import Formatting
from bot.orders.shop import Shop
from bot.storage.database import Database
from channels.web.demo_products import product_routes
from channels.web.routes import HERE

PAGES = HERE / "pages"
MAILS_SHOWN = 50
LOOPBACK = ("127.0.0.1", "::1")


class DemoShop:
    """The demo's pages over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
        if request.client is None or request.client.host not in LOOPBACK:
            return JSONResponse({"error": {"code": "forbidden", "message": "Only on this machine."}}, 403)
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


def demo_routes(database: Database, products: Shop, formatting: Formatting) -> Sequence[BaseRoute]:
    """All routes of the demo; its product pages show `products`, with prices as `formatting` writes them."""
    shop = DemoShop(database)
    return [
        Route("/", shop.home),
        Route("/demo/info.json", shop.info),
        Route("/demo/mailbox", shop.mailbox),
        Route("/demo/mailbox.json", shop.mails),
        *product_routes(products, formatting),
        Mount("/", StaticFiles(directory=PAGES)),
    ]
