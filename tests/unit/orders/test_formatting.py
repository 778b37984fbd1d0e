"""Money, days and addresses as customers read them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bot.orders.formatting import Formatting
from bot.orders.models import Address

BRITISH = Formatting("en-GB", "GBP", "Europe/London")
AMERICAN = Formatting("en_US", "USD", "America/New_York")
GERMAN = Formatting("de", "EUR", "Europe/Berlin")


@pytest.mark.parametrize(
    ("formatting", "text"), [(BRITISH, "£1,068.50"), (AMERICAN, "$1,068.50"), (GERMAN, "1.068,50\xa0€")]
)
def test_money_is_written_as_the_language_does(formatting: Formatting, text: str) -> None:
    assert formatting.money(Decimal("1068.5")) == text


@pytest.mark.parametrize(
    ("formatting", "text"),
    [(BRITISH, "Tuesday 24 November"), (AMERICAN, "Tuesday, November 24"), (GERMAN, "Dienstag, 24. November")],
)
def test_a_day_has_its_weekday_in_full(formatting: Formatting, text: str) -> None:
    assert formatting.day(date(2026, 11, 24)) == text


def test_a_moment_becomes_the_day_it_is_at_the_shop() -> None:
    late = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
    assert AMERICAN.day(late) == "Tuesday, November 24"
    assert BRITISH.day(late) == "Wednesday 25 November"
    assert AMERICAN.today(late) == date(2026, 11, 24)


def test_a_day_with_its_year_has_no_weekday() -> None:
    assert BRITISH.day_with_year(date(2026, 11, 24)) == "24 November 2026"


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (Address("14 Larch Grove", "", "London", "", "N1 5QT", "GB"), "14 Larch Grove, London, N1 5QT"),
        (
            Address("1207 Maple Avenue", "Unit 4B", "Chicago", "IL", "60614", "US"),
            "1207 Maple Avenue, Unit 4B, Chicago, IL 60614, United States",
        ),
        (Address("Ahornweg 9", "", "Hamburg", "", "22085", "DE"), "Ahornweg 9, 22085 Hamburg, Germany"),
    ],
)
def test_an_address_is_written_in_its_own_countrys_order(address: Address, text: str) -> None:
    assert BRITISH.address(address) == text
