"""The whole product, without a browser."""

from tests.support.product import customer, facts, product  # noqa: F401  # fixtures
