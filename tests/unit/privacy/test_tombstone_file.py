"""The file of tombstones survives what happens to files."""

from __future__ import annotations

from pathlib import Path

from bot.privacy.tombstones import Tombstones
from tests.conftest import Clock


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path, clock: Clock) -> None:
    stones = Tombstones(tmp_path / "deep" / "tombstones.jsonl", clock)
    stones.add(["one"])
    with stones.path.open("a") as file:
        file.write('{"customer": "tw')
    stones.add(["two", "one"])
    assert stones.read() == {"one", "two"}
    assert stones.path.read_text().count("one") == 1


def test_no_file_names_nobody(tmp_path: Path, clock: Clock) -> None:
    assert Tombstones(tmp_path / "none", clock).read() == set()


def test_what_is_no_line_of_ours_is_passed_over(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "tombstones.jsonl"
    file.write_bytes(b'\xff\xfe\n[]\n{"customer": "one"}\nnull\n\n')
    assert Tombstones(file, clock).read() == {"one"}
