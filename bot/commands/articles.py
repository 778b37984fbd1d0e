"""What articles do for customers, and how well they are found: measured, and written for people and programs."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from bot.commands.reports import printable
from bot.insights.articles import ArticleReport
from bot.knowledge.answers import Articles
from bot.knowledge.encoding import Encoder, EncoderUnavailable, NoEncoder, Vector, VectorCache
from bot.knowledge.evaluation import Figures, Outcome, ask_all, figures, read_questions, wrong
from bot.knowledge.library import Library

WRONG_SHOWN = 25


class EncoderProgram:
    """The engine's encoders as a child process, so that measuring needs no server.

    Args:
        command: runs `bot.engine.encode`.
    """

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - our own program
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    async def encode(self, texts: Sequence[str], encoder: str, *, within: float) -> list[Vector]:
        """See `Encoder.encode`; takes as long as it takes."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        try:
            self._child.stdin.write(json.dumps({"texts": list(texts), "encoder": encoder}) + "\n")
            self._child.stdin.flush()
            rows = json.loads(self._child.stdout.readline())["vectors"]
        except (OSError, ValueError) as error:
            raise EncoderUnavailable("the engine's encoders ended (above: why)") from error
        return [np.array(row, dtype=np.float32) for row in rows]

    def close(self) -> None:
        """End the child."""
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait(timeout=10)


def articles_text(report: ArticleReport, zone: ZoneInfo) -> str:
    """The report of `bellhop articles` for people."""
    lines = ["No article has been shown yet."]
    if report.articles:
        width = max(len("article"), *(len(use.slug) for use in report.articles))
        lines = [f"{'article':<{width}}  shown  helpful  not helpful"]
        lines += [
            f"{use.slug:<{width}}  {use.shown:>5}  {use.helpful:>7}  {use.not_helpful:>11}" for use in report.articles
        ]
    lines += [
        "",
        "Questions that no article answered, the newest first:" if report.gaps else "No unanswered questions.",
    ]
    lines += [
        f"  {gap.asked_at.astimezone(zone):%Y-%m-%d %H:%M}  {gap.language:<3}  {printable(gap.text)[:200]}"
        for gap in report.gaps
    ]
    return "\n".join(lines)


def articles_json(report: ArticleReport) -> str:
    """The same for programs."""
    body = {
        "articles": [asdict(use) for use in report.articles],
        "unanswered": [asdict(gap) | {"asked_at": gap.asked_at.isoformat()} for gap in report.gaps],
    }
    return json.dumps(body, ensure_ascii=False, indent=2)


async def measure(library: Library, encoder: Encoder, questions: Path) -> dict[str, list[Outcome]]:
    """Ask all questions, with and without their topic, and once more by words alone; by the name of the round.

    Raises:
        QuestionsError, EncoderUnavailable: it could not be measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        both = Articles(library, encoder, VectorCache(Path(folder)), "")
        if not await both.make_vectors():
            raise EncoderUnavailable("the engine's encoders gave no vectors (above: why)")
        asked = read_questions(questions, both)
        words = Articles(library, NoEncoder(), VectorCache(Path(folder) / "none"), "")
        await words.look()
        return {
            "topic known": await ask_all(both, asked, with_topics=True),
            "topic unknown": await ask_all(both, asked, with_topics=False),
            "words alone": await ask_all(words, asked, with_topics=True),
        }


def measured_text(rounds: dict[str, list[Outcome]]) -> str:
    """The report of `bellhop evaluate articles` for people."""
    summed = {name: figures(outcomes) for name, outcomes in rounds.items()}
    some = next(iter(summed.values()))
    lines = [
        f"{some.questions} questions that an article answers, {some.unanswerable} that none does",
        "",
        f"{'':<14}  recall@1  recall@3  answered rightly  wrongly  not at all  false answers",
        *(_row(name, one) for name, one in summed.items()),
    ]
    amiss = wrong(rounds["topic known"])
    lines += ["", f"What went wrong with the topic known ({len(amiss)}), the surest first:"] if amiss else []
    for outcome in amiss[:WRONG_SHOWN]:
        said = outcome.slugs[0] if outcome.answered and outcome.slugs else "nothing"
        wanted = " or ".join(outcome.question.articles) or "nothing"
        lines.append(f"  {outcome.score:.2f}  {outcome.question.text[:70]!r}: {said}, not {wanted}")
    return "\n".join(lines)


def measured_json(rounds: dict[str, list[Outcome]]) -> str:
    """The same for programs."""
    return json.dumps({name.replace(" ", "_"): asdict(figures(one)) for name, one in rounds.items()}, indent=2)


def _row(name: str, one: Figures) -> str:
    return (
        f"{name:<14}  {one.recall_at_1:>8.1%}  {one.recall_at_3:>8.1%}  {one.answered_rightly:>16.1%}  "
        f"{one.answered_wrongly:>7.1%}  {one.not_answered:>10.1%}  {one.false_answers:>13.1%}"
    )
