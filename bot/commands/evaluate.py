"""Plays Rasa's test stories and tells how many went as written; the words of Rasa itself go to a log."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOG = "rasa.log"
FAILED = "failed_test_stories.yml"


class NoResult(Exception):
    """`rasa test` came to no result; the text says where to read why."""


@dataclass(frozen=True)
class Outcome:
    """How test dialogues went. A prediction is one step of the assistant."""

    dialogues: int
    right: int
    predictions: int

    @property
    def passed(self) -> bool:
        return self.dialogues > 0 and self.right == self.dialogues


def play(rasa: Sequence[str], stories: Path, model: Path, reports: Path, folder: Path) -> Outcome:
    """Play the stories against a model, leaving Rasa's reports and its log in `reports`.

    Args:
        rasa: the command that runs Rasa, without arguments.
        folder: the Rasa project.

    Raises:
        NoResult: Rasa ended without a report.
    """
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    command = [*rasa, "test", "core", "--stories", str(stories), "--model", str(model), "--out", str(reports)]
    with (reports / LOG).open("wb") as log:
        # Without --fail-on-prediction-errors, which stops at the first error and writes no report.
        code = subprocess.call([*command, "--no-plot"], cwd=folder, stdout=log, stderr=log)  # noqa: S603  # our own command
    try:
        report = json.loads((reports / "story_report.json").read_text(encoding="utf-8"))
        counted = report["conversation_accuracy"]
        predictions = int(report["weighted avg"]["support"])
        outcome = Outcome(dialogues=int(counted["total"]), right=int(counted["correct"]), predictions=predictions)
    except (OSError, ValueError, KeyError) as error:
        raise NoResult(f"rasa test came to no result (exit code {code}); see {reports / LOG}") from error
    return outcome


def wrong_dialogues(reports: Path) -> str:
    """What Rasa wrote about the dialogues that went otherwise than written."""
    file = reports / FAILED
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""
