"""Two views for those who read the database with their own tools: a row a conversation, and a row a message.

docs/data-out.md says what each column means. The exports are made from the same two statements.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from bot.storage.desk_tables import conversation_tags
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.tables import agents, conversations, deliveries, follow_ups, messages, surveys, turns

CONVERSATIONS, MESSAGES = "conversation_export", "message_export"


class _SecondsBetween(sa.sql.functions.GenericFunction[float]):
    """From the first moment to the second, in seconds with three places."""

    type = sa.Float()
    inherit_cache = True
    name = "seconds_between"


@compiles(_SecondsBetween, "sqlite")
def _in_sqlite(element: _SecondsBetween, compiler: SQLCompiler, **more: Any) -> str:
    first, second = (compiler.process(clause, **more) for clause in element.clauses)
    return f"round((julianday({second}) - julianday({first})) * 86400.0, 3)"


@compiles(_SecondsBetween, "postgresql")
def _in_postgresql(element: _SecondsBetween, compiler: SQLCompiler, **more: Any) -> str:
    first, second = (compiler.process(clause, **more) for clause in element.clauses)
    return f"CAST(round(CAST(extract(epoch FROM {second} - {first}) AS numeric), 3) AS double precision)"


def conversation_rows() -> sa.Select[Any]:
    """One row a conversation: what is counted of it, its survey, its tags. Conditions on the facts can be added."""
    tags = sa.select(conversation_tags.c.tag).where(conversation_tags.c.conversation_id == facts.c.conversation_id)
    sorted_tags = tags.order_by(conversation_tags.c.tag).correlate(facts).subquery("sorted_tags")
    f, s = facts.c, surveys.c
    joined = (
        facts.join(conversations, conversations.c.id == f.conversation_id)
        .outerjoin(surveys, s.conversation_id == f.conversation_id)
        .outerjoin(follow_ups, follow_ups.c.survey_id == s.id)
        .outerjoin(agents, agents.c.id == f.agent_id)
    )
    return sa.select(
        f.conversation_id,
        f.customer_id,
        f.state,
        f.end_reason,
        f.outcome,
        f.at.label("counted_at"),  # "at" alone is a word of SQL to some
        f.started_at,
        f.ended_at,
        f.day,
        f.weekday,
        f.hour,
        f.channel,
        f.language,
        f.topic,
        f.steps,
        f.owner,
        f.agent_id,
        agents.c.name.label("agent"),
        f.handed_off,
        f.handoff_reason,
        f.verified,
        f.customer_messages,
        f.bot_messages,
        f.agent_messages,
        f.turns,
        f.fallbacks,
        f.failures,
        f.unanswered,
        f.lowest_confidence,
        f.release,
        f.first_answer_seconds,
        f.person_seconds,
        f.resolution_seconds,
        f.helpful,
        f.not_helpful,
        f.reopened_by,
        f.survey_state,
        f.asked,
        f.about,
        f.score,
        s.comment,
        s.asked_at,
        s.reminded_at,
        s.answered_at,
        f.nps,
        f.ces,
        follow_ups.c.state.label("follow_up_state"),
        follow_ups.c.outcome.label("follow_up_outcome"),
        sa.select(sa.func.aggregate_strings(sorted_tags.c.tag, ", ")).correlate(facts).scalar_subquery().label("tags"),
        conversations.c.emptied_at,
        f.computed_at,
    ).select_from(joined)


def message_rows() -> sa.Select[Any]:
    """One row a message, with what was understood of it and how it was delivered."""
    m, answered = messages.c, messages.alias("answered")
    delivered = (
        sa.select(deliveries.c.state)
        .where(deliveries.c.message_id == m.id)
        .order_by(deliveries.c.copy, deliveries.c.channel)  # where the customer was, rather than where a copy went
        .limit(sa.literal_column("1"))
        .scalar_subquery()
    )
    understood = turns.c.understanding
    joined = messages.outerjoin(turns, turns.c.message_id == m.id).outerjoin(answered, answered.c.id == m.in_reply_to)
    return sa.select(
        m.id.label("message_id"),
        m.conversation_id,
        m.seq,
        m.created_at.label("written_at"),
        m.channel,
        m.author_kind.label("author"),
        m.author_name,
        m.agent_id,
        m.kind,
        sa.func.coalesce(m.edited_text, m.text).label("text"),
        m.edited_at,
        m.response,
        understood[("intent", "name")].as_string().label("intent"),
        understood[("intent", "confidence")].as_float().label("confidence"),
        delivered.label("delivery_state"),
        sa.case(
            (m.author_kind == sa.literal_column("'customer'"), sa.func.seconds_between(m.created_at, m.handled_at)),
            else_=sa.func.seconds_between(answered.c.created_at, m.created_at),
        ).label("latency_seconds"),
        turns.c.engine_ms,
        turns.c.actions_ms,
        turns.c.model.label("release"),
    ).select_from(joined)


def create_views(connection: Connection) -> None:
    """Make both views, anew where they are there.

    A migration that changes a table they read drops them first (SQLite could not rename it otherwise) and makes them
    again; the call in the migration before it is then taken out, since the tables were not like that yet.
    """
    drop_views(connection)
    for name, rows in ((CONVERSATIONS, conversation_rows()), (MESSAGES, message_rows())):
        statement = rows.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        # By the driver: a colon or a percent sign in it stands for nothing.
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {statement}")


def drop_views(connection: Connection) -> None:
    """Remove both views."""
    for name in (CONVERSATIONS, MESSAGES):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
