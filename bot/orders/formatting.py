"""How money, days and addresses are written for a customer, in the shop's language, currency and time zone."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency

from bot.orders.models import Address


class Formatting:
    """Writes values the way the shop's customers read them.

    Args:
        locale: language, with or without a country: "en", "en-GB", "de_DE".
        currency: ISO 4217 code.
        timezone: IANA name of the zone in which moments become days.

    Raises:
        babel.UnknownLocaleError: no such language.
    """

    def __init__(self, locale: str, currency: str, timezone: str) -> None:
        self._locale = Locale.parse(locale.replace("-", "_"))
        self._currency = currency
        self._zone = ZoneInfo(timezone)

    def money(self, amount: Decimal) -> str:
        """An amount with its currency: "£1,068.00"."""
        return str(format_currency(amount, self._currency, locale=self._locale))

    def day(self, day: date | datetime) -> str:
        """A day with its weekday: "Tuesday 25 November"; a moment becomes the day it is in the shop's time zone."""
        return self._written(day, "MMMEd")

    def day_with_year(self, day: date | datetime) -> str:
        """A day with its year, without its weekday: "25 November 2026"."""
        return self._written(day, "yMMMd")

    def today(self, now: datetime) -> date:
        """The day it is at the shop."""
        return now.astimezone(self._zone).date()

    def address(self, address: Address) -> str:
        """An address on one line; the country only where the shop's language is another country's."""
        city = self._city(address)
        country = ""
        if address.country and address.country != self._locale.territory:
            country = self._locale.territories.get(address.country, address.country)
        return ", ".join(part for part in (address.line1, address.line2, city, country) if part)

    def _city(self, address: Address) -> str:
        match address.country:
            case "US" | "CA" | "AU":
                return f"{address.city}, {address.region} {address.postcode}".strip(", ")
            case "GB" | "IE":
                parts = (address.city, address.region, address.postcode)
                return ", ".join(part for part in parts if part)
            case _:
                return f"{address.postcode} {address.city}".strip()

    def _written(self, day: date | datetime, skeleton: str) -> str:
        if isinstance(day, datetime):
            day = day.astimezone(self._zone).date()
        # The language orders the parts of the short form; the same order in full words reads better in a sentence.
        pattern = str(self._locale.datetime_skeletons[skeleton].pattern)
        in_full = re.sub(r"E+", "EEEE", re.sub(r"MMM+", "MMMM", pattern))
        return str(format_date(day, in_full, locale=self._locale))
