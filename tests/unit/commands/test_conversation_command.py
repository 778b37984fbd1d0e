"""What `bellhop conversation` prints and `bellhop attachment` writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from bot.cli import main
from bot.conversations import attachments as kept
from bot.conversations.models import Attachment
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.tables import conversations, messages
from tests.conftest import Clock
from tests.support.core import case_book, plain_phrases
from tests.support.telegram_customer import TelegramCustomer

PHOTO = Attachment("photo", {"width": 640}, file_id="f1", name="lamp.jpg", media_type="image/jpeg", size=2048)


@pytest.fixture
async def database(
    tmp_path: Path, new_id: Callable[[], str], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> Database:
    """A database with one conversation on Telegram, which the command line finds."""
    database = Database(f"sqlite:///{tmp_path / 'bellhop.db'}")
    migrate(database.url)
    service = Conversations(
        database,
        plain_phrases(),
        Rules(),
        case_book(database, new_id),
        clock=clock,
        new_id=new_id,
        effect_handlers={},
        instance="one",
    )
    tom = TelegramCustomer(service)
    await tom.types("where is\nmy \x1b[31morder?", number=1)
    await tom.types("that one", number=2, quotes=tom.external_id(1))
    await tom.edits(2, "the other one", datetime(2026, 3, 2, 9, 1, tzinfo=UTC))
    await tom.sends(PHOTO)
    await tom.sends(Attachment("location", {"latitude": 51.5, "longitude": -0.1}))
    await tom.commands("end")
    await tom.types("4")
    clock.now += timedelta(seconds=1)
    monkeypatch.setenv("BELLHOP_DATABASE_URL", database.url)
    monkeypatch.setenv("BELLHOP_TIMEZONE", "Europe/London")
    return database


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


def the_id(database: Database) -> str:
    return str(database.read_now(lambda connection: connection.execute(sa.select(conversations.c.id)).scalar_one()))


def test_a_conversation_is_printed_with_what_was_changed_and_what_came_beside_text(database: Database) -> None:
    code, printed = run("conversation", the_id(database))
    assert code == 0
    lines = printed.splitlines()
    assert lines[0] == f"Conversation {the_id(database)}"
    assert lines[1] == "begun 2026-03-02 09:00:00, ended 2026-03-02 09:00:00 (done), owner bot, en"
    assert lines[2] == "rated 4"
    assert "   1  2026-03-02 09:00:00  customer (telegram)" in lines
    assert lines[5:7] == ["      where is", "      my [31morder?"]
    assert "   2  2026-03-02 09:00:00  customer (telegram, to 1)" in lines
    assert "      (edited 2026-03-02 09:01:00: the other one)" in lines
    photo = next(line for line in lines if line.strip().startswith("photo "))
    assert photo.endswith(": lamp.jpg, image/jpeg, 2,048 bytes, width 640, not fetched yet")
    assert next(line for line in lines if line.strip().startswith("location ")).endswith(
        ": latitude 51.5, longitude -0.1"
    )
    assert "      [1] [2] [3] [4] [5]" in lines


def test_programs_get_the_same_conversation(database: Database) -> None:
    code, printed = run("conversation", the_id(database), "--json")
    told = json.loads(printed)
    assert (code, told["state"], told["score"]) == (0, "ended", 4)
    assert told["lines"][1]["replies_to"] == 1
    assert told["lines"][2]["attachments"][0]["state"] == "waiting"


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_link_into_the_conversation_is_not_printed_whole(database: Database, form: tuple[str, ...]) -> None:
    said = sa.update(messages).values(text="Go on here: https://shop.example/#bellhop=A-b_3456789012345678901")
    database.write_now(lambda connection: connection.execute(said.where(messages.c.seq == 1)))
    printed = run("conversation", the_id(database), *form)[1]
    assert "https://shop.example/#bellhop=…" in printed
    assert "A-b_" not in printed


def test_a_conversation_that_is_none_is_said_to_be_none(database: Database) -> None:
    assert run("conversation", "f") == (1, "no conversation's ID begins with 'f'\n")
    assert run("conversation", "")[0] == 1


def test_a_kept_file_is_written_and_nothing_is_overwritten(database: Database, tmp_path: Path) -> None:
    told = json.loads(run("conversation", the_id(database), "--json")[1])
    photo, place = (told["lines"][number]["attachments"][0]["id"] for number in (2, 4))
    target = tmp_path / "photo.jpg"
    code, said = run("attachment", photo, "--to", str(target))
    assert (code, said.splitlines()[0].endswith("not fetched yet")) == (1, True)
    now = datetime(2026, 3, 2, 9, 2, tzinfo=UTC)
    database.write_now(lambda connection: kept.keep(SimpleNamespace(connection=connection, now=now), photo, b"picture"))
    assert run("attachment", photo, "--to", str(target)) == (0, f"{target} has it: 7 bytes.\n")
    assert target.read_bytes() == b"picture"
    assert run("attachment", photo, "--to", str(target))[0] == 2
    assert "is no file" in run("attachment", place, "--to", str(tmp_path / "place"))[1]
    assert run("attachment", "f", "--to", str(tmp_path / "x")) == (1, "no attachment's ID begins with 'f'\n")
