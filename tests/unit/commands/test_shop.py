"""The lookup tables that are made from a catalogue."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.commands.shop import NoCatalogue, lookup_tables, write_lookup
from bot.orders.demo import demo_products
from bot.settings import ROOT

PRODUCTS = demo_products(ROOT / "data" / "shop", datetime(2026, 3, 2, tzinfo=UTC))


def test_the_file_names_every_product_and_every_option_in_words() -> None:
    tables = {table["lookup"]: table["examples"].splitlines() for table in YAML(typ="safe").load(text())["nlu"]}
    assert tables["product"] == [f"- {product.name}" for product in PRODUCTS]
    assert {"- navy", "- sea salt", "- 12 cm", "- XL"} <= set(tables["option"])
    assert "- 9" not in tables["option"]


def test_the_projects_file_belongs_to_the_demo_shop() -> None:
    assert (ROOT / "data/nlu/catalogue.yml").read_text(encoding="utf-8") == text()


def text() -> str:
    return lookup_tables(PRODUCTS)


def test_a_database_without_a_shop_is_told_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(NoCatalogue, match="seed-demo"):
        write_lookup(f"sqlite:///{tmp_path / 'empty.db'}", tmp_path / "catalogue.yml")
