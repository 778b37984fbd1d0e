"""`scripts/find-python` and `scripts/find-uv` on made-up machines: what is on PATH is run before it is believed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ("sh", "dirname", "cat", "mkdir", "rm", "printf", "env")
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


class Machine:
    """A PATH of our own with little on it, and a home folder."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.home = folder / "home"
        self.bin.mkdir()
        self.home.mkdir()
        for tool in TOOLS:
            found = next(path for path in (Path("/bin") / tool, Path("/usr/bin") / tool) if path.exists())
            (self.bin / tool).symlink_to(found)

    def program(self, name: str, script: str, folder: Path | None = None) -> Path:
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(ROOT / "scripts" / script), *arguments],
            env={"PATH": str(self.bin), "HOME": str(self.home), "BELLHOP_TOOLS": str(self.home / "tools")},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


# -- find-python ----------------------------------------------------------------------------------------------


def test_a_python_on_path_is_found(machine: Machine) -> None:
    machine.program(f"python{HERE}", f'exec "{sys.executable}" "$@"')

    found = machine.run("find-python", HERE)

    assert found.returncode == 0
    assert Path(found.stdout.strip()).resolve() == Path(sys.executable).resolve()


def test_a_python_of_another_version_is_passed_over(machine: Machine) -> None:
    machine.program("python3", f'exec "{sys.executable}" "$@"')

    assert machine.run("find-python", "3.9").returncode == 1


def test_a_shim_that_fails_is_passed_over_for_the_version_that_pyenv_has(machine: Machine) -> None:
    machine.program(f"python{HERE}", "echo 'pyenv: command not found' >&2; exit 127")
    machine.program("pyenv", f'echo "{machine.home}/.pyenv"')
    machine.program("python", f'exec "{sys.executable}" "$@"', machine.home / f".pyenv/versions/{HERE}.99/bin")

    found = machine.run("find-python", HERE)

    assert found.returncode == 0
    assert Path(found.stdout.strip()).resolve() == Path(sys.executable).resolve()


def test_uv_is_asked_for_what_is_nowhere_else_and_fetches_it(machine: Machine) -> None:
    fetched = machine.home / "fetched"
    uv = machine.program(
        "uv",
        f'case "$1 $2" in "python install") : >"{fetched}" ;; '
        f'"python find") [ -f "{fetched}" ] && echo "{sys.executable}" ;; *) exit 9 ;; esac',
    )

    found = machine.run("find-python", HERE, str(uv))

    assert found.returncode == 0
    assert f"No Python {HERE} here: fetching one" in found.stderr


def test_without_any_python_one_line_says_what_to_do(machine: Machine) -> None:
    uv = machine.program("uv", "exit 1")

    found = machine.run("find-python", "3.10", str(uv))

    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.splitlines()[-1].startswith("setup: no usable Python (one of: 3.10)")


# -- find-uv --------------------------------------------------------------------------------------------------


def test_a_uv_on_path_is_found(machine: Machine) -> None:
    uv = machine.program("uv", "echo 'uv 0.13.9 (x86_64-unknown-linux-gnu)'")

    assert machine.run("find-uv").stdout.strip() == str(uv)


@pytest.mark.parametrize("broken", ["exit 127", "echo 'uv 0.7.22'", "echo 'something else 9.9.9'"])
def test_a_uv_that_fails_or_is_too_old_is_passed_over(machine: Machine, broken: str) -> None:
    machine.program("uv", broken)
    brought = machine.program("uv", "echo 'uv 0.13.9'", machine.home / "tools/bin")

    assert machine.run("find-uv").stdout.strip() == str(brought)


PIP = 'case "$*" in *"pip install"*--target*) mkdir -p "{site}/bin"; cp "{uv}" "{site}/bin/uv" ;; {rest} esac'


def test_where_no_environment_can_be_made_uv_comes_by_pip_alone(machine: Machine) -> None:
    (machine.bin / "cp").symlink_to("/bin/cp")
    uv = machine.program("uv", "echo 'uv 0.13.9'", machine.home / "elsewhere")
    site = machine.home / "tools/site"
    machine.program("python3", PIP.format(site=site, uv=uv, rest="*'-m venv'*) exit 1 ;;"))

    found = machine.run("find-uv")

    assert found.stdout.strip() == str(site / "bin/uv")


def test_without_any_way_to_a_uv_one_line_says_what_to_do(machine: Machine) -> None:
    found = machine.run("find-uv")

    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.splitlines()[-1].startswith("setup: no uv on PATH and none could be brought")
