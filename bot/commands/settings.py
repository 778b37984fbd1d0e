"""Tells which settings there are, what they are set to, and where each value comes from."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from bot.settings import PREFIX, Settings, as_written

MASK = "********"


@dataclass(frozen=True)
class Described:
    """One setting as people see it; a secret's value is masked."""

    name: str
    value: str
    source: str  # environment | .env | default
    description: str


def describe(settings: Settings | None) -> list[Described]:
    """Every setting with its value and where that comes from; without settings, as they were written."""
    in_environment, in_file = as_written()
    rows = []
    for field, info in Settings.model_fields.items():
        written = in_environment.get(field, in_file.get(field, info.default))
        value = getattr(settings, field) if settings else written
        if isinstance(info.default, SecretStr) and not isinstance(value, SecretStr):
            value = SecretStr(str(value))
        source = "environment" if field in in_environment else ".env" if field in in_file else "default"
        rows.append(Described(PREFIX + field.upper(), _shown(value), source, info.description or ""))
    return rows


def example() -> str:
    """The text of `.env.example`: every setting, its meaning and its default, all commented out."""
    parts = [
        "# Bellhop's settings. Copy this file to .env, take away the # before a setting and change it.",
        "# The environment wins over .env. `bellhop settings` shows what is in force and where it comes from.",
    ]
    for field, info in Settings.model_fields.items():
        default = "" if info.default is PydanticUndefined else _default(info.default)
        meaning = textwrap.wrap(info.description or "", 108)
        parts.append("\n" + "\n".join(f"# {line}" for line in meaning) + f"\n#{PREFIX}{field.upper()}={default}")
    return "\n".join(parts) + "\n"


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    return _plain(value)


def _default(value: object) -> str:
    plain = "" if isinstance(value, SecretStr) else _plain(value)
    # Unquoted, a .env file would end a value at " #".
    return f"'{plain}'" if any(sign in plain for sign in " #\\&") else plain


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
