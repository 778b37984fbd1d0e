"""The help centre: pages made from the articles, with a search box; changes nothing and keeps nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.knowledge.answers import Articles
from bot.knowledge.articles import TOPICS, Article
from bot.knowledge.passages import as_html, sections_of
from bot.knowledge.search import Found
from bot.languages.languages import Languages
from bot.orders.formatting import Formatting
from channels.limits import Buckets
from channels.web.routes import CONTENT_SECURITY_POLICY

PAGES = Path(__file__).parent / "help"
MOST_RESULTS, MOST_RELATED = 8, 5
_WORTH_SHOWING = 0.65  # of the best one's score: below that, results only distract
LONGEST_QUESTION, LONGEST_SNIPPET = 200, 220  # characters
# Searches of one address that ask the engine; of all together, five times as many. The rest are found by words.
SEARCHES_PER_SECOND, SEARCHES_AT_ONCE = 1.0, 10.0
# The search box is a form of ours; everything else is as on every page.
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace("form-action 'none'", "form-action 'self'"),
    "Cache-Control": "no-cache",
    "Vary": "Accept-Language",
}
_ACCEPTED = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q=([0-9.]+))?\s*")


@dataclass(frozen=True, slots=True)
class Shop:
    """Whose help centre this is."""

    name: str
    home: str  # where its name leads
    locale: str


class HelpCentre:
    """Makes the pages.

    Args:
        formatting: of the shop; its days and labels are written in the reader's language.
    """

    def __init__(self, articles: Articles, languages: Languages, formatting: Formatting, shop: Shop) -> None:
        self._articles = articles
        self._languages = languages
        self._formatting = formatting
        self._shop = shop
        self._by_address = Buckets(SEARCHES_PER_SECOND, SEARCHES_AT_ONCE, time.monotonic)
        self._overall = Buckets(5 * SEARCHES_PER_SECOND, 5 * SEARCHES_AT_ONCE, time.monotonic)
        self._templates = Environment(loader=FileSystemLoader(PAGES), autoescape=True, trim_blocks=True)

    def routes(self) -> Sequence[BaseRoute]:
        """All routes of the help centre."""
        return [
            Route("/help", self.index),
            Route("/help/", self.without_slash),
            Route("/help/help.css", partial(_file, "help.css", "text/css")),
            Route("/help/help.js", partial(_file, "help.js", "text/javascript")),
            Route("/help/{slug}", self.article),
        ]

    async def index(self, request: Request) -> Response:
        """`GET /help`: all articles by topic; with `?q=` what answers that."""
        await self._articles.look()
        language = self._language(request)
        question = request.query_params.get("q", "")[:LONGEST_QUESTION].strip()
        if question:
            results, answered = _results(await self._found(request, question, language))
            return self._page(request, "results.html", language, question=question, results=results, answered=answered)
        return self._page(request, "index.html", language, topics=self._topics(language))

    async def _found(self, request: Request, question: str, language: str) -> list[Found]:
        """Searches are free for all, and each that asks the engine takes its time from somebody's chat."""
        address = request.client.host if request.client else ""
        if self._by_address.take(address) and self._overall.take(""):
            return await self._articles.find(question, language)
        return await self._articles.find_by_words(question, language)

    async def article(self, request: Request) -> Response:
        """`GET /help/{slug}`: one article."""
        await self._articles.look()
        language, shelf = self._language(request), self._articles.shelf
        article = shelf.get(request.path_params["slug"], language)
        if article is None:
            return self._page(request, "missing.html", language, status=404)
        related = [other for other in shelf.in_language(language) if other.topic == article.topic and other != article]
        return self._page(
            request,
            "article.html",
            language,
            article=article,
            html=as_html(article.body),
            sections=sections_of(article.passages),
            related=[other for other in related if other.slug != article.slug][:MOST_RELATED],
            updated=self._formatting.in_language(language).day_with_year(article.updated),
            described=_snippet(article.passages[0].text),
            switch=article.languages or (article.language,),
        )

    async def without_slash(self, request: Request) -> Response:
        """`GET /help/`: as people type it."""
        return RedirectResponse(f"/help?{request.url.query}" if request.url.query else "/help")

    def _page(
        self, request: Request, template: str, language: str, *, status: int = 200, **values: object
    ) -> HTMLResponse:
        labels = self._languages.labels(language)
        chosen = request.query_params.get("lang") == language
        question = str(values.get("question", ""))
        known: dict[str, Any] = {
            "say": labels.say,
            "shop": self._shop,
            "language": language,
            "question": "",
            "switch": self._articles.shelf.languages,
            "name_of": lambda code: self._languages.labels(code).say("language_name"),
            "in_language": lambda code: request.url.path + _query(code, q=question),
            "query": lambda **more: _query(language if chosen else None, **more),
            "address": partial(_address, language if chosen else None),
        }
        html = self._templates.get_template(template).render(known | values)
        return HTMLResponse(html, status, headers=_HEADERS | {"Content-Language": language})

    def _language(self, request: Request) -> str:
        """The language asked for by the address, else by the browser, else the shop's."""
        asked = request.query_params.get("lang")
        return self._languages.language_for(
            asked, *_accepted(request.headers.get("accept-language", "")), self._shop.locale
        )

    def _topics(self, language: str) -> list[tuple[str, list[Article]]]:
        articles = sorted(self._articles.shelf.in_language(language), key=lambda article: article.title.casefold())
        by_topic = ((topic, [article for article in articles if article.topic == topic]) for topic in TOPICS)
        return [(topic, found) for topic, found in by_topic if found]


async def _file(name: str, media_type: str, request: Request) -> Response:
    return FileResponse(PAGES / name, media_type=media_type, headers={"Cache-Control": "no-cache"})


def _results(found: Sequence[Found]) -> tuple[list[dict[str, object]], bool]:
    """Each article once, with its best passage, whole where that answers the question; and whether one does."""
    best: dict[str, Found] = {}
    for one in found:
        if one.near and one.score >= found[0].score * _WORTH_SHOWING:
            best.setdefault(one.article.slug, one)
    results: list[dict[str, object]] = [
        {
            "article": one.article,
            "passage": one.passage,
            "text": one.passage.text if number == 0 and one.answers else _snippet(one.passage.text),
        }
        for number, one in enumerate(list(best.values())[:MOST_RESULTS])
    ]
    return results, any(one.answers for one in best.values())


def _snippet(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SNIPPET else line[: LONGEST_SNIPPET - 1].rsplit(" ", 1)[0] + " …"


def _query(language: str | None, **more: str) -> str:
    values = {name: value for name, value in more.items() if value} | ({"lang": language} if language else {})
    return f"?{urlencode(values)}" if values else ""


def _address(language: str | None, article: Article, anchor: str = "") -> str:
    return f"/help/{article.slug}{_query(language)}{f'#{anchor}' if anchor else ''}"


def _accepted(header: str) -> list[str]:
    """The browser's languages, the one it likes best first."""
    wanted = []
    for part in header[:500].split(","):
        if match := _ACCEPTED.fullmatch(part):
            try:
                wanted.append((-float(match[2] or 1), match[1]))
            except ValueError:
                continue
    return [tag for _, tag in sorted(wanted, key=lambda pair: pair[0])]


def help_routes(articles: Articles, languages: Languages, formatting: Formatting, shop: Shop) -> Sequence[BaseRoute]:
    """All routes of the help centre."""
    return HelpCentre(articles, languages, formatting, shop).routes()
