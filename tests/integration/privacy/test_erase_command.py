"""`bellhop erase` and `bellhop export-customer`, as somebody types them; and erasing that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.privacy.erasing import reapply
from bot.privacy.tombstones import Tombstones
from bot.settings import ROOT
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.canaries import Canaries, core_on, found_in

pytestmark = pytest.mark.integration

DIES = """
import asyncio, itertools, os, signal, sys, uuid
from datetime import UTC, datetime
from pathlib import Path
from bot.privacy.erasing import erase
from bot.privacy.tombstones import Tombstones
from bot.storage.database import Database
from tests.support.canaries import core_on

url, folder, customer, after = sys.argv[1:]
now = lambda: datetime.now(UTC)
steps = itertools.count(1)

def step():
    if next(steps) == int(after):
        os.kill(os.getpid(), signal.SIGKILL)

core = core_on(Database(url), now, lambda: uuid.uuid4().hex)
stones = Tombstones(Path(folder) / "t.jsonl", now)
asyncio.run(erase(core, [customer], tombstones=stones, by=None, shop=True, after_step=step))
"""


@pytest.fixture
def going(migrated: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Canaries:
    monkeypatch.setenv("BELLHOP_DATABASE_URL", database_url)
    monkeypatch.setenv("BELLHOP_DATA_DIR", str(tmp_path / "data"))
    going = Canaries("Vogelfrei")
    migrated.write_now(going.release)
    return going


def bellhop(*arguments: str, typed: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(main, list(arguments), input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_it_shows_whom_it_found_asks_and_erases(going: Canaries, migrated: Database, tmp_path: Path) -> None:
    code, said = bellhop("erase", "--telegram", str(going.chat), typed="n\n")
    assert code == 1
    assert going.customer_id in said
    assert "Erase all of this for good?" in said
    assert migrated.read_now(lambda connection: found_in(connection, "Vogelfreimessages"))

    code, said = bellhop("erase", "--telegram", str(going.chat), "--shop", typed="y\n")
    assert code == 0, said
    assert "Erased: 1 conversation." in said
    assert migrated.read_now(lambda connection: found_in(connection, "Vogelfrei")) == set()
    assert (tmp_path / "data" / "tombstones.jsonl").exists()
    assert bellhop("erase", "--reapply") == (0, "Nobody has come back.\n")


def test_who_is_not_there_is_said(going: Canaries) -> None:
    assert bellhop("erase", "--email", "nobody@example.com", "--yes") == (1, "Nobody is known by that.\n")
    code, said = bellhop("erase", "--email", "a@b.de", "--customer", "x")
    assert code == 2
    assert "name one customer" in said
    assert bellhop("erase")[0] == 2


def test_the_zip_is_written_once_and_for_one_reader(going: Canaries, tmp_path: Path) -> None:
    file = tmp_path / "out.zip"
    code, said = bellhop("export-customer", "--conversation", going.conversation_id, "--to", str(file))
    assert code == 0, said
    assert file.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(file) as archive:
        assert {"README.txt", "customer.json"} <= set(archive.namelist())
    code, said = bellhop("export-customer", "--customer", going.customer_id, "--to", str(file))
    assert code == 2
    assert "there already" in said


@pytest.mark.parametrize("after", [1, 2])
async def test_a_killed_erasing_is_finished_at_the_next_start(
    going: Canaries,
    migrated: Database,
    database_url: str,
    tmp_path: Path,
    clock: Clock,
    new_id: Callable[[], str],
    after: int,
) -> None:
    command = [sys.executable, "-c", DIES, database_url, str(tmp_path), going.customer_id, str(after)]
    killed = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60)  # noqa: ASYNC221
    assert killed.returncode == -signal.SIGKILL
    stones = Tombstones(tmp_path / "t.jsonl", clock)
    assert stones.read() == {going.customer_id}
    assert await reapply(core_on(migrated, clock, new_id), stones) == 1
    left = migrated.read_now(lambda connection: found_in(connection, "Vogelfrei"))
    assert all(where.startswith("shop_") for where in left)
