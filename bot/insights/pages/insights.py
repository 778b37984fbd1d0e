"""The insights as a whole: their pages' modules put together, their frame and files; pages are in modules of their own.

They are pages like the desk's (`bot.desk.pages.page`): the same door, the same audit log, the same parts. A template
extends "insights.html" and fills `title`, `main` and, where it has some, `dialogs` and `head`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.desk.desk import Files
from bot.desk.pages import DeskCall, NotThere, page
from bot.desk.rendering import version_of
from bot.desk.tools import DeskTools, NavItem
from bot.insights.pages.features import FEATURES
from bot.staff.rights import Right

HERE = Path(__file__).parent
STATIC, TEMPLATES = HERE / "static", HERE / "templates"
HOME = "/insights"
# The way in, at the desk.
NAV = (NavItem("Insights", HOME, "chart", Right.INSIGHTS, order=65),)


class Insights:
    """Everything under /insights.

    Args:
        tools: the desk's; pages here get them with templates and ways of their own.
        features: the modules with the pages; each has `routes(tools)`.
    """

    def __init__(self, tools: DeskTools, features: Sequence[ModuleType] = FEATURES) -> None:
        self._features = features
        self._version = version_of(STATIC, TEMPLATES)
        items = [item for feature in features for item in getattr(feature, "NAV", ())]
        nav = tuple(sorted(items, key=lambda item: item.order))
        templates = templates_of(tools.templates, self._version)
        actions = [action for feature in features for action in getattr(feature, "ACTIONS", ())]
        templates.globals["talk_actions"] = sorted(actions, key=lambda action: action.order)
        self.tools = replace(tools, templates=templates, nav=nav)

    def routes(self) -> Sequence[BaseRoute]:
        """All routes of the insights; whatever else is asked for below them is not there."""

        async def home(call: DeskCall) -> Response:
            first = next((item.path for item in self.tools.nav if item.right is None or call.may(item.right)), None)
            if first is None:
                raise NotThere
            return call.go(first)

        async def nothing(call: DeskCall) -> Response:
            raise NotThere

        return [
            Mount(f"{HOME}/static/{self._version}", Files(directory=STATIC)),
            Mount(f"{HOME}/static", StaticFiles(directory=STATIC)),
            Route(HOME, page(self.tools, Right.INSIGHTS, home)),
            Route(f"{HOME}/", page(self.tools, Right.INSIGHTS, home)),
            *(route for feature in self._features for route in feature.routes(self.tools)),
            Route(f"{HOME}/{{rest:path}}", page(self.tools, Right.INSIGHTS, nothing), methods=["GET", "POST"]),
        ]


def templates_of(desk: Environment, version: str) -> Environment:
    """The desk's templates with ours before them: our "rail.html" is shown where the desk's frame asks for one.

    Args:
        version: of our static files, part of their addresses.
    """
    assert desk.loader is not None
    environment = desk.overlay(loader=ChoiceLoader([FileSystemLoader(TEMPLATES), desk.loader]))
    of_desk = desk.globals["static"]
    sheets, modules = _names("*.css"), _names("*.js")

    def static(path: str) -> str:
        """The address of a file of ours, or of the desk's."""
        return f"{HOME}/static/{version}/{path}" if (STATIC / path).is_file() else str(of_desk(path))  # type: ignore[operator]  # a function

    environment.globals = {
        **desk.globals,
        "static": static,
        "sheets": [*desk.globals["sheets"], *sheets],  # type: ignore[misc]  # lists of names
        "modules": [*desk.globals["modules"], *modules],  # type: ignore[misc]  # likewise
    }
    return environment


def _names(pattern: str) -> list[str]:
    """Our files of that kind, without their suffix; none may be called as one of the desk's."""
    return sorted(file.stem for file in STATIC.glob(pattern))
