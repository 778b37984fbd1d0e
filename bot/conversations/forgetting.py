"""What a customer hears who wants their data deleted: who they are has to be proven, then a person is asked to do it.

Nothing is deleted here. A yes opens a case, due as the law says, and somebody with the right erases at the desk.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Row

from bot.cases.cases import CaseKind, NewCase, read_cases
from bot.conversations.app_prompts import Handled, said
from bot.conversations.models import Draft
from bot.conversations.unit import Unit
from bot.customers.verification import Level, read_access

ASK, YES, NO = "ask", "yes", "no"
DUE = timedelta(days=30)  # a month, says Article 12 of the GDPR; the shortest has 28 days, but is told by its date
WORDS = "Wants all their data to be deleted (asked and confirmed in the chat)."


def answer_forget(unit: Unit, conversation: Row[Any], step: str) -> Handled:
    """Go on with a customer who has chosen to have their data deleted.

    Args:
        step: what they chose: ASK, YES or NO.
    """
    if step == NO:
        return Handled([said(unit, "utter_app_forget_kept", conversation.locale)])
    if read_access(unit.connection, conversation.id, unit.now).level is not Level.VERIFIED:
        return Handled([_said_as_far_as_open(unit, conversation, "utter_app_forget_prove")])
    if step == ASK and _open_request(unit, conversation.id) is None:
        return Handled([said(unit, "utter_app_forget_question", conversation.locale)])
    return Handled([_promised(unit, conversation)])


def _promised(unit: Unit, conversation: Row[Any]) -> Draft:
    """Ask our people for it, once, and say by when it is done."""
    case = _open_request(unit, conversation.id)
    if case is None:
        earlier = len(read_cases(unit.connection, conversation_id=conversation.id, done=True))
        new = NewCase(CaseKind.ERASURE, unit.now + DUE, WORDS)
        key = f"erasure:{conversation.id}:{earlier}"
        case = unit.cases.open(unit.connection, new, conversation_id=conversation.id, key=key, now=unit.now)
    formatting = unit.cases.promises.formatting.in_language(unit.phrases.language_for(conversation.locale))
    day = formatting.day_with_year(case.due_at)
    return said(unit, "utter_app_forget_promised", conversation.locale, day=day)


def _open_request(unit: Unit, conversation_id: str) -> Any:
    found = read_cases(unit.connection, conversation_id=conversation_id)
    return next((case for case in found if case.kind == CaseKind.ERASURE), None)


def _said_as_far_as_open(unit: Unit, conversation: Row[Any], name: str) -> Draft:
    """A button of the engine's would be refused at once in a conversation that has ended."""
    draft = said(unit, name, conversation.locale)
    return draft if conversation.state == "open" else replace(draft, choices=())
