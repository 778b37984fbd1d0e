"""Conversations at the desk as one feature: what is read, written and done in them, put together here."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute

from bot.desk import attachments, canned, exporting, handling
from bot.desk.composer import Composer
from bot.desk.conversation import conversation_of
from bot.desk.tools import DeskTools


def routes(tools: DeskTools) -> Sequence[BaseRoute]:
    """All routes of conversations."""
    conversation = conversation_of(tools)
    return [
        *attachments.routes(tools),
        *canned.routes(tools),
        *Composer(tools, conversation).routes(),
        *handling.routes(tools),
        *exporting.routes(tools),
        *conversation.routes(),
    ]
