"""Tells whether a model is of what is there now: a hash over all that training reads. Standard library only.

The app imports this too, on another Python, to find the model to start the engine with.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

TRAINED_FROM = ("config.yml", "domain.yml")
NLU_FOLDER = "data/nlu"
TRAINED_FROM_FOLDERS = (NLU_FOLDER, "data/rules", "data/stories")
# Components of our own are part of the model; the rest of the engine only runs it.
COMPONENT_FOLDERS = ("bot/engine/nlu",)
LOCK_FILE = "bot/engine/uv.lock"


def fingerprint(project: Path, engine_root: Path | None = None) -> str:
    """The SHA-256, in hex, of everything in `project` that a model is trained from.

    `engine_root` is where `bot/engine` is, if that is not the project itself.

    Raises:
        FileNotFoundError: `config.yml` or `domain.yml` is missing.
    """
    return _hash_of(_files(project, engine_root or project))


def model_path(project: Path, engine_root: Path | None = None) -> Path:
    """Where the model of what is there now is, or will be once trained."""
    return project / "models" / f"bellhop-{fingerprint(project, engine_root)[:12]}.tar.gz"


def _hash_of(files: Iterator[tuple[str, Path]]) -> str:
    whole = hashlib.sha256()
    for name, path in files:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{name}\0{content}\n".encode())
    return whole.hexdigest()


def _files(project: Path, engine_root: Path) -> Iterator[tuple[str, Path]]:
    for name in TRAINED_FROM:
        yield name, project / name
    for folder in TRAINED_FROM_FOLDERS:
        yield from _files_below(project, folder, (".yml", ".yaml"))
    yield from _component_files(engine_root)


def _component_files(engine_root: Path) -> Iterator[tuple[str, Path]]:
    for folder in COMPONENT_FOLDERS:
        yield from _files_below(engine_root, folder, (".py",))
    if (engine_root / LOCK_FILE).is_file():
        yield LOCK_FILE, engine_root / LOCK_FILE


def _files_below(root: Path, folder: str, suffixes: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    for path in sorted((root / folder).rglob("*")):
        if path.suffix in suffixes and path.is_file():
            yield path.relative_to(root).as_posix(), path


if __name__ == "__main__":
    print(model_path(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
