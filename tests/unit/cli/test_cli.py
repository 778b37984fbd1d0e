"""The command line: help, quickness, and honest exit codes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from bot.cli import main

COMMANDS = (
    "up",
    "train",
    "shell",
    "evaluate",
    "verify",
    "csat",
    "migrate",
    "seed-demo",
    "settings",
    "languages",
    "cases",
    "links",
    "insights",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])

    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4


def test_help_names_every_command() -> None:
    output = CliRunner().invoke(main, ["--help"]).output

    assert [command for command in (*COMMANDS, "rasa") if f"\n  {command} " not in output] == []


def test_the_command_line_imports_nothing_heavy() -> None:
    code = "import sys, bot.cli; print(*sorted({name.split('.')[0] for name in sys.modules}))"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert {"click", "bot"} <= set(loaded)
    assert not {"sqlalchemy", "pydantic", "httpx", "alembic", "starlette", "rasa_sdk", "websockets"} & set(loaded)


def test_the_supervisor_imports_nothing_heavy() -> None:
    code = "import sys, bot.supervisor.start; print(*sorted({name.split('.')[0] for name in sys.modules}))"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not {"sqlalchemy", "pydantic", "httpx", "alembic"} & set(loaded)


def test_a_wrong_day_is_refused_with_an_example() -> None:
    result = CliRunner().invoke(main, ["csat", "--since", "yesterday"])

    assert result.exit_code == 2
    assert "write a day like 2026-03-31" in result.output
