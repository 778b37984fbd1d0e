"""What customers have changed in the shop by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("shop_orders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cancel_reason", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("sent_back", Json, nullable=True))
        batch_op.add_column(sa.Column("elsewhere", Json, nullable=True))

    op.create_table(
        "shop_changes",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("order_number", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("change", Json, nullable=False),
        sa.Column("plan", Json, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["shop_customers.id"], name=op.f("fk_shop_changes_customer_id")),
        sa.ForeignKeyConstraint(["order_number"], ["shop_orders.number"], name=op.f("fk_shop_changes_order_number")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_shop_changes")),
    )
    with op.batch_alter_table("shop_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shop_changes_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shop_changes_order_number"), ["order_number"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("shop_changes")
    with op.batch_alter_table("shop_orders", schema=None) as batch_op:
        batch_op.drop_column("elsewhere")
        batch_op.drop_column("sent_back")
        batch_op.drop_column("cancel_reason")
