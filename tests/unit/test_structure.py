"""How the house is built: which room may import which, who reads the environment, how long a file may be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.conversations.phrases import load_domain
from bot.settings import ROOT

PRODUCT = ("bot", "actions", "channels")
EVERYWHERE = (*PRODUCT, "bench", "scripts", "tests")
SOURCES = {".py", ".js", ".css", ".html", ".sh", ""}  # the scripts have no suffix
MOST_LINES = 400

# From the top floor down: a room imports from floors below it, and on floor 2 from its neighbours.
FLOORS = {
    "bot.app": 5,
    "bot.cli": 5,
    "bot.commands": 5,
    "bot.composing": 5,
    "bot.composing_desk": 5,
    "bot.composing_insights": 5,
    "bot.health": 5,
    "bot.serving": 0,
    "bot.supervisor": 5,
    "actions": 3,
    "channels": 3,
    "bot.desk": 3,
    "bot.insights": 4,
    "bot.conversations": 2,
    "bot.customers": 2,
    "bot.knowledge": 2,
    "bot.orders": 2,
    "bot.self_service": 2,
    "bot.cases": 2,
    "bot.staff": 2,
    "bot.handoff": 2,
    "bot.privacy": 2,
    "bot.events": 2,
    "bot.demo_data": 5,
    "bot.helpdesk": 2,
    "bot.evaluation": 5,
    "bot.languages": 1,
    "bot.storage": 1,
    "bot.settings": 0,
    "bot.settings_insights": -1,
    "bot.settings_together": -1,
    "bot.settings_checks": -1,
    "bot.telemetry": 0,
}
WITH_NEIGHBOURS = (2, 5)
ONLY_IN = {"rasa": "bot/engine", "telegram": "channels/telegram"}
TO_THE_TERMINAL = {  # programs of their own: their output is a pipe, or a person who trains
    "bot/app.py",
    "bot/engine/cross_validate.py",
    "bot/engine/fingerprint.py",
    "bot/engine/server.py",
    "bot/engine/train.py",
    "bot/engine/understand.py",
    "bot/knowledge/check.py",
    "bot/supervisor/prepare.py",
}


def files(*folders: str) -> list[Path]:
    """Every source file below these folders, environments and caches left out."""
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if path.suffix in SOURCES)
    return [
        path for path in found if path.is_file() and not {".venv", "__pycache__", ".pytest_cache"} & set(path.parts)
    ]


def modules(*folders: str) -> list[Path]:
    return [path for path in files(*folders) if path.suffix == ".py"]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """The dotted names that a module imports, wherever in it."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{shown(path)}:{node.lineno} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(name: str) -> str | None:
    """The room that a dotted name is in; None for what is not ours."""
    return next((room for room in FLOORS if name == room or name.startswith(f"{room}.")), None)


def module_name(path: Path) -> str:
    return shown(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def passages() -> Iterator[tuple[str, str, str]]:
    """(file, its room, room it imports) for every import from one room of ours into another."""
    for path in modules(*PRODUCT):
        room = room_of(module_name(path))
        for name in imports(path) if room else ():
            other = room_of(name)
            if room and other and other != room:
                yield shown(path), room, other


def test_every_module_is_in_a_room() -> None:
    homeless = [shown(path) for path in modules(*PRODUCT) if room_of(module_name(path)) is None]
    assert [name for name in homeless if name != "bot/__init__.py" and not name.startswith("bot/engine/")] == []


def test_imports_run_downwards() -> None:
    upwards = [
        f"{file} imports {other}"
        for file, room, other in passages()
        if FLOORS[other] > FLOORS[room] or (FLOORS[other] == FLOORS[room] and FLOORS[room] not in WITH_NEIGHBOURS)
    ]
    assert upwards == []


def test_no_two_rooms_import_each_other() -> None:
    pairs = {(room, other) for _, room, other in passages()}
    assert {pair for pair in pairs if pair[::-1] in pairs} == set()


def test_the_engine_imports_nothing_of_the_app() -> None:
    found = {name for path in modules("bot/engine") for name in imports(path) if name.split(".")[0] in PRODUCT}
    assert {name for name in found if not name.startswith("bot.engine.")} == set()


def test_of_the_engine_others_know_only_where_its_model_is() -> None:
    found = {name for path in modules(*PRODUCT) if "engine" not in path.parts for name in imports(path)}
    assert {name for name in found if name.startswith("bot.engine")} == {
        "bot.engine.fingerprint",
        "bot.engine.fingerprint.model_path",
    }


@pytest.mark.parametrize(("library", "folder"), ONLY_IN.items())
def test_a_library_stays_in_its_room(library: str, folder: str) -> None:
    users = {shown(path) for path in modules(*PRODUCT) if library in {name.split(".")[0] for name in imports(path)}}
    assert {user for user in users if not user.startswith(f"{folder}/")} == set()


def test_only_the_settings_read_the_environment() -> None:
    assert {place.split(":")[0] for place in readers_of_the_environment()} <= {"bot/settings.py"}


def readers_of_the_environment() -> Iterator[str]:
    for path in modules(*PRODUCT):
        if any(name.startswith(("os.environ", "os.getenv", "pydantic_settings")) for name in imports(path)):
            yield shown(path)
        # What the engine sets for Rasa and numpy is written, not read.
        written = {id(target) for target in _written_to(parsed(path))} if "engine" in path.parts else set()
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and id(node) not in written:
                yield f"{shown(path)}:{node.lineno}"


def _written_to(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        set_anew = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
        set_if_missing = isinstance(node, ast.Attribute) and node.attr == "setdefault"
        if isinstance(node, ast.Subscript | ast.Attribute) and (set_anew or set_if_missing):
            yield node.value


def test_only_programs_print() -> None:
    printing = {
        shown(path)
        for path in modules(*PRODUCT)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert printing <= TO_THE_TERMINAL


def test_no_file_is_longer_than_can_be_overlooked() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files(*EVERYWHERE)}
    # A migration is written once and never read as a whole.
    long = [shown(path) for path, lines in lengths.items() if lines > MOST_LINES and "migrations" not in path.parts]
    assert long == []


def test_nothing_is_put_off_in_a_comment() -> None:
    put_off = re.compile(r"\b(TO" + "DO|FIX" + r"ME|XX" + r"X)\b")
    assert [shown(path) for path in files(*EVERYWHERE) if put_off.search(path.read_text(encoding="utf-8"))] == []


def test_every_exemption_from_a_check_says_why() -> None:
    bare = re.compile(r"#\s*(?:type: ignore\[[\w, -]+\]|noqa: [A-Z0-9, ]+|type: ignore|noqa)\s*$")
    assert [
        f"{shown(path)}:{number}"
        for path in modules(*PRODUCT)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ] == []


def test_every_sentence_the_code_names_is_in_the_domain() -> None:
    named = {
        node.value: shown(path)
        for path in modules(*PRODUCT)
        if "engine" not in path.parts
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"utter_\w*[a-z]", node.value)
    }
    named.pop("utter_action")  # Rasa's key for the name of a sentence
    said = load_domain(ROOT / "domain.yml")["responses"]
    assert {name: place for name, place in named.items() if name not in said} == {}


@pytest.mark.parametrize("path", modules(*PRODUCT, "bench"), ids=shown)
def test_a_module_opens_with_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(parsed(path))
