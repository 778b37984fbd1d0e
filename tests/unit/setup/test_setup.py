"""`scripts/setup` in a made-up checkout, with a uv that only pretends: when it installs, repairs, or does nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

# Makes environments of one symbolic link, and keeps a list of what it was asked for.
FAKE_UV = f"""#!/bin/sh
if [ "$1" = --version ]; then echo "uv 0.13.9"; exit; fi
echo "$(basename "$PWD") $*" >>"$UV_ASKED"
case $1 in
    venv) for path; do :; done; mkdir -p "$path/bin"; ln -sf "{sys.executable}" "$path/bin/python" ;;
    sync)
        [ ! -e "$UV_FAILS" ] || exit 2
        echo "#!$PWD/.venv/bin/python" >.venv/bin/bellhop
        case $* in *--no-dev*) ;; *) : >.venv/bin/pytest; chmod +x .venv/bin/pytest ;; esac ;;
esac
"""


class Checkout:
    """A project with two lock files, and a uv to look at."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.asked_file = folder / "asked"
        self.failing = folder / "fails"
        (self.root / "bot/engine").mkdir(parents=True)
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        (self.root / "scripts/find-python").write_text(f"#!/bin/sh\necho {sys.executable}\n")
        for project in (self.root, self.root / "bot/engine"):
            (project / "pyproject.toml").write_text("[project]\n")
            (project / "uv.lock").write_text("version = 1\n")
        self.bin = folder / "bin"
        self.bin.mkdir()
        (self.bin / "uv").write_text(FAKE_UV)
        (self.bin / "uv").chmod(0o755)

    def setup(self, *arguments: str, root: Path | None = None) -> subprocess.CompletedProcess[str]:
        self.asked_file.write_text("")
        return subprocess.run(
            [str((root or self.root) / "scripts/setup"), *arguments],
            env={
                "PATH": f"{self.bin}:/usr/bin:/bin",
                "HOME": str(self.root),
                "UV_ASKED": str(self.asked_file),
                "UV_FAILS": str(self.failing),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def asked(self) -> list[str]:
        return self.asked_file.read_text().splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_first_time_both_environments_are_made(checkout: Checkout) -> None:
    done = checkout.setup()

    assert done.returncode == 0, done.stderr
    assert [line.split()[:2] for line in checkout.asked()] == [
        ["checkout", "venv"],
        ["checkout", "sync"],
        ["checkout", "venv"],
        ["engine", "sync"],
    ]
    assert all("--locked" in line for line in checkout.asked() if " sync " in line)


def test_the_second_time_nothing_is_asked_or_said(checkout: Checkout) -> None:
    checkout.setup()

    done = checkout.setup()

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert checkout.asked() == []


def test_a_changed_lock_file_brings_only_its_environment_up_to_date(checkout: Checkout) -> None:
    checkout.setup()
    (checkout.root / "bot/engine/uv.lock").write_text("version = 2\n")

    checkout.setup()

    assert [line.split()[:2] for line in checkout.asked()] == [["engine", "sync"]]


def test_tests_bring_the_test_packages_and_running_does_not_take_them_away(checkout: Checkout) -> None:
    checkout.setup()
    checkout.setup("--tests-packages")
    assert [line.split()[1] for line in checkout.asked()] == ["sync", "sync"]
    assert not any("--no-dev" in line for line in checkout.asked())

    checkout.setup()

    assert checkout.asked() == []
    assert (checkout.root / ".venv/bin/pytest").exists()


def test_an_environment_cut_off_in_the_middle_is_made_anew(checkout: Checkout) -> None:
    checkout.setup()
    (checkout.root / ".venv/.bellhop-stamp").unlink()
    (checkout.root / ".venv/.bellhop-installing").touch()
    (checkout.root / ".venv/half").touch()

    done = checkout.setup()

    assert "making it anew" in done.stderr
    assert not (checkout.root / ".venv/half").exists()


def test_a_copied_checkout_gets_environments_of_its_own(checkout: Checkout, tmp_path: Path) -> None:
    checkout.setup()
    shutil.copytree(checkout.root, tmp_path / "copy", symlinks=True)

    done = checkout.setup(root=tmp_path / "copy")

    assert done.returncode == 0
    assert f"{tmp_path}/copy/.venv/bin/python" in (tmp_path / "copy/.venv/bin/bellhop").read_text()
    assert "The app: its environment was moved" in done.stderr


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.setup()
    (checkout.root / "bot/engine/.venv/bin/python").unlink()

    checkout.setup()

    assert [line.split()[:2] for line in checkout.asked()] == [["checkout", "venv"], ["engine", "sync"]]


def test_a_failed_installation_is_told_and_tried_again_next_time(checkout: Checkout) -> None:
    checkout.failing.touch()
    failed = checkout.setup()
    assert failed.returncode == 1
    assert "setup: The app could not be installed" in failed.stderr

    checkout.failing.unlink()
    done = checkout.setup()

    assert done.returncode == 0, done.stderr
    assert checkout.setup().stderr == ""


def test_the_lock_of_a_setup_that_was_killed_is_taken_over(checkout: Checkout) -> None:
    ended = subprocess.Popen(["/bin/true"])
    ended.wait()
    (checkout.root / ".tools/lock").mkdir(parents=True)
    (checkout.root / ".tools/lock/pid").write_text(f"{ended.pid}\n")

    done = checkout.setup()

    assert done.returncode == 0, done.stderr
    assert not (checkout.root / ".tools/lock").exists()
