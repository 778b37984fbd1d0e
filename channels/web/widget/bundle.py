"""Joins the widget's modules into the one script browsers download, without comments; it knows nothing of HTTP."""

import re
from pathlib import Path

import rjsmin

ENTRY = "widget.js"
STYLES = "styles.js"

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z]+\.js)";$', re.MULTILINE)
_PRIVATE = re.compile(r"this\.#(\w+)\(")
_CONSTANT = re.compile(r"^const ([A-Z]+(?:_[A-Z]+)+)\b", re.MULTILINE)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function|class|const|let) ([A-Za-z_$][\w$]*)", re.MULTILINE)


class BundleError(ValueError):
    """The modules cannot be joined as they are; the message says which name or line stands in the way."""


def widget_script(folder: Path) -> str:
    """The script for ``/widget/widget.js``: every module it needs, each once, in the order they need each other.

    Raises BundleError where two modules give a top-level name twice, or an import is written in another way
    than ``import { name } from "./module.js";``.
    """
    sources: dict[str, str] = {}
    _collect(folder, ENTRY, sources)
    names = [name for source in sources.values() for name in _TOP_LEVEL.findall(source)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BundleError(f"top-level names used by two modules: {', '.join(twice)}")
    joined = "\n".join(_compact(name, source) for name, source in sources.items())
    return str(rjsmin.jsmin(_shorten(joined))) + "\n"


def _collect(folder: Path, name: str, sources: dict[str, str]) -> None:
    if name in sources:
        return
    source = (folder / name).read_text(encoding="utf-8")
    for needed in _IMPORT.findall(source):
        _collect(folder, needed, sources)
    sources[name] = source


def _compact(name: str, source: str) -> str:
    code = re.sub(r"^export ", "", _IMPORT.sub("", source), flags=re.MULTILINE)
    if re.search(r"^import ", code, re.MULTILINE):
        raise BundleError(f"{name}: an import that is not a plain list of names from a sibling module")
    if name == STYLES:  # a style sheet within a string, which a minifier of scripts must leave alone
        code = re.sub(r"^[ ]*/\*.*?\*/$", "", code, flags=re.MULTILINE | re.DOTALL)
        code = re.sub(r" ?([{};,>]) ?|(?<=:) ", r"\1", re.sub(r"\n\s*", "\n", code))
        code = re.sub(r";?\n?}\n?", "}", re.sub(r"([{;,])\n", r"\1", code))
    return code


def _shorten(script: str) -> str:
    """Shortens names that nothing else can be called: of private methods, and of constants of more than one word."""
    for number, name in enumerate(sorted(set(_CONSTANT.findall(script)))):
        script = re.sub(rf"\b{name}\b", f"${number}", script)
    names = sorted(set(_PRIVATE.findall(script)))
    short = {name: f"{_LETTERS[number % 26]}{number // 26 or ''}" for number, name in enumerate(names)}
    return re.sub(r"(?<![\w\"'`])((?:this\.)?)#(\w+)(?=\()", lambda m: f"{m[1]}#{short.get(m[2], m[2])}", script)
