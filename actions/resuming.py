"""Back to what was being changed, once something else has been answered; no action."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction

from bot.self_service.request import requests_in


def resumed(tracker: Tracker) -> list[dict[str, Any]]:
    """The event that goes on with what was begun; none where nothing is open."""
    return [FollowupAction("request_form")] if requests_in(tracker.get_slot("requests")) else []
