"""A conversation in which something is changed, led as the engine leads it: form, slots, questions, buttons."""

from __future__ import annotations

import itertools
import json
from typing import Any

from actions.request_turn import FORM
from actions.requests import ActionAskAnswer, ActionRequestOver, ValidateRequestForm
from bot.customers.verification import Access, Level
from bot.self_service.request import Request, Task, requests_in
from tests.support.asked_shop import AskedShop

VERIFIED = Access(Level.VERIFIED, "jo")
SURE = 0.95


class Talk:
    """What one customer says, message by message.

    Args:
        stage: the tracker that goes on from message to message, of a verified customer at first.
        shop: where it is changed.
    """

    def __init__(self, stage: Any, shop: AskedShop) -> None:
        self.stage = stage
        self.shop = shop
        self.buttons: list[dict[str, Any]] = []
        self._count = itertools.count(1)

    @property
    def requests(self) -> tuple[Request, ...]:
        return requests_in(self.stage.slots.get("requests"))

    @property
    def open(self) -> bool:
        return bool(self.stage.form == FORM)

    async def says(
        self,
        text: str,
        intent: str = "inform",
        confidence: float = 0.0,
        entities: list[dict[str, Any]] | None = None,
        *,
        starting: bool = False,
        same_turn: bool = False,
    ) -> list[str]:
        """What the bot says to it, by the names of its responses without "utter_request_"."""
        stage = self.stage
        stage.message_id = stage.message_id if same_turn else f"m{next(self._count)}"
        stage.after.clear()
        if starting:
            stage.starts(FORM)
        told = await stage.run(ValidateRequestForm, text, intent, entities, confidence)
        names, buttons = list(told.responses), told.buttons
        stage.slots |= told.slots
        if told.responses:
            stage.after.append({"event": "bot", "text": "…"})
        if told.slots.get("requested_slot") == "answer":
            asked = await stage.run(ActionAskAnswer, text, intent, entities, confidence)
        elif "requested_slot" in told.slots:
            stage.form = None
            asked = await stage.run(ActionRequestOver, text, intent)
        else:
            return names
        stage.slots |= asked.slots
        self.buttons = [*buttons, *asked.buttons]
        return [name.removeprefix("utter_request_") for name in (*names, *asked.responses)]

    async def wants(self, task: Task | str, text: str) -> list[str]:
        """A wish that begins the form, or comes while it asks."""
        return await self.says(text, str(task), SURE, starting=not self.open)

    async def presses(self, title: str, *, among: list[dict[str, Any]] | None = None) -> list[str]:
        """A button of the last question, or of an earlier one."""
        button = next(one for one in among or self.buttons if title in one["title"])
        chosen = json.loads(button["payload"].removeprefix("/choose"))["chosen"]
        return await self.says(button["title"], "choose", 1.0, [{"entity": "chosen", "value": chosen}])
