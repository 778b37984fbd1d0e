"""What is told to a customer beside the next question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell the customer before the next question. `topic` names the words, `about` what goes into them."""

    topic: str
    about: Mapping[str, object] = field(default_factory=dict)
