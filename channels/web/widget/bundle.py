"""Joins the widget's modules into the scripts browsers download, without comments; it knows nothing of HTTP."""

import re
from pathlib import Path

import rjsmin

ENTRY = "widget.js"
CONTINUE, PEOPLE = "continue.js", "people.js"
LATER = (CONTINUE, PEOPLE)  # loaded when they are needed
STYLES = "styles.js"  # how the names of style sheets end

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z_]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
_PRIVATE = re.compile(r"this\.#(\w+)\(")
_OWN_PROPERTY = re.compile(r"--(?!bellhop-)[a-z]+(?:-[a-z]+)*")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CLASS = re.compile(r"(?=\bclass [\w$]+(?: extends [\w$]+)?\{)")
_TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function|class|const|let) ([A-Za-z_$][\w$]*)", re.MULTILINE)


class BundleError(ValueError):
    """The modules cannot be joined as they are; the message says which name or line stands in the way."""


def widget_script(folder: Path, entry: str = ENTRY) -> str:
    """The script for ``/widget/<entry>``: every module it needs, each once, in the order they need each other.

    It exports what its entry does.

    Raises BundleError where two modules give a top-level name twice, or an import is written in another way
    than ``import { name } from "./module.js";``.
    """
    sources = modules(folder, entry)
    names = [name for source in sources.values() for name in _TOP_LEVEL.findall(source)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BundleError(f"top-level names used by two modules: {', '.join(twice)}")
    joined = "\n".join(_compact(name, source) for name, source in sources.items())
    exported = _EXPORT.findall(sources[entry])
    script = _shorten(str(rjsmin.jsmin(joined)), [name for name in names if name not in exported])
    script = _tighten(_shorten_properties(script, folder))
    return script + (f"export{{{','.join(exported)}}};" if exported else "") + "\n"


def modules(folder: Path, entry: str = ENTRY) -> dict[str, str]:
    """The sources of all modules that ``entry`` needs and of itself, by name, in the order they need each other."""
    sources: dict[str, str] = {}
    _collect(folder, entry, sources)
    return sources


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
    if name.endswith(STYLES):  # a style sheet within a string, which a minifier of scripts must leave alone
        code = re.sub(r"^[ ]*/\*.*?\*/$", "", code, flags=re.MULTILINE | re.DOTALL)
        code = re.sub(r" ?([{};,>]) ?|(?<=:) ", r"\1", re.sub(r"\n\s*", "\n", code))
        code = re.sub(r";?\n?}\n?", "}", re.sub(r"([{;,])\n", r"\1", code))
    return code


def _shorten(script: str, names: list[str]) -> str:
    """Shortens what nothing else can be called: private methods, and top-level names that are never a word or a key."""
    script = "".join(_shorten_private(part) for part in _CLASS.split(script))
    sure = [name for name in sorted(names) if len(name) > 2 and not _is_more_than_a_name(script, name)]
    for name, short in _short(sure).items():
        script = re.sub(rf"(?<![\w$]){name}(?![\w$])", f"${short}", script)
    return script


def _shorten_private(script: str) -> str:
    """Shortens the private methods of one class."""
    private = _short(sorted(set(_PRIVATE.findall(script))))
    return re.sub(r"#(\w+)(?=\()", lambda found: f"#{private.get(found[1], found[1])}", script)


def _shorten_properties(script: str, folder: Path) -> str:
    """Shortens custom properties that are no page's business, alike in all scripts: their style sheets share them."""
    sheets = [file.read_text(encoding="utf-8") for file in sorted(folder.glob(f"*{STYLES}"))]
    names = sorted({name for sheet in sheets for name in _OWN_PROPERTY.findall(sheet)})
    short = _short(names)
    return _OWN_PROPERTY.sub(lambda found: f"--{short[found[0]]}" if found[0] in short else found[0], script)


def _is_more_than_a_name(script: str, name: str) -> bool:
    """Whether it is also a key, a member, or a word in a string, where it cannot be told apart."""
    return bool(re.search(rf"(?:(?<!\.\.)\.|[-#]){name}\b|\b{name}(?::|-)|[\"'` ]{name}[\"'` ]", script))


def _short(names: list[str]) -> dict[str, str]:
    return {name: f"{_LETTERS[number % 26]}{number // 26 or ''}" for number, name in enumerate(names)}


def _tighten(script: str) -> str:
    """Leaves out what our own style has beyond the grammar's needs: last commas and semicolons, line ends after blocks,
    brackets around one parameter, `const`; and writes what is true or false shorter."""
    script = re.sub(r",(?=[}\])])|;(?=})|(?<=})\n", "", script)
    script = re.sub(r"\bconst(?=[ {[])", "let", script)
    script = re.sub(
        r"""(?<![\w$."'#-])(true|false)(?![\w$"':-])""", lambda found: "!0" if found[1] == "true" else "!1", script
    )
    return re.sub(r"(?<![\w$)\]])\((\w+)\)=>", r"\1=>", script)
