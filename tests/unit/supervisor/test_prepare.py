"""The child that looks at the settings for the supervisor."""

from __future__ import annotations

import io
import json
import sqlite3
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


def prepare_database(tmp_path: Path) -> tuple[int, str]:
    asked = json.dumps({"overrides": {"demo": True, "data_dir": str(tmp_path)}})
    error = io.StringIO()
    return main(io.StringIO(f"{asked}\nmigrate\n"), io.StringIO(), error), error.getvalue()


def test_told_to_migrate_it_makes_the_tables_and_the_demo_shop_and_may_do_so_again(tmp_path: Path) -> None:
    assert prepare_database(tmp_path) == (0, "")
    assert prepare_database(tmp_path) == (0, "")

    with sqlite3.connect(tmp_path / "bellhop.db") as connection:
        ((orders,),) = connection.execute("SELECT count(*) FROM shop_orders")
    assert orders > 0


def test_a_file_of_the_forgotten_that_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    """Served all the same, a backup that was put back would show whom we have promised to forget."""
    prepare_database(tmp_path)
    (tmp_path / "tombstones.jsonl").mkdir()
    code, error = prepare_database(tmp_path)
    assert code == 2
    assert error.startswith("BELLHOP_DATA_DIR: ")
    assert "tombstones.jsonl" in error
    assert error.count("\n") == 1


def test_a_database_of_a_newer_version_is_refused_in_one_line(tmp_path: Path) -> None:
    prepare_database(tmp_path)
    with sqlite3.connect(tmp_path / "bellhop.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from_the_future'")

    code, error = prepare_database(tmp_path)

    assert code == 2
    assert "was made by a newer Bellhop" in error
    assert error.count("\n") == 1


def test_the_demo_has_people_and_the_supervisor_hears_how_they_sign_in(tmp_path: Path) -> None:
    asked = json.dumps({"overrides": {"demo": True, "data_dir": str(tmp_path)}})
    told = []
    for _ in range(2):
        out = io.StringIO()
        assert main(io.StringIO(f"{asked}\nmigrate\n"), out, io.StringIO()) == 0
        told.append(json.loads(out.getvalue().splitlines()[1])["demo_desk"])

    password = (tmp_path / "demo-desk.txt").read_text()
    assert told[0] == told[1]
    assert told[0].startswith("Sign in at the desk as robin@marlow-finch.example, ")
    assert told[0].endswith(password)
    with sqlite3.connect(tmp_path / "bellhop.db") as connection:
        assert connection.execute("SELECT count(*), min(demo) FROM agents").fetchone() == (3, 1)


def test_without_the_demo_nobody_is_made_up(tmp_path: Path) -> None:
    overrides = {"demo": False, "data_dir": str(tmp_path), "smtp_url": SECRETS["smtp_url"]}
    out = io.StringIO()
    main(io.StringIO(json.dumps({"overrides": overrides}) + "\nmigrate\n"), out, io.StringIO())

    assert json.loads(out.getvalue().splitlines()[1]) == {"demo_desk": ""}
    assert not (tmp_path / "demo-desk.txt").exists()
    with sqlite3.connect(tmp_path / "bellhop.db") as connection:
        assert connection.execute("SELECT count(*) FROM agents").fetchone() == (0,)
