"""One gentle reminder of a rating that was asked for and not given, where the operator wants that.

Only on channels that we send to, and without a sound there: on the website the open question is seen by whoever comes
back. Nobody is reminded who has answered, whose survey is over, who has blocked us, or who has begun something new
since: they are asked about that when it is over.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot.conversations.models import Change, Draft
from bot.conversations.rating_words import SCORES
from bot.conversations.transcript import PUSHED, append, choice
from bot.conversations.unit import Unit
from bot.storage.tables import conversations, identities, surveys

REMINDER = "utter_app_rating_reminder"
_later = conversations.alias("later")


def remind(unit: Unit, *, most: int = 100) -> list[Change]:
    """Remind those whose time has come, at most `most` of them; of each survey once, whoever sweeps beside us."""
    after = unit.rules.survey_reminder
    if after is None:
        return []
    begun_since = sa.exists().where(
        _later.c.customer_id == conversations.c.customer_id,
        _later.c.id != conversations.c.id,
        sa.or_(_later.c.state == "open", _later.c.created_at > conversations.c.created_at),
    )
    due = unit.connection.execute(
        sa.select(surveys.c.id, surveys.c.conversation_id, conversations.c.customer_id, conversations.c.locale)
        .select_from(
            surveys.join(conversations, conversations.c.id == surveys.c.conversation_id).join(
                identities, identities.c.id == conversations.c.identity_id
            )
        )
        .where(
            surveys.c.state == "asked",
            surveys.c.closes_at > unit.now,
            surveys.c.asked_at <= unit.now - after,
            surveys.c.reminded_at.is_(None),
            conversations.c.channel.in_(PUSHED),
            conversations.c.emptied_at.is_(None),
            identities.c.customer_id == conversations.c.customer_id,
            identities.c.blocked_at.is_(None),
            ~begun_since,
        )
        .order_by(surveys.c.asked_at)
        .limit(most)
        # An answer that is being received waits for us, and we do not wait for it: it may make this needless.
        .with_for_update(skip_locked=True, of=conversations)
    ).all()
    changes = []
    for row in due:
        own = sa.update(surveys).where(
            surveys.c.id == row.id, surveys.c.state == "asked", surveys.c.reminded_at.is_(None)
        )
        if unit.connection.execute(own.values(reminded_at=unit.now)).rowcount == 1:
            reminder = append(unit, row.conversation_id, [_draft(unit, row.locale)])
            changes.append(Change(row.conversation_id, row.customer_id, messages=reminder))
    return changes


def _draft(unit: Unit, locale: str) -> Draft:
    phrase = unit.phrases.say(REMINDER, locale=locale)
    scores = (choice(unit.new_id(), str(score), f"app:rate:{score}", str(score)) for score in SCORES)
    return Draft(
        phrase.text,
        author_kind="system",
        kind="rating",
        response=phrase.response,
        expects="rating",
        choices=tuple(scores),
    )
