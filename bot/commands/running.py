"""What several commands of `bellhop` need: the settings, the engine's Python, and how to fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
WRONG_SETUP = 2


def local_settings() -> Settings:
    """The settings for commands that only need the database and the data folder.

    Whether the server could start is not their business: they work without SMTP_URL, for one.
    """
    from bot.settings import SettingsError, load_settings

    try:
        return load_settings(demo=True, host="127.0.0.1", shop_url="", public_url="")
    except SettingsError as error:
        fail(str(error))


def engine_command(module: str) -> list[str]:
    """The command that runs a module with the engine's Python."""
    python = ROOT / local_settings().engine_python
    if not python.exists():
        fail(f"BELLHOP_ENGINE_PYTHON: {python} does not exist; run `make setup`, or correct the setting")
    # By way of `env`, since only bot/settings.py reads ours. Rasa would report to its makers what it is used for.
    return ["/usr/bin/env", "RASA_TELEMETRY_ENABLED=false", str(python), "-m", module]


def run_in_engine(module: str, *arguments: str) -> None:
    """Run a module with the engine's Python; its failure is the command's."""
    command = [*engine_command(module), *arguments]
    code = subprocess.call(command, cwd=ROOT)  # noqa: S603 - what a person typed, for themselves
    if code:
        sys.exit(code)


def train_quietly() -> None:
    """Train if need be, its progress on standard error."""
    command = engine_command("bot.engine.train")
    code = subprocess.call(command, cwd=ROOT, stdout=sys.stderr)  # noqa: S603 - our own command
    if code:
        sys.exit(code)


def fail(text: str) -> NoReturn:
    """End the command with a line on standard error and exit code 2."""
    click.echo(text, err=True)
    sys.exit(WRONG_SETUP)
