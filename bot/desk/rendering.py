"""How values look in the desk's templates: names as initials, moments as <time>, channels as icons; no pages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from bot.desk.understood import thing_in_words

HERE = Path(__file__).parent
_VISITOR = re.compile(r"Visitor [0-9A-Z]{2}([0-9A-Z]{2})")  # as `called` says it
STATIC, TEMPLATES = HERE / "static", HERE / "templates"
TINTS = 8  # colours of avatars
CHANNELS = {"web": "Website", "telegram": "Telegram"}
ICONS = ("web", "telegram")  # channels with a symbol of their own
ENDINGS = {  # why an agent ended a conversation
    "resolved": "Resolved",
    "customer_left": "The customer left",
    "duplicate": "A duplicate",
    "spam": "Spam",
    "other": "Another reason",
}
REASONS = {  # why a person is wanted, as agents read it
    "asked": "Asked for a person",
    "not_understood": "Not understood",
    "upset": "Upset",
    "failed_action": "Something failed",
    "policy": "Needs a person",
    "low_rating": "Low rating",
    "engine_silent": "Assistant silent",
    "taken_over": "Taken from the assistant",
    "promised": "Promised",
    "follow_up": "Follow-up",
}


class CompiledTemplates(BytecodeCache):
    """What templates were compiled to, for every environment of this process; Jinja sees when a source has changed."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what is known of a template."""
        if (known := self._compiled.get((bucket.key, bucket.checksum))) is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a template was compiled to."""
        self._compiled[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = CompiledTemplates()


def templates_of(zone: ZoneInfo, version: str) -> Environment:
    """The environment of all the desk's templates; whatever they show is escaped.

    Args:
        zone: in which moments are told.
        version: of the static files, part of their addresses.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )
    environment.filters |= {
        "initials": initials,
        "called": called,
        "thing": thing_in_words,
        "tint": tint,
        "channel": lambda name: CHANNELS.get(name, str(name).capitalize()),
        "channel_icon": lambda name: name if name in ICONS else "message",
        "reason": lambda name: REASONS.get(name, str(name).replace("_", " ").capitalize()),
        "ending": lambda name: ENDINGS.get(name, str(name).replace("_", " ").capitalize()),
        "moment": lambda at: moment(at, zone),
        "iso": iso,
    }
    environment.globals |= {
        "icon": lambda name, label=None: icon(name, label, version),
        "static": lambda path: f"/desk/static/{version}/{path}",
        "version": version,
        "sheets": _first(("tokens", "base", "parts", "menus", "layout"), STATIC.glob("*.css")),
        "modules": _first(("desk",), STATIC.glob("*.js")),
        "since": since,
        "until": until,
    }
    return environment


def version_of(folder: Path = STATIC, templates: Path = TEMPLATES) -> str:
    """A name for the present content of the desk's files: another content, another name."""
    digest = hashlib.sha256()
    for path in sorted([*folder.rglob("*"), *templates.rglob("*")]):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def called(name: str | None, customer_id: str) -> str:
    """What to call a customer: their name, or as which visitor they can be told from others."""
    return name or f"Visitor {customer_id[-4:].upper()}"


def initials(name: str | None) -> str:
    """One or two letters that stand for a name; of a visitor without one V and two signs of their number; or a sign."""
    if found := _VISITOR.fullmatch(name or ""):
        return f"V{found[1]}"
    words = ["".join(sign for sign in word if sign.isalnum()) for word in (name or "").split()]
    letters = [word[0].upper() for word in words if word and word[0].isalpha()]
    # Between them what keeps letters apart that would be written as one, as in Arabic.
    return "\u200c".join([*letters[:1], *(letters[-1:] if len(letters) > 1 else [])]) or "?"


def tint(name: str | None) -> int:
    """A colour for a name: always the same, from 0 up to `TINTS`."""
    return hashlib.sha256((name or "").encode()).digest()[0] % TINTS


def iso(at: datetime) -> str:
    """A moment as scripts read it."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def moment(at: datetime | None, zone: ZoneInfo) -> Markup:
    """A moment as <time>, told in the shop's time zone; the page's script tells it in the reader's own."""
    if at is None:
        return Markup("")
    return Markup('<time datetime="{}" data-moment>{}</time>').format(
        iso(at), at.astimezone(zone).strftime("%d %b %H:%M")
    )


def since(at: datetime | None, now: datetime) -> Markup:
    """How long ago: counted on by the page's script."""
    return _counted(at, now, "since")


def until(at: datetime | None, now: datetime, warn_at: datetime | None = None) -> Markup:
    """How long until a moment that was promised, or since it is over: counted on by the page's script.

    Args:
        warn_at: from then on it is urgent.
    """
    return _counted(at, now, "until", warn_at)


def _counted(at: datetime | None, now: datetime, way: str, warn_at: datetime | None = None) -> Markup:
    if at is None:
        return Markup("")
    late = way == "until" and at <= now
    attributes: dict[str, Any] = {"datetime": iso(at), f"data-{way}": ""}
    if warn_at is not None:
        attributes["data-warn"] = iso(warn_at)
    classes = "late" if late else "soon" if warn_at is not None and warn_at <= now else ""
    told = span_words(abs((now - at).total_seconds()))
    words = f"{told} late" if late else told
    shown = Markup(" ").join(Markup('{}="{}"').format(name, value) for name, value in attributes.items())
    return Markup('<time class="clock {}" {}>{}</time>').format(classes, shown, words)


def span_words(seconds: float) -> str:
    """A span of time in a few signs: "40 s", "12 min", "3 h 05", "2 d". The page's script says it alike."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02}" if hours < 24 else f"{hours // 24} d"


def _first(first: tuple[str, ...], files: Iterable[Path]) -> list[str]:
    """Names of files without their suffix, some of them before the others."""
    names = sorted(file.stem for file in files)
    return [*(name for name in first if name in names), *(name for name in names if name not in first)]


def icon(name: str, label: str | None, version: str) -> Markup:
    """A symbol of static/icons.svg; with a label it speaks, without one it only decorates."""
    use = Markup('<use href="/desk/static/{}/icons.svg#{}"></use>').format(version, name)
    if label is None:
        return Markup('<svg class="icon" aria-hidden="true" focusable="false">{}</svg>').format(use)
    return Markup('<svg class="icon" role="img" aria-label="{}">{}</svg>').format(escape(label), use)
