"""Checks what `config.yml` says of a component of ours, so that every wrong setting is told by its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa.shared.exceptions import InvalidConfigException

LANGUAGE_CODES = 2, 3  # how many letters


@dataclass(frozen=True)
class Number:
    """A setting that is a number from `least` to `most`."""

    least: float
    most: float
    whole: bool = False

    def wrong(self, value: Any) -> str | None:
        fits = isinstance(value, int if self.whole else (int, float)) and not isinstance(value, bool)
        if fits and self.least <= value <= self.most:
            return None
        return f"must be {'a whole number' if self.whole else 'a number'} from {self.least:g} to {self.most:g}"


@dataclass(frozen=True)
class Choice:
    """A setting that is one of a few words."""

    of: tuple[str, ...]

    def wrong(self, value: Any) -> str | None:
        return None if value in self.of else f"must be one of {', '.join(self.of)}"


@dataclass(frozen=True)
class Text:
    """A setting that is some text."""

    def wrong(self, value: Any) -> str | None:
        return None if isinstance(value, str) and value.strip() else "must be a text"


@dataclass(frozen=True)
class Flag:
    """A setting that is on or off."""

    def wrong(self, value: Any) -> str | None:
        return None if isinstance(value, bool) else "must be true or false"


@dataclass(frozen=True)
class Choices:
    """A setting that is a list of some of a few words."""

    of: tuple[str, ...]

    def wrong(self, value: Any) -> str | None:
        if isinstance(value, (list, tuple)) and value and all(word in self.of for word in value):
            return None
        return f"must be a list of some of {', '.join(self.of)}"


@dataclass(frozen=True)
class Texts:
    """A setting that is a list of texts, each once."""

    at_least: int = 0

    def wrong(self, value: Any) -> str | None:
        if not isinstance(value, (list, tuple)) or not all(isinstance(text, str) and text for text in value):
            return "must be a list of texts"
        if len(value) < self.at_least or len(set(value)) < len(value):
            return f"must be a list of at least {self.at_least}, each once" if self.at_least else "names one twice"
        return None


@dataclass(frozen=True)
class Languages:
    """A setting that is a list of languages by their ISO 639 code, the first that of who says nothing else."""

    def wrong(self, value: Any) -> str | None:
        problem = Texts(at_least=1).wrong(value)
        if problem or all(code.isalpha() and code.islower() and len(code) in LANGUAGE_CODES for code in value):
            return problem
        return "must be a list of languages by their code: en, de, es, …"


Setting = Number | Choice | Choices | Flag | Text | Texts | Languages
_OF_RASA = ("name", "model", "alias")


def check(component: str, settings: Mapping[str, Setting], config: Mapping[str, Any]) -> None:
    """Checks `config` against `settings`.

    Raises:
        InvalidConfigException: one is unknown, or its value cannot be; the message names component and setting.
    """
    for name, value in config.items():
        if name in _OF_RASA:
            continue
        if name not in settings:
            raise InvalidConfigException(f"{component} has no setting {name}; it has {', '.join(settings)}")
        problem = settings[name].wrong(value)
        if problem:
            raise InvalidConfigException(f"{component}: {name} {problem}")
