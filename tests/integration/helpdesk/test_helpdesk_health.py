"""How another helpdesk is, as `GET /health` tells whoever watches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from bot.health import Health
from bot.storage.database import Database


class WellEngine:
    """An engine that answers."""

    async def healthy(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("state", "whole"), [(None, "ok"), ("up", "ok"), ("down", "degraded"), ("refused", "degraded")]
)
async def test_a_helpdesk_that_does_not_take_what_it_is_told_is_not_well(
    database: Database, tmp_path: Path, state: str | None, whole: str
) -> None:
    parts: Any = (database, WellEngine(), None, None, lambda: 0, tmp_path / "run.json")
    health = Health(*parts, helpdesk=lambda: state)
    health._engine_up = True
    answer = json.loads((await health.health(Request({"type": "http"}))).body)
    assert (answer["status"], answer.get("helpdesk")) == (whole, state)
