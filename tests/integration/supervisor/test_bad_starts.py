"""`bellhop up` where it cannot work: one line that says why and what to do, exit code 2, and nothing left behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT
from bot.supervisor.run_file import InstanceLock

pytestmark = pytest.mark.integration


def up(data_dir: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BELLHOP_")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    own = {"BELLHOP_DEMO": "1", "BELLHOP_DATA_DIR": str(data_dir), "BELLHOP_PORT": port}
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "up", *arguments],
        cwd=ROOT,
        env=inherited | own | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    done = up(tmp_path, BELLHOP_IDLE_MINUTES="soon")

    assert done.returncode == 2
    assert done.stderr.startswith("BELLHOP_IDLE_MINUTES: ")
    assert done.stderr.count("\n") == 1


def test_the_demo_is_refused_to_the_whole_world(tmp_path: Path) -> None:
    done = up(tmp_path, "--host", "0.0.0.0")

    assert done.returncode == 2
    assert "BELLHOP_DEMO shows everybody's e-mails" in done.stderr


def test_a_port_in_use_is_named_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        port = server.getsockname()[1]

        done = up(tmp_path, "--port", str(port))

    assert done.returncode == 2
    assert f"BELLHOP_PORT: port {port} on 127.0.0.1 is used by another program" in done.stderr
    assert not (tmp_path / "run.json").exists()


def test_a_second_start_on_the_same_data_is_refused(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path)
    try:
        done = up(tmp_path)
    finally:
        lock.release()

    assert done.returncode == 2
    assert f"Bellhop is already running on {tmp_path}" in done.stderr


def test_a_missing_engine_is_named(tmp_path: Path) -> None:
    done = up(tmp_path, BELLHOP_ENGINE_PYTHON="/nowhere/python")

    assert done.returncode == 2
    assert done.stderr.startswith("BELLHOP_ENGINE_PYTHON: /nowhere/python does not exist; run `make setup`")


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    done = up(tmp_path / "file" / "var")

    assert done.returncode == 2
    assert done.stderr.startswith(f"BELLHOP_DATA_DIR: cannot write to {tmp_path / 'file' / 'var'}")
    assert "Traceback" not in done.stderr
