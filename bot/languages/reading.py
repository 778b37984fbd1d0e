"""Reads one YAML file of words, so that what is wrong with it is said with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError


class LanguageError(Exception):
    """A file of a language cannot serve; the text names it, the line where there is one, and the reason."""


def read_words(path: Path) -> dict[str, Any]:
    """The mapping that a file holds; empty where there is no file.

    Raises:
        LanguageError: it cannot be read, is no YAML, or holds something else than a mapping.
    """
    try:
        loaded = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise LanguageError(f"{path}: cannot be read ({error})") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise LanguageError(f"{path}:{line}: {error.problem or error.context}") from error
    except YAMLError as error:
        raise LanguageError(f"{path}: {error}") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise LanguageError(f"{path}:1: must be a mapping of names to words")
    return loaded
