"""Plays Rasa's test stories and tells how many went as written; the words of Rasa itself go to a log."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOG = "rasa.log"
FAILED, PASSED = "failed_test_stories.yml", "successful_test_stories.yml"
FROM_CONVERSATIONS = "from_conversations"  # a folder of stories whose words are read by the model as well
_STORY = re.compile(r"^- story: (?P<name>.*) \((?P<file>[^()]*)\)\s*$")
_WRONG = re.compile(r"^\s+- (?P<step>\S+: .*?)\s+# predicted: (?P<instead>.*)$")
_LONGEST_WHY = 300


class NoResult(Exception):
    """`rasa test` came to no result; the text says where to read why."""


@dataclass(frozen=True)
class Result:
    """How one dialogue went. `why` is of one that failed: the first step that went otherwise."""

    name: str
    file: str
    passed: bool
    why: str = ""

    def as_json(self) -> dict[str, object]:
        """As it is stored."""
        return {"name": self.name, "file": self.file, "passed": self.passed, **({"why": self.why} if self.why else {})}


@dataclass(frozen=True)
class Outcome:
    """How test dialogues went. A prediction is one step of the assistant.

    Attributes:
        results: of each dialogue, where Rasa told them.
    """

    dialogues: int
    right: int
    predictions: int
    results: tuple[Result, ...] = ()

    @property
    def passed(self) -> bool:
        return self.dialogues > 0 and self.right == self.dialogues


def play(
    rasa: Sequence[str], stories: Path, model: Path, reports: Path, folder: Path, *, words: bool = False
) -> Outcome:
    """Play the stories against a model, leaving Rasa's reports and its log in `reports`.

    Args:
        rasa: the command that runs Rasa, without arguments.
        folder: the Rasa project.
        words: the model also reads what is said in them; otherwise the understanding that is written down counts.

    Raises:
        NoResult: Rasa ended without a report.
    """
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    command = [*rasa, "test", "core", "--stories", str(stories), "--model", str(model), "--out", str(reports)]
    options = ["--no-plot", "--successes", *(["--e2e"] if words else [])]
    with (reports / LOG).open("wb") as log:
        # Without --fail-on-prediction-errors, which stops at the first error and writes no report.
        code = subprocess.call([*command, *options], cwd=folder, stdout=log, stderr=log)  # noqa: S603  # our own command
    try:
        report = json.loads((reports / "story_report.json").read_text(encoding="utf-8"))
        counted = report["conversation_accuracy"]
        predictions = int(report["weighted avg"]["support"])
        total, right = int(counted["total"]), int(counted["correct"])
    except (OSError, ValueError, KeyError) as error:
        raise NoResult(f"rasa test came to no result (exit code {code}); see {reports / LOG}") from error
    return Outcome(total, right, predictions, results_in(reports, folder))


def play_all(rasa: Sequence[str], stories: Path, model: Path, reports: Path, folder: Path) -> Outcome:
    """Play stories, and those made of conversations with their words.

    Args: as `play`.

    Raises:
        NoResult: Rasa ended without a report.
    """
    if FROM_CONVERSATIONS in stories.parts:
        return play(rasa, stories, model, reports, folder, words=True)
    written = play(rasa, stories, model, reports, folder)
    kept = stories / FROM_CONVERSATIONS
    if not any(kept.glob("test_*.y*ml")):
        return written
    heard = play(rasa, kept, model, reports / FROM_CONVERSATIONS, folder, words=True)
    # Rasa plays a folder with all that is below it, so that these were played without their words before.
    others = tuple(result for result in written.results if FROM_CONVERSATIONS not in Path(result.file).parts)
    results = (*others, *heard.results)
    right = sum(result.passed for result in results)
    return Outcome(len(results), right, written.predictions + heard.predictions, results)


def results_in(reports: Path, folder: Path) -> tuple[Result, ...]:
    """How each dialogue went, as Rasa's reports tell it, by file and name."""
    found = [*_stories(reports / PASSED, folder, passed=True), *_stories(reports / FAILED, folder, passed=False)]
    return tuple(sorted(found, key=lambda result: (result.file, result.name)))


def _stories(file: Path, folder: Path, *, passed: bool) -> list[Result]:
    if not file.exists():
        return []
    found: list[Result] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if match := _STORY.match(line):
            found.append(Result(match["name"].strip("'\""), _within(match["file"], folder), passed))
        elif found and not found[-1].why and (wrong := _WRONG.match(line)):
            why = f"{wrong['step']}, but it was {wrong['instead']}"
            found[-1] = Result(found[-1].name, found[-1].file, passed, why[:_LONGEST_WHY])
    return found


def _within(file: str, folder: Path) -> str:
    path = Path(file)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()


def wrong_dialogues(reports: Path) -> str:
    """What Rasa wrote about the dialogues that went otherwise than written."""
    texts: list[str] = []
    for file in (reports / FAILED, reports / FROM_CONVERSATIONS / FAILED):
        text = file.read_text(encoding="utf-8").strip() if file.exists() else ""
        if text and not (texts and text.startswith("# None")):
            texts.append(text)
    return "\n".join(texts)
