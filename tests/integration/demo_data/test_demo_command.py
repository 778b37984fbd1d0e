"""`bellhop demo data` as it is typed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT


def typed(url: str, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"BELLHOP_DATABASE_URL": url, "BELLHOP_DATA_DIR": str(data)}
    command = [sys.executable, "-m", "bot.cli", *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_year_is_made_proven_and_not_made_twice(database_url, tmp_path) -> None:
    data = ("demo", "data", "--conversations", "40", "--until", "2026-01-31")
    made = typed(database_url, tmp_path, *data)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("40 conversations in ")
    proven = typed(database_url, tmp_path, "verify")
    assert proven.returncode == 0, proven.stdout
    assert proven.stdout.startswith("40 conversations")
    again = typed(database_url, tmp_path, *data)
    assert "0 conversations in " in again.stdout
    assert "40 were there already" in again.stdout


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_year_that_is_not_over_is_refused(database_url, tmp_path) -> None:
    refused = typed(database_url, tmp_path, "demo", "data", "--until", "2199-01-01")
    assert refused.returncode == 2
    assert "a day that is over" in refused.stderr
