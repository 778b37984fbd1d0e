"""What a rule of the ledger is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class Rule:
    """One sentence that must be true, and the query that finds where it is not."""

    says: str
    words: str  # of one breach, with the query's columns in {braces}
    broken: sa.Select[Any]
