"""The child that looks at the settings for the supervisor."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from bot.supervisor.prepare import main

SECRETS = {
    "secret": "k3y" * 20,
    "identity_secret": "id3ntity" * 8,
    "smtp_url": "smtp://user:pa55word@mail.example.com:587",
    "database_url": "postgresql://user:pa55word@db.example.com/bellhop",
}


def prepare(**overrides: object) -> tuple[int, str, str]:
    out, error = io.StringIO(), io.StringIO()
    code = main(io.StringIO(json.dumps({"overrides": overrides}) + "\n"), out, error)
    return code, out.getvalue(), error.getvalue()


def test_the_supervisor_learns_no_secret(tmp_path: Path) -> None:
    code, out, _ = prepare(data_dir=str(tmp_path), **SECRETS)

    assert code == 0
    assert json.loads(out)["data_path"] == str(tmp_path)
    assert not [secret for secret in ("k3y", "id3ntity", "pa55word") if secret in out]


def test_it_migrates_nothing_unless_told_to(tmp_path: Path) -> None:
    prepare(data_dir=str(tmp_path), demo=True)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"demo": True, "port": 70_000}, "BELLHOP_PORT: "),
        ({"demo": True, "host": "0.0.0.0"}, "BELLHOP_DEMO shows everybody's e-mails"),
        ({"demo": False, "smtp_url": ""}, "BELLHOP_SMTP_URL is empty"),
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_code_2(overrides: dict[str, object], said: str) -> None:
    code, out, error = prepare(**overrides)

    assert (code, out) == (2, "")
    assert said in error
    assert error.count("\n") == 1
