"""`bellhop shop import` and `bellhop shop export`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from tests.support.shop_file import FILE, small_shop


@pytest.fixture(autouse=True)
def _own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLHOP_DATABASE_URL", f"sqlite:///{tmp_path / 'bellhop.db'}")


def shop(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["shop", *map(str, arguments)])


def test_a_shop_goes_in_with_its_counts_and_comes_out_as_it_was(tmp_path: Path) -> None:
    taken_in = shop("import", FILE)
    assert taken_in.exit_code == 0, taken_in.output
    expected = "3 customers, 8 orders and 3 products with 10 variants are in the database now.\n"
    assert taken_in.output == expected
    out = tmp_path / "out.json"
    assert shop("export", out).output == f"{out} has the shop with its 8 orders.\n"
    assert json.loads(out.read_text(encoding="utf-8")) == small_shop()


def test_the_same_shop_twice_is_an_error(tmp_path: Path) -> None:
    shop("import", FILE)
    again = shop("import", FILE)
    assert again.exit_code == 2
    assert f"{FILE}: nothing was taken in.\nproduct 3100000001 is in the database already\n" in again.output


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    missing = shop("import", tmp_path / "none.json")
    assert (missing.exit_code, missing.output) == (2, f"{tmp_path / 'none.json'}: No such file or directory\n")


def test_without_a_shop_nothing_is_written(tmp_path: Path) -> None:
    empty = shop("export", tmp_path / "out.json")
    assert empty.exit_code == 2
    assert "bellhop shop import" in empty.output
    assert not (tmp_path / "out.json").exists()
