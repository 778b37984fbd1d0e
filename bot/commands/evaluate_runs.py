"""Keeps how test dialogues went, where there is a database to keep it in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from bot.commands.evaluate import Outcome
from bot.insights.learning.runs import keep_run, latest_runs
from bot.insights.reading import CannotRead, read_consistently
from bot.storage.database import Database, StorageError


def release_of(model: Path) -> str:
    """The name by which conversations know a model: `bellhop-0d12e41cafee.tar.gz` is 0d12e41cafee."""
    return model.name.removesuffix(".tar.gz").removeprefix("bellhop-")


def store(url: str, model: Path, outcome: Outcome, *, id: str, now: datetime) -> str | None:
    """Keep a run of all dialogues.

    Returns:
        Why it was not kept, or None. A missing database is no reason to fail: the run itself went well.
    """
    if not outcome.results:
        return "rasa told no results of single dialogues"
    try:
        read_consistently(url, latest_runs)  # or else a file would be made that is no database of ours
        database = Database(url)
        try:
            results = [result.as_json() for result in outcome.results]
            database.write_now(
                lambda connection: keep_run(connection, id=id, release=release_of(model), results=results, now=now)
            )
        finally:
            database.close()
    except (CannotRead, StorageError) as error:
        return str(error)
    return None
