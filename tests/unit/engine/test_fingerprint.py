"""The fingerprint changes with what a model is trained from, and with nothing else."""

from pathlib import Path

import pytest

from bot.engine.fingerprint import fingerprint, model_path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("config.yml", "domain.yml", "data/nlu/a.yml", "data/rules/a.yml", "data/stories/a.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    for name in ("bot/engine/nlu/component.py", "bot/engine/uv.lock", "bot/engine/server.py", "data/shop/a.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


CHANGES = [
    "config.yml",
    "domain.yml",
    "data/nlu/a.yml",
    "data/rules/a.yml",
    "data/stories/a.yml",
    "bot/engine/nlu/component.py",
    "bot/engine/uv.lock",
]


@pytest.mark.parametrize("name", CHANGES)
def test_it_changes_with_what_a_model_is_trained_from(project: Path, name: str) -> None:
    before = fingerprint(project)
    (project / name).write_text("other")
    assert fingerprint(project) != before


@pytest.mark.parametrize("name", ["bot/engine/server.py", "data/shop/a.yml", "data/nlu/notes.txt", "README.md"])
def test_it_does_not_change_with_anything_else(project: Path, name: str) -> None:
    before = fingerprint(project)
    (project / name).write_text("other")
    assert fingerprint(project) == before


def test_it_changes_when_a_file_is_renamed(project: Path) -> None:
    before = fingerprint(project)
    (project / "data/nlu/a.yml").rename(project / "data/nlu/b.yml")
    assert fingerprint(project) != before


def test_two_files_are_not_taken_for_one(project: Path) -> None:
    (project / "data/nlu/a.yml").write_text("ab")
    before = fingerprint(project)
    (project / "data/nlu/a.yml").write_text("a")
    (project / "data/nlu/b.yml").write_text("b")
    assert fingerprint(project) != before


def test_the_model_is_named_after_its_beginning(project: Path) -> None:
    assert model_path(project) == project / "models" / f"bellhop-{fingerprint(project)[:12]}.tar.gz"


def test_without_a_domain_there_is_none(project: Path) -> None:
    (project / "domain.yml").unlink()
    with pytest.raises(FileNotFoundError):
        fingerprint(project)
