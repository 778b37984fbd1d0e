"""Alembic's environment: always on a connection that the caller opened."""

from __future__ import annotations

from alembic import context

from bot.storage import article_tables, case_tables, channel_tables, desk_tables, insight_tables, shop_tables, tables
from bot.storage.search_index import is_of_models

# Every module of tables has to be known before they are compared.
assert shop_tables.shop_orders.metadata is tables.metadata is article_tables.article_showings.metadata
assert case_tables.cases.metadata is tables.metadata is channel_tables.links.metadata
assert desk_tables.handoffs.metadata is tables.metadata is insight_tables.reviews.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,
    compare_type=True,
    include_object=is_of_models,
)
with context.begin_transaction():
    context.run_migrations()
