"""The tables of the embedded shop: what a shop's own database would hold; no queries."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from bot.storage.tables import Json, UtcDateTime, metadata


class Amount(sa.types.TypeDecorator[Decimal]):
    """An amount of money, exact. Kept as text, since SQLite would make a binary fraction of it."""

    impl = sa.String(24)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


shop_customers = sa.Table(
    "shop_customers",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("first_name", sa.String(100), nullable=False),
    sa.Column("last_name", sa.String(100), nullable=False),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("email_key", sa.String(254), nullable=False, unique=True),  # as compared: lower case
    sa.Column("phone", sa.String(40)),
    sa.Column("address", Json, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
)

shop_payment_methods = sa.Table(
    "shop_payment_methods",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("customer_id", sa.String(64), sa.ForeignKey("shop_customers.id"), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),  # credit_card | paypal | gift_card
    sa.Column("brand", sa.String(32)),
    sa.Column("last_four", sa.String(4)),
    sa.Column("balance", Amount),
    sa.CheckConstraint("kind IN ('credit_card', 'paypal', 'gift_card')", name="kind"),
)

shop_orders = sa.Table(
    "shop_orders",
    metadata,
    sa.Column("number", sa.String(64), primary_key=True),
    sa.Column("customer_id", sa.String(64), sa.ForeignKey("shop_customers.id"), nullable=False),
    sa.Column("email", sa.String(254), nullable=False),  # as given with this order
    sa.Column("status", sa.String(32), nullable=False),
    sa.Column("address", Json, nullable=False),
    sa.Column("delivery_fee", Amount, nullable=False),
    sa.Column("placed_at", UtcDateTime, nullable=False),
    sa.Column("expected_on", sa.Date),
    sa.Column("cancelled_at", UtcDateTime),
    sa.Column("cancel_reason", sa.String(100)),
    sa.Column("sent_back", Json),  # a return or an exchange: item_ids, new_item_ids, payment_method_id, difference
    sa.Column("elsewhere", Json),  # what a file that orders came from says besides, to be written back
    sa.Index("ix_shop_orders_customer_id_placed_at", "customer_id", "placed_at"),
)

shop_shipments = sa.Table(
    "shop_shipments",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("order_number", sa.String(64), sa.ForeignKey("shop_orders.number"), nullable=False, index=True),
    sa.Column("carrier", sa.String(60), nullable=False),
    sa.Column("tracking_number", sa.String(64), nullable=False),
    sa.Column("tracking_url", sa.String(300)),
    sa.Column("shipped_at", UtcDateTime),
    sa.Column("expected_on", sa.Date),
    sa.Column("delivered_at", UtcDateTime),
)

shop_products = sa.Table(
    "shop_products",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),  # the catalogue's order
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("category", sa.String(60), nullable=False),  # department: "clothes"
    sa.Column("kind", sa.String(60), nullable=False),  # what it is: "jackets"
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("attributes", Json, nullable=False),  # {"material": "100% linen"}
    sa.Column("keywords", Json, nullable=False),  # ["raincoat", "outdoor"]
    sa.Column("image", sa.String(300)),
    sa.Column("url", sa.String(300)),
)

shop_variants = sa.Table(
    "shop_variants",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("product_id", sa.String(64), sa.ForeignKey("shop_products.id"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("options", Json, nullable=False),
    sa.Column("price", Amount, nullable=False),
    sa.Column("available", sa.Boolean, nullable=False),
    sa.Column("restock_on", sa.Date),  # the day it is expected back, where that is known
)

shop_order_items = sa.Table(
    "shop_order_items",
    metadata,
    sa.Column("order_number", sa.String(64), sa.ForeignKey("shop_orders.number"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("item_id", sa.String(64), nullable=False),
    sa.Column("product_id", sa.String(64), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("options", Json, nullable=False),  # {"colour": "navy", "size": "m"}
    sa.Column("price", Amount, nullable=False),
    sa.Column("image", sa.String(300)),
    sa.Column("shipment_id", sa.String(64), sa.ForeignKey("shop_shipments.id")),
)

shop_payments = sa.Table(
    "shop_payments",
    metadata,
    sa.Column("order_number", sa.String(64), sa.ForeignKey("shop_orders.number"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),  # payment | refund
    sa.Column("amount", Amount, nullable=False),
    sa.Column("payment_method_id", sa.String(64), sa.ForeignKey("shop_payment_methods.id"), nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("kind IN ('payment', 'refund')", name="kind"),
)

shop_changes = sa.Table(  # one row for each change that was made: makes it once, and tells what was done
    "shop_changes",
    metadata,
    sa.Column("key", sa.String(200), primary_key=True),  # of the one who asked: the same key is the same change
    sa.Column("customer_id", sa.String(64), sa.ForeignKey("shop_customers.id"), nullable=False, index=True),
    sa.Column("order_number", sa.String(64), sa.ForeignKey("shop_orders.number"), index=True),
    sa.Column("kind", sa.String(32), nullable=False),  # cancel_order | … of bot.orders.changes.KINDS
    sa.Column("change", Json, nullable=False),  # as asked for
    sa.Column("plan", Json, nullable=False),  # as done
    sa.Column("at", UtcDateTime, nullable=False),
)
