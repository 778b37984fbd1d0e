"""Understands texts with a model, one after another: JSON lines in, JSON lines out; no dialogue, no server.

    python -m bot.engine.understand --model models/bellhop-….tar.gz

Each line in is `{"text": …, "language"?: "de"}`, where `language` is what the conversation was decided to be in. Each
line out, in the same order and written at once, is

    {"intent", "confidence", "ranking": [{"name", "confidence"}, … five], "language", "entities", "milliseconds"}

Exit codes: 0 all lines read, 1 the model cannot be loaded or a line cannot be read; one line says why.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from bot.engine.errors import StartError

if TYPE_CHECKING:
    from bot.engine.model import Model

RANKING_LENGTH = 5


@dataclass(frozen=True)
class _Text:
    """What the first node of Rasa's pipeline reads of a message."""

    text: str
    metadata: Mapping[str, Any]
    message_id: str | None = None


def main(arguments: Sequence[str] | None = None, lines: TextIO = sys.stdin, out: TextIO = sys.stdout) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.engine.understand", description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="what `bellhop train` has written")
    options = parser.parse_args(arguments)
    try:
        understand_lines(_loaded(options.model), lines, out)
    except StartError as error:
        print(f"understand: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


def understand_lines(model: "Model", lines: TextIO, out: TextIO) -> None:
    """Answers every line of `lines` with one of `out`.

    Raises:
        StartError: a line is not what the module says.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            text, language = _parse(line, number)
            print(
                json.dumps(understand(model, text, language), default=float, ensure_ascii=False), file=out, flush=True
            )


def understand(model: "Model", text: str, language: str | None = None) -> dict[str, Any]:
    """What the model makes of `text`, and the time that took.

    Args:
        language: what the conversation was decided to be in; None if nothing was.
    """
    metadata = {"language": language} if language else {}
    started = time.perf_counter()
    parsed = model.understand_text(_Text(text, metadata), None)
    seconds = time.perf_counter() - started
    intent = parsed.get("intent") or {}
    return {
        "intent": intent.get("name"),
        "confidence": float(intent.get("confidence") or 0.0),
        "ranking": [
            {"name": guess["name"], "confidence": float(guess["confidence"])}
            for guess in (parsed.get("intent_ranking") or [])[:RANKING_LENGTH]
        ],
        "language": parsed.get("language"),
        "entities": parsed.get("entities") or [],
        "milliseconds": round(seconds * 1000, 3),
    }


def _parse(line: str, number: int) -> tuple[str, str | None]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        document = None
    text = document.get("text") if isinstance(document, dict) else None
    if not isinstance(text, str):
        raise StartError(f'line {number} of the input is not of the form {{"text": "…"}}')
    language = document.get("language")
    if language is not None and not isinstance(language, str):
        raise StartError(f"line {number} of the input: language must be a text")
    return text, language


def _loaded(path: Path) -> "Model":
    if not path.is_file():
        raise StartError(f"there is no model at {path}: train one with `bellhop train`")
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from bot.engine import quick_start

    quick_start.leave_out(quick_start.NOT_FOR_SERVING)
    from bot.engine.logs import set_up_logging
    from bot.engine.model import load_model

    set_up_logging()
    return load_model(path)


if __name__ == "__main__":
    sys.exit(main())
