"""The data folder's lock and run.json."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.supervisor.run_file import (
    AlreadyRunning,
    InstanceLock,
    RunFile,
    Running,
    lives,
    read_run_file,
    wait_for_orphans,
)


def running(**changes: object) -> Running:
    values: dict[str, object] = {
        "supervisor": os.getpid(),
        "port": 8080,
        "internal_port": 21_001,
        "engine_port": 21_002,
        "started_at": "2026-03-02T09:00:00+00:00",
    }
    return Running(**(values | changes))  # type: ignore[arg-type]  # the fields' own types


def test_a_second_supervisor_is_told_of_the_first(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path)
    RunFile(tmp_path, running(supervisor=4711)).write()

    with pytest.raises(AlreadyRunning, match=r"process 4711, port 8080.*BELLHOP_DATA_DIR"):
        InstanceLock(tmp_path)

    lock.release()
    InstanceLock(tmp_path).release()


def test_the_lock_of_a_killed_supervisor_is_free(tmp_path: Path) -> None:
    code = f"from bot.supervisor.run_file import *; InstanceLock(Path({str(tmp_path)!r})); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code], check=False)

    InstanceLock(tmp_path).release()


def test_a_data_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    InstanceLock(tmp_path / "new" / "var").release()

    assert (tmp_path / "new" / "var").is_dir()


def test_run_json_tells_processes_ports_and_restarts(tmp_path: Path) -> None:
    file = RunFile(tmp_path, running())
    file.write()
    file.child_started("engine", 101)
    file.child_started("app", 102)
    file.child_died("engine")
    file.child_started("engine", 103)

    told = json.loads((tmp_path / "run.json").read_text())

    assert (told["app"], told["engine"]) == (102, 103)
    assert told["restarts"] == {"app": 0, "engine": 1}
    assert {"supervisor", "port", "internal_port", "engine_port", "started_at"} <= told.keys()
    assert list(tmp_path.iterdir()) == [tmp_path / "run.json"]


def test_a_full_disk_does_not_stop_the_bookkeeping(tmp_path: Path) -> None:
    file = RunFile(tmp_path / "gone", running())

    file.child_died("app")

    assert file.running.restarts["app"] == 1


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"port": 1}', '{"unknown": 1}'])
def test_an_unreadable_run_json_counts_as_none(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content)

    assert read_run_file(tmp_path) is None


def test_a_process_lives_until_it_has_ended() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert lives(process.pid)

    process.communicate(b"\n")

    assert not lives(process.pid)
    assert not lives(None)


@pytest.mark.filterwarnings("error")
def test_orphans_are_waited_for_only_as_long_as_they_live(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    RunFile(tmp_path, running(app=process.pid)).write()
    assert asyncio.run(wait_for_orphans(tmp_path, seconds=0.2)) == [process.pid]

    process.communicate(b"\n")

    assert asyncio.run(wait_for_orphans(tmp_path, seconds=10.0)) == []
