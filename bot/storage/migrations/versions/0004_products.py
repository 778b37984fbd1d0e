"""What a catalogue says of its products."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "shop_products",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("attributes", Json, nullable=False),
        sa.Column("keywords", Json, nullable=False),
        sa.Column("image", sa.String(length=300), nullable=True),
        sa.Column("url", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_products")),
    )
    op.create_table(
        "shop_variants",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("options", Json, nullable=False),
        sa.Column("price", sa.String(length=24), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("restock_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["shop_products.id"], name=op.f("fk_shop_variants_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_variants")),
    )
    with op.batch_alter_table("shop_variants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shop_variants_product_id"), ["product_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("shop_variants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shop_variants_product_id"))

    op.drop_table("shop_variants")
    op.drop_table("shop_products")
