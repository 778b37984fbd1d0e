"""Migrations on real databases."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.cases.cases import read_cases
from bot.insights.ledger import verify
from bot.storage import article_tables, case_tables, desk_tables, insight_tables, shop_tables, tables
from bot.storage.database import BUSY_TIMEOUT_SECONDS, DatabaseTooNew, DatabaseUnavailable, make_engine
from bot.storage.migrate import _config, check_revision, migrate, one_at_a_time
from bot.storage.search_index import is_of_models
from tests.integration.insights.recorded import Recorder


def test_an_empty_database_gets_exactly_the_tables_of_the_code(database_url) -> None:
    assert shop_tables.shop_orders.metadata is tables.metadata
    assert article_tables.article_showings.metadata is tables.metadata
    assert case_tables.cases.metadata is tables.metadata
    assert desk_tables.handoffs.metadata is tables.metadata is insight_tables.reviews.metadata
    assert migrate(database_url)
    engine = make_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_of_models})
        assert compare_metadata(context, tables.metadata) == []
    engine.dispose()
    check_revision(database_url)


def test_a_second_migration_does_nothing(database_url) -> None:
    migrate(database_url)
    assert not migrate(database_url)


def test_two_migrations_at_once_both_end_well(database_url) -> None:
    code = "import sys; from bot.storage.migrate import migrate; migrate(sys.argv[1])"
    both = [subprocess.Popen([sys.executable, "-c", code, database_url], stderr=subprocess.PIPE) for _ in range(2)]
    results = [(process.communicate()[1].decode()[-500:], process.returncode) for process in both]
    assert [code for _, code in results] == [0, 0], results
    check_revision(database_url)


def test_who_comes_while_another_migrates_waits_for_as_long_as_that_takes(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'bellhop.db'}"
    engine, changed = make_engine(url), []
    second = threading.Thread(target=lambda: changed.append(migrate(url)))
    with one_at_a_time(url), engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the first one is at work
        second.start()
        second.join(BUSY_TIMEOUT_SECONDS * 1.5)
        assert second.is_alive()
    second.join(60)
    assert changed == [True]
    engine.dispose()


def test_a_database_that_somebody_else_has_locked_is_said_soon(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'bellhop.db'}"
    engine = make_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable, match="locked"):
            migrate(url)
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database_url) -> None:
    migrate(database_url)
    engine = make_engine(database_url)
    with engine.connect() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    for step in (migrate, check_revision):
        with pytest.raises(DatabaseTooNew, match="newer Bellhop"):
            step(database_url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
    engine.dispose()


def test_a_database_that_was_never_migrated_is_named_with_the_mend(database_url) -> None:
    with pytest.raises(DatabaseUnavailable, match="bellhop migrate"):
        check_revision(database_url)


def test_an_unreachable_server_is_one_line_without_the_password() -> None:
    with pytest.raises(DatabaseUnavailable) as error:
        migrate("postgresql+psycopg://bellhop:hush@127.0.0.1:1/none")
    assert "hush" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_database_is_one_line(tmp_path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("milk, bread, " * 500)
    with pytest.raises(DatabaseUnavailable, match="cannot be used: file is not a database"):
        migrate(f"sqlite:///{file}")


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnavailable, match="cannot be used: Not a directory"):
        migrate(f"sqlite:///{tmp_path / 'file' / 'below' / 'bellhop.db'}")


def test_call_backs_that_waited_before_there_were_cases_become_cases(database_url) -> None:
    engine = make_engine(database_url)
    config = _config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        connection.commit()
        recorder = Recorder(connection)
        for contact in ("jo@mail.example", None):
            recorder.asked_for_call_back(recorder.conversation(survey=None), contact)
        connection.commit()
    migrate(database_url)
    with engine.connect() as connection:
        (case,) = read_cases(connection)
        assert verify(connection).balanced
    assert (case.kind, case.contact, case.items) == ("call_back", "jo@mail.example", ())
    assert case.due_at == case.opened_at
    engine.dispose()
