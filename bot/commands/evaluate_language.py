"""Has a trained model read real lines and gathers what it understood; the engine's own Python does the reading."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.commands.language_figures import Line, Understood

Say = Callable[[str], None]
PROGRESS_EVERY = 500  # lines


class NoUnderstanding(Exception):
    """The engine did not read the lines to the end; the text says why."""


def understand(command: Sequence[str], lines: Sequence[Line], folder: Path, say: Say) -> list[Understood]:
    """What the model makes of every line, in order.

    Args:
        command: runs the reader: JSON lines `{"text"}` in, `{"intent", "confidence"}` out.
        folder: where it runs.
        say: told how far it is.

    Raises:
        NoUnderstanding: it ended early, or answered what it should not.
    """
    found: list[Understood] = []
    # From a file, since a pipe that is both written and read can fill up on either side.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as asked:
        asked.writelines(f"{json.dumps({'text': line.text})}\n" for line in lines)
        asked.seek(0)
        with subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=folder, stdin=asked, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        ) as process:
            assert process.stdout is not None
            for answer in process.stdout:
                if len(found) == len(lines):
                    raise NoUnderstanding("the engine answered more lines than it was given")
                found.append(_understood(lines[len(found)], answer))
                if len(found) % PROGRESS_EVERY == 0:
                    say(f"  {len(found)} of {len(lines)} lines")
    if process.returncode or len(found) != len(lines):
        reason = "its own words are above" if process.returncode else "without saying why"
        raise NoUnderstanding(f"the engine read {len(found)} of {len(lines)} lines and stopped; {reason}")
    return found


def _understood(line: Line, answer: str) -> Understood:
    try:
        read = json.loads(answer)
        return Understood(line, read["intent"], float(read["confidence"]))
    except (ValueError, KeyError, TypeError):
        raise NoUnderstanding("the engine answered a line with something else than its understanding") from None
