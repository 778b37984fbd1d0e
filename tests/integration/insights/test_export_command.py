"""`bellhop export` and `bellhop events` on a real database."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from bot.cli import main
from bot.commands.exports import CannotExport, whole_file
from bot.events import outbox
from bot.events.stream import receiver_of
from bot.settings import ROOT
from bot.storage.database import Database
from bot.storage.desk_tables import audit
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.migrate import migrate
from bot.storage.tables import customers, messages
from tests.support.insight_rows import plausible

COUNT = 40
URL = "https://warehouse.example.com/hooks"


@pytest.fixture
def filled(database_url, monkeypatch):
    """A database of some conversations, which the commands use."""
    migrate(database_url)
    monkeypatch.setenv("BELLHOP_DATABASE_URL", database_url)
    database = Database(database_url)
    database.write_now(lambda connection: plausible(connection, COUNT, datetime.now(UTC), days=60))
    yield database
    database.close()


def bellhop(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def rows_in(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_file_has_a_row_for_each_conversation_and_says_how_it_was_chosen(filled, tmp_path) -> None:
    out = tmp_path / "all.csv"
    result = bellhop("export", "conversations", "--period", "all", "--out", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Period: All time" in result.stderr
    assert f"{COUNT} conversations are in {out}." in result.stderr
    assert len(rows_in(out.read_bytes())) == COUNT
    assert out.stat().st_mode & 0o077 == 0
    assert list(tmp_path.glob(".all*")) == []


def test_the_filters_are_those_of_the_pages(filled) -> None:
    result = bellhop("export", "conversations", "--channel", "telegram", "--score", "1", "--score", "2")
    wanted = sa.select(facts).where(facts.c.channel == "telegram", facts.c.score.in_([1, 2]))
    found = filled.read_now(lambda connection: connection.execute(wanted).all())
    recent = [row for row in found if (datetime.now(UTC) - row.at).days < 29]
    rows = rows_in(result.stdout_bytes)
    assert {row.conversation_id for row in recent} <= {row["conversation_id"] for row in rows}
    assert {(row["channel"], row["score"] in "12") for row in rows} <= {("telegram", True)}
    assert "Last 30 days" in result.stderr
    assert "Score: 1, 2" in result.stderr


def test_parquet_goes_through_a_pipe(filled) -> None:
    result = bellhop("export", "messages", "--period", "all", "--format", "parquet")
    table = pq.read_table(io.BytesIO(result.stdout_bytes))
    assert table.num_rows == filled.read_now(
        lambda connection: connection.execute(sa.select(sa.func.count()).select_from(messages)).scalar_one()
    )
    assert table.schema.metadata[b"identifiers"] == b"masked"


def test_nothing_that_fits_is_a_header_and_a_sentence(filled, tmp_path) -> None:
    for form in ("csv", "parquet"):
        out = tmp_path / f"none.{form}"
        result = bellhop("export", "messages", "--channel", "pigeon", "--format", form, "--out", out)
        assert result.exit_code == 0
        assert f"No conversation fits that. {out} has only its header." in result.stderr
    assert len((tmp_path / "none.csv").read_text().splitlines()) == 1
    assert pq.read_table(tmp_path / "none.parquet").num_rows == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--since", "yesterday"], "is no day"),
        (["--since", "2026-03-02", "--until", "2026-03-01"], "ends before it begins"),
        (["--period", "fortnight"], "is no period"),
        (["--score", "6"], "6 is not in the range"),
        (["--outcome", "solved"], "is not one of"),
    ],
)
def test_a_filter_that_makes_no_sense_is_said_in_words(filled, arguments, says) -> None:
    result = bellhop("export", "conversations", *arguments)
    assert result.exit_code == 2
    assert says in result.stderr


def test_words_are_masked_unless_that_is_wanted_and_the_audit_log_knows(filled) -> None:
    filled.write_now(lambda connection: connection.execute(sa.update(customers).values(name="Mei Halasz")))
    said = "=Mei Halasz, mei@example.com"
    filled.write_now(lambda connection: connection.execute(sa.update(messages).values(text=said)))
    masked = bellhop("export", "messages", "--period", "all")
    shown = bellhop("export", "messages", "--period", "all", "--no-mask")
    assert "mei@" not in masked.stdout
    assert "Halasz" not in masked.stdout
    assert f"'{said}" in shown.stdout
    assert "Nothing is masked" in shown.stderr
    assert "Nothing is masked" not in masked.stderr
    lines = filled.read_now(
        lambda connection: connection.execute(sa.select(audit).where(audit.c.action == "export")).all()
    )
    assert [line.details["filter"]["identifiers"] for line in lines] == ["masked", "shown"]
    assert {(line.subject, line.details["conversations"]) for line in lines} == {("messages", COUNT)}


def test_what_nobody_has_counted_is_not_in_it_and_that_is_said(filled) -> None:
    one = sa.select(sa.func.min(facts.c.conversation_id)).scalar_subquery()
    filled.write_now(lambda connection: connection.execute(sa.delete(facts).where(facts.c.conversation_id == one)))
    result = bellhop("export", "conversations", "--period", "all")
    assert len(rows_in(result.stdout_bytes)) == COUNT - 1
    assert "Not in it are 1 conversations that nobody has counted yet" in result.stderr


def test_a_database_that_is_not_there_is_not_made(tmp_path, monkeypatch) -> None:
    file = tmp_path / "none.db"
    monkeypatch.setenv("BELLHOP_DATABASE_URL", f"sqlite:///{file}")
    result = bellhop("export", "conversations")
    assert result.exit_code == 2
    assert "bellhop migrate" in result.stderr


def test_a_file_that_was_not_finished_leaves_the_old_one(tmp_path) -> None:
    out = tmp_path / "it.csv"
    out.write_text("the old one")

    def half() -> None:
        with whole_file(out) as stream:
            stream.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert out.read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir()] == ["it.csv"]
    with pytest.raises(CannotExport, match="No such file or directory"), whole_file(tmp_path / "no" / "it.csv"):
        pass


def test_what_is_no_file_is_not_made_one(filled, tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    result = bellhop("export", "conversations", "--out", pipe)
    assert (result.exit_code, "it is no file" in result.stderr) == (2, True)
    assert pipe.is_fifo()


def test_what_a_link_leads_to_is_written_and_the_link_stays(filled, tmp_path) -> None:
    (tmp_path / "there").mkdir()
    link, file = tmp_path / "link.csv", tmp_path / "there" / "all.csv"
    link.symlink_to(file)
    assert bellhop("export", "conversations", "--period", "all", "--out", link).exit_code == 0
    assert link.is_symlink()
    assert len(rows_in(file.read_bytes())) == COUNT


def test_a_full_disk_is_told_in_a_sentence(filled) -> None:
    arguments = [str(Path(sys.executable).parent / "bellhop"), "export", "messages", "--period", "all"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            arguments, cwd=ROOT, env=dict(os.environ), stdout=full, stderr=subprocess.PIPE, check=False
        )
    said = done.stderr.decode()
    assert done.returncode == 2
    assert "Traceback" not in said
    assert "No space left on device" in said


def test_of_an_export_that_is_killed_nothing_is_left(tmp_path) -> None:
    out = tmp_path / "x.csv"
    out.write_text("what was there before")
    code = (
        "import os, signal, sys; from pathlib import Path; from bot.commands.exports import whole_file\n"
        "with whole_file(Path(sys.argv[1])) as file:\n"
        "    file.write(b'words of customers' * 10_000); file.flush(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(out)], cwd=ROOT, check=False)
    assert killed.returncode == -9
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
    assert out.read_text() == "what was there before"


def test_whoever_has_read_enough_ends_it_quietly(filled) -> None:
    arguments = [str(Path(sys.executable).parent / "bellhop"), "export", "messages", "--period", "all"]
    with subprocess.Popen(
        arguments, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
    assert "Traceback" not in said
    assert process.returncode == 1


def test_the_event_stream_is_told_of_and_begun_again(filled, monkeypatch) -> None:
    assert "Nobody is told" in bellhop("events", "status").stdout
    assert "BELLHOP_EVENTS_URL is empty" in bellhop("events", "retry").stderr
    monkeypatch.setenv("BELLHOP_EVENTS_URL", URL)
    monkeypatch.setenv("BELLHOP_EVENTS_SECRET", "0123456789abcdef")
    now = datetime.now(UTC)
    row = {"id": "e1", "key": "a", "kind": "k", "body": {}, "state": "waiting", "attempts": 1}

    def work(connection) -> None:
        outbox.put(connection, [row | {"conversation_id": "c", "created_at": now, "next_at": now}])
        outbox.given_up(connection, "e1", "410: gone", now)
        outbox.mark_gone(connection, receiver_of(URL), now)

    filled.write_now(work)
    said = bellhop("events", "status").stdout
    assert "1 were given up" in said
    assert "410: gone" in said
    assert "wants no more" in said
    assert "1 events are sent again" in bellhop("events", "retry").stdout
    said = bellhop("events", "status").stdout
    assert "1 wait" in said
    assert "wants no more" not in said
    assert "No event was given up" in bellhop("events", "retry").stdout
