"""Messages that were understood together: each but the last points to the last, whose turn answered them all."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    # In one statement that both databases know; SQLite would have the whole table written anew for anything else.
    op.execute(
        "ALTER TABLE messages ADD COLUMN answered_with VARCHAR(36) "
        "CONSTRAINT fk_messages_answered_with REFERENCES messages (id)"
    )
