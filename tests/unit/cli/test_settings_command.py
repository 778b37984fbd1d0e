"""What `bellhop settings` shows, and `.env.example`."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.commands.settings import MASK, describe, example
from bot.settings import ROOT, Settings, load_settings


def test_env_example_is_up_to_date() -> None:
    """If this fails: `bellhop settings --example > .env.example`."""
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == example()


def test_env_example_names_every_setting_once() -> None:
    named = [line.split("=")[0] for line in example().splitlines() if line.startswith("#BELLHOP_")]

    assert named == [f"#BELLHOP_{field.upper()}" for field in Settings.model_fields]


def test_env_example_without_its_comment_signs_is_what_holds_by_default(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("\n".join(line.removeprefix("#") for line in example().splitlines() if line.startswith("#BELL")))

    given = Settings(_env_file=file, demo=True)  # type: ignore[call-arg]  # pydantic-settings' own argument

    assert given.model_dump() == load_settings(demo=True).model_dump()


def test_secrets_are_masked_and_sources_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLHOP_SECRET", "x" * 40)
    monkeypatch.setenv("BELLHOP_PORT", "9000")

    rows = {row.name: row for row in describe(load_settings(demo=True))}

    assert rows["BELLHOP_SECRET"].value == MASK
    assert (rows["BELLHOP_PORT"].value, rows["BELLHOP_PORT"].source) == ("9000", "environment")
    assert rows["BELLHOP_HOST"].source == "default"
    assert rows["BELLHOP_IDENTITY_SECRET"].value == ""


def test_settings_that_cannot_work_are_shown_as_written_with_secrets_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLHOP_PORT", "eighty")
    monkeypatch.setenv("BELLHOP_SECRET", "tooshort")

    rows = {row.name: row.value for row in describe(None)}

    assert rows["BELLHOP_PORT"] == "eighty"
    assert rows["BELLHOP_SECRET"] == MASK


def test_no_secret_setting_is_declared_as_plain_text() -> None:
    secret = [
        field for field in Settings.model_fields if any(word in field for word in ("secret", "password", "token"))
    ]

    assert [field for field in secret if not isinstance(Settings.model_fields[field].default, SecretStr)] == []
