"""What a conversation can have, in one word each: so that every figure has a filter that opens just its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.insight_tables import qa_reviews


@dataclass(frozen=True, slots=True)
class Having:
    """One of them: how it is told above a list, and which rows it means."""

    words: str
    condition: sa.ColumnElement[bool]


_c = facts.c
# An exempt survey counts nowhere, even where its question was out already: as `csat.summarize` has it.
ASKED: sa.ColumnElement[bool] = sa.and_(_c.asked.is_(True), _c.survey_state != "exempt")
RATED: sa.ColumnElement[bool] = _c.score.is_not(None)
_judgements = qa_reviews.alias("judgements")
JUDGED: sa.ColumnElement[bool] = sa.exists().where(_judgements.c.conversation_id == _c.conversation_id)

HAVING: Mapping[str, Having] = {
    "asked": Having("asked for a rating", ASKED),
    "rated": Having("a rating", RATED),
    "unrated": Having("no rating", _c.score.is_(None)),
    "about_bot": Having("the assistant is what was rated", _c.about == "bot"),
    "about_agent": Having("one of our people is who was rated", _c.about == "agent"),
    "first_answer": Having("a first answer", _c.first_answer_seconds.is_not(None)),
    "person": Having("a person answered who was asked for", _c.person_seconds.is_not(None)),
    "resolution": Having("a time to its end", _c.resolution_seconds.is_not(None)),
    "nps": Having("an answer to “would you recommend us”", _c.nps.is_not(None)),
    "ces": Having("an answer to “how easy was it”", _c.ces.is_not(None)),
    "helpful": Having("an article that helped", _c.helpful > 0),
    "not_helpful": Having("an article that did not help", _c.not_helpful > 0),
    "judged": Having("a judgement of its quality", JUDGED),
    "unanswered": Having("a question that no article answered", _c.unanswered > 0),
}
