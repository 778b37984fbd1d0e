"""What the fake server serves beside the protocol: the widget's scripts and words, the demo's pages, two blank ones."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from channels.web.widget.bundle import ENTRY, LATER, widget_script

WEB = Path(__file__).resolve().parents[3] / "channels" / "web"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
BLANK = (
    '<!doctype html><html lang="LANGUAGE"><meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>Blank shop</title><main><h1>A page of the shop</h1><p>Words.</p></main>"
    '<script async type="module" src="/widget/widget.js" data-title="Marlow &amp; Finch"'
    ' data-suggestions="Where is my order?|Returns" data-identity="IDENTITY"></script></html>'
)


OTHER_ORIGIN = (
    "default-src 'none'; script-src SERVER; connect-src SERVER SOCKETS; img-src SERVER; base-uri 'none'; "
    "require-trusted-types-for 'script'"
)
ORDERS = [{"number": "#W2507194", "email": "ada@example.com", "postcode": "BA1 1AA", "status": "On its way"}]
MAILS = [
    {
        "id": 2,
        "to": "ada@example.com",
        "subject": "Your code: 482913",
        "body": "Your code is 482913.",
        "at": "2026-11-22T09:12:00Z",
    },
    {
        "id": 1,
        "to": "ada@example.com",
        "subject": "<b>Hello</b>",
        "body": "<img src=x onerror=alert(1)>",
        "at": "2026-11-21T16:40:00Z",
    },
]


class Serving(Protocol):
    """What the pages have to know of the server that serves them."""

    lazy: bool

    @property
    def url(self) -> str:
        """Where it listens."""


def page_routes(server: Serving) -> list[BaseRoute]:
    """All but the protocol."""
    scripts = {name: widget_script(WEB / "widget", name) for name in (ENTRY, *LATER)}

    def widget(request: Request) -> Response:
        name = request.path_params["name"]
        if name in LATER and not server.lazy:
            return JSONResponse({}, 503)
        return Response(scripts[name], media_type="text/javascript")

    def elsewhere(request: Request) -> Response:
        """A page of another origin, if it is asked for by another name of this machine."""
        policy = OTHER_ORIGIN.replace("SERVER", server.url).replace("SOCKETS", server.url.replace("http", "ws"))
        content = BLANK.replace("IDENTITY", "").replace("LANGUAGE", "en").replace('src="/', f'src="{server.url}/')
        return HTMLResponse(content, headers={"Content-Security-Policy": policy})

    return [
        Route("/blank", _blank),
        Route("/elsewhere", elsewhere),
        Route("/", lambda request: _page("index.html")),
        Route("/demo/mailbox", lambda request: _page("mailbox.html")),
        Route("/demo/info.json", lambda request: JSONResponse({"orders": ORDERS, "mailbox": "/demo/mailbox"})),
        Route("/demo/mailbox.json", lambda request: JSONResponse(MAILS)),
        Route("/widget/strings/{language}.json", _words),
        Route("/widget/{name}", widget),
        Mount("/", StaticFiles(directory=WEB / "pages", html=True)),
    ]


def _blank(request: Request) -> Response:
    said = request.query_params
    content = BLANK.replace("IDENTITY", said.get("identity", "")).replace("LANGUAGE", said.get("lang", "en"))
    return HTMLResponse(content, headers={"Content-Security-Policy": POLICY})


def _words(request: Request) -> Response:
    file = WEB.parents[1] / "data" / "languages" / request.path_params["language"] / "widget.json"
    return FileResponse(file) if file.is_file() else JSONResponse({})


def _page(name: str) -> Response:
    return FileResponse(WEB / "pages" / name, headers={"Content-Security-Policy": POLICY})
