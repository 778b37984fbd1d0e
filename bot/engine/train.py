"""Trains a model from `config.yml`, `domain.yml` and `data/` into `models/bellhop-<fingerprint>.tar.gz`.

    python -m bot.engine.train [--project DIRECTORY] [--force]

The file appears whole or not at all. Exit codes: 0 trained or already there, 1 not trained, and one line says why.
"""

import argparse
import fcntl
import io
import logging
import os
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from bot.engine.errors import StartError
from bot.engine.fingerprint import NLU_FOLDER, TRAINED_FROM, TRAINED_FROM_FOLDERS, model_path
from bot.engine.training_data import check_training_data

ENGINE_ROOT = Path(__file__).resolve().parents[2]
SECONDS_BETWEEN_SIGNS_OF_LIFE = 5.0

# Said of every project of this kind: entities and lookups are for components other than those Rasa has in mind.
NOT_WORTH_A_WARNING = (
    "Slot auto-fill has been removed in 3.0",
    "You have defined training data consisting of entity examples",
    "You have defined training data consisting of lookup tables",
    "You have defined training data with entities",
    "You have defined training data with regexes",
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.engine.train", description="Train the assistant's model.")
    parser.add_argument("--project", type=Path, default=Path("."), help="where config.yml, domain.yml and data/ are")
    parser.add_argument("--force", action="store_true", help="train even if the model of what is there now exists")
    options = parser.parse_args(arguments)
    try:
        train(options.project, force=options.force)
    except StartError as error:
        print(f"train: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("train: stopped; no model was written", file=sys.stderr, flush=True)
        return 1
    return 0


def train(project: Path, *, force: bool) -> Path:
    """Trains unless the model is there, and returns its path.

    Raises:
        StartError: a file is missing or cannot be read, or Rasa refuses what is in it.
    """
    started = time.monotonic()
    files = _training_files(project)
    target = model_path(project, ENGINE_ROOT)
    if target.is_file() and not force:
        _say(f"The model is up to date: {target}")
        return target
    target.parent.mkdir(exist_ok=True)
    with _one_at_a_time(target.parent):
        if target.is_file() and not force:
            _say(f"Another training has made it meanwhile: {target}")
            return target
        _say(f"Checking {len(files)} files")
        sure_files(project)
        with tempfile.TemporaryDirectory(prefix=".training-", dir=target.parent) as directory, _signs_of_life():
            _say("Loading Rasa")
            made = _train_with_rasa(project, Path(directory))
            os.replace(made, target)
    _say(f"Trained {target} in {time.monotonic() - started:.1f} s")
    return target


def sure_files(project: Path) -> None:
    """Checks all files that a model is trained from, and warns of what is odd in them.

    Raises:
        StartError: one is missing or broken, or what they say contradicts itself; with file and line.
    """
    files = _training_files(project)
    for file in files:
        check_yaml(file)
    nlu = project / NLU_FOLDER
    for warning in check_training_data([file for file in files if nlu in file.parents], project / "domain.yml"):
        _warn(warning)


def check_yaml(file: Path) -> None:
    """Reads a YAML file for its syntax alone, whose errors Rasa reports without the line.

    Raises:
        StartError: with file, line and what is wrong.
    """
    import yaml  # the parser in C; Rasa's own takes seconds over large training data

    try:
        content = file.read_text(encoding="utf-8")
        for _ in yaml.parse(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            pass
    except UnicodeDecodeError as error:
        raise StartError(f"{file}: not UTF-8 at byte {error.start}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise StartError(f"{file}:{line}: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise StartError(f"{file}: {error}") from None


def _training_files(project: Path) -> list[Path]:
    files = [project / name for name in TRAINED_FROM]
    for file in files:
        if not file.is_file():
            raise StartError(
                f"{file} is missing: run this where config.yml, domain.yml and data/ are, or use --project"
            )
    for folder in TRAINED_FROM_FOLDERS:
        files += sorted(path for path in (project / folder).rglob("*.y*ml") if path.is_file())
    if len(files) == len(TRAINED_FROM):
        raise StartError(f"there is no training data under {project / 'data'} (nlu/, rules/, stories/)")
    return files


def prepare_to_train(project: Path) -> None:
    """What has to be so before Rasa, or numpy, is imported for the first time."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("RASA_CACHE_DIRECTORY", str(project / ".rasa" / "cache"))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # the components run on two threads of their own, which would fight with these
    _set_up_progress()
    from bot.engine import quick_start

    quick_start.leave_out(quick_start.NOT_FOR_TRAINING)
    from bot.engine.nlu.vector_cache import keep_in

    keep_in(project / ".rasa" / "vectors")


def _train_with_rasa(project: Path, directory: Path) -> Path:
    prepare_to_train(project)
    from rasa.model_training import train as rasa_train

    from bot.engine.quick_training import adjust_training

    adjust_training()

    _say("Training")
    try:
        with redirect_stdout(io.StringIO()):  # Rasa would report success in its own words, with the temporary path
            result = rasa_train(
                domain=str(project / "domain.yml"),
                config=str(project / "config.yml"),
                training_files=[
                    str(project / folder) for folder in TRAINED_FROM_FOLDERS if (project / folder).exists()
                ],
                output=str(directory),
                fixed_model_name="model",
                force_training=True,  # there is nothing that an earlier training has kept
            )
    except Exception as error:  # whatever a component raises; the person who trains wants the reason, not the stack
        raise StartError(reason_of(error)) from error
    if result.code != 0 or not result.model:
        raise StartError("Rasa trained nothing; the lines above say why")
    return Path(result.model)


def reason_of(error: BaseException) -> str:
    """What went wrong at the bottom of it, in one line: Rasa wraps what a component raised."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = " ".join(str(error).split())
    kind = type(error).__name__
    return text if type(error).__module__.startswith(("rasa", "tensorflow_stand_in")) and text else f"{kind}: {text}"


class _Progress(logging.Handler):
    """Turns Rasa's log into progress lines on standard output, and its warnings into lines on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.levelno >= logging.WARNING:
            _warn(message)
        elif message.startswith("Starting to train component"):
            _say(f"  {message.split(chr(39))[1]}")


def _set_up_progress() -> None:
    import structlog

    os.environ.setdefault("LOG_LEVEL", "ERROR")  # what Rasa's progress bars go by
    root = logging.getLogger()
    root.handlers = [_Progress()]
    root.setLevel(logging.WARNING)
    logging.getLogger("rasa.engine.training.hooks").setLevel(logging.INFO)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        processors=[lambda _logger, _method, event: str(event.get("event_info") or event.get("event"))],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    warnings.simplefilter("ignore")
    warnings.filterwarnings("default", category=UserWarning, module="rasa")
    warnings.showwarning = _show_warning


def _show_warning(message: Any, category: Any, *_: Any, **__: Any) -> None:
    if issubclass(category, UserWarning):
        _warn(str(message))


def _warn(message: str) -> None:
    if not message.startswith(NOT_WORTH_A_WARNING):
        print(f"train: warning: {' '.join(message.split())}", file=sys.stderr, flush=True)


@contextmanager
def _one_at_a_time(models: Path) -> Iterator[None]:
    """Waits until no other process trains into this directory: two at once would take twice as long, and Rasa's cache
    is made by one of them only. The operating system frees the lock of a process that was killed."""
    with (models / ".training.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another training is under way here; waiting for it")
            with _signs_of_life():
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _signs_of_life() -> Iterator[None]:
    """Says that it is still at work, for as long as that takes."""
    over = threading.Event()
    started = time.monotonic()

    def speak() -> None:
        while not over.wait(SECONDS_BETWEEN_SIGNS_OF_LIFE):
            _say(f"  … {time.monotonic() - started:.0f} s")

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _say(line: str) -> None:
    print(line, file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    sys.exit(main())
