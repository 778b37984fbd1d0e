"""The engine's log: one JSON object a line on standard error, with the event's name and figures, never anybody's words.

Rasa puts messages, slots and entities into its warnings and debug output. So of a record that is not the engine's own
only its level and the place it came from are written.
"""

import json
import logging
import sys
import traceback
import warnings
from datetime import datetime, timezone
from typing import Any, TextIO

OWN = "bot.engine"


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        if record.name == OWN:
            line["event"] = record.getMessage()
            line.update(getattr(record, "fields", {}))
        else:
            line["event"] = "library_message"
            line["logger"] = record.name
            line["where"] = f"{record.module}:{record.lineno}"
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["frames"] = frames_of(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def frames_of(error: BaseException | None) -> list[str]:
    """Where an exception and its causes were raised, without their messages, which may quote anything."""
    frames = []
    while error is not None:
        places = [
            f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-6:]
        ]
        frames += [type(error).__name__, *places]
        error = error.__cause__
    return frames


def log(event: str, /, level: int = logging.INFO, *, error: BaseException | None = None, **fields: Any) -> None:
    """Writes one line; `fields` must hold no words of a customer."""
    exc_info = (type(error), error, error.__traceback__) if error else None
    logging.getLogger(OWN).log(level, event, extra={"fields": fields}, exc_info=exc_info)


def set_up_logging(stream: TextIO = sys.stderr) -> None:
    """Sends all logging of the process, structlog's and Python's warnings included, through the one formatter."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.ERROR)
    logging.getLogger(OWN).setLevel(logging.INFO)
    logging.captureWarnings(True)
    warnings.simplefilter("ignore")
    silence_structlog()


def silence_structlog() -> None:
    """structlog would print to standard output, by Rasa's choice with the customer's message among its fields."""
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        processors=[_only_the_event],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _only_the_event(_logger: Any, _method: str, event: Any) -> str:
    return str(event.get("event"))
