"""Words that masked readers do not find anything by; what was tagged, and who was erased, of late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. The words are made anew by the running app, which finds those without a value."""
    op.add_column("conversation_words", sa.Column("hidden", sa.Text(), nullable=True))
    where = sa.text("hidden IS NULL")
    op.create_index(
        "ix_conversation_words_not_masked",
        "conversation_words",
        ["conversation_id"],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_index("ix_conversation_tags_created_at", "conversation_tags", ["created_at"])
    op.create_index("ix_tombstones_erased_at", "tombstones", ["erased_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_tombstones_erased_at", "tombstones")
    op.drop_index("ix_conversation_tags_created_at", "conversation_tags")
    op.drop_index("ix_conversation_words_not_masked", "conversation_words")
    op.drop_column("conversation_words", "hidden")
