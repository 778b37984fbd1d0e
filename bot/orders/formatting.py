"""How money, days and addresses are written for a customer, in their language, in the shop's currency and time zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_currency, get_currency_name, get_currency_symbol

from bot.languages.languages import Languages, shipped_languages
from bot.orders.models import Address

DAYS_OF_WEEK = 7  # from which on a weekday's name alone could be last week's or next week's


class Formatting:
    """Writes values the way the shop's customers read them.

    Args:
        locale: language, with or without a country: "en", "en-GB", "de_DE".
        currency: ISO 4217 code.
        timezone: IANA name of the zone in which moments become days.
        languages: where the labels of fields are; left out, those of the project.
        home: the country that addresses need not name; left out, the locale's.

    Raises:
        babel.UnknownLocaleError: no such language.
    """

    def __init__(
        self, locale: str, currency: str, timezone: str, languages: Languages | None = None, home: str | None = None
    ) -> None:
        self._locale = Locale.parse(locale.replace("-", "_"))
        self._currency = currency
        self._timezone = timezone
        self._zone = ZoneInfo(timezone)
        self._home = home or self._locale.territory
        self._sign = str(get_currency_symbol(currency, self._locale))
        self.languages = languages or shipped_languages()
        self._labels = self.languages.labels(self._locale.language)
        self._others: dict[str, Formatting] = {}

    @property
    def language(self) -> str:
        """The language that is written in."""
        return str(self._locale.language)

    def in_language(self, language: str) -> Formatting:
        """The same for customers of another language: its way of writing, the shop's currency and time zone."""
        if language == self.language:
            return self
        if language not in self._others:
            other = Formatting(language, self._currency, self._timezone, self.languages, self._home)
            other._sign = self._sign
            self._others[language] = other
        return self._others[language]

    @property
    def currency(self) -> str:
        """The shop's currency, its ISO 4217 code."""
        return self._currency

    @property
    def name_of_currency(self) -> str:
        """What the shop's currency is called: "British pounds"."""
        return str(get_currency_name(self._currency, count=2, locale=self._locale))

    def label(self, name: str, /, **values: object) -> str:
        """A short word of the language, such as the name of a field.

        Raises:
            KeyError: no language has it.
        """
        return self._labels.say(name, **values)

    def listed(self, parts: Sequence[str]) -> str:
        """Parts in a row: "one, two and three"."""
        return str(format_list(list(parts), locale=self._locale)).replace(", and ", " and ")

    def name_of_language(self, code: str) -> str:
        """What a language is called in this one: "German", "Deutsch"."""
        return str(self._locale.languages.get(code, code))

    def money(self, amount: Decimal) -> str:
        """An amount with its currency: "£1,068.00"."""
        written = str(format_currency(amount, self._currency, locale=self._locale))
        # A language abroad writes "1.068,00 GBP" or "£GB"; in a shop with one currency its own sign is the clearest.
        return written.replace(get_currency_symbol(self._currency, self._locale), self._sign)

    def day(self, day: date | datetime) -> str:
        """A day with its weekday: "Tuesday 25 November"; a moment becomes the day it is in the shop's time zone."""
        skeletons = self._locale.datetime_skeletons
        return self._written(day, str(skeletons["MMMMEd" if "MMMMEd" in skeletons else "MMMEd"].pattern))

    def day_with_year(self, day: date | datetime) -> str:
        """A day with its year, without its weekday: "25 November 2026"."""
        return self._written(day, str(self._locale.date_formats["long"].pattern))

    def today(self, now: datetime) -> date:
        """The day it is at the shop."""
        return now.astimezone(self._zone).date()

    def moment(self, at: datetime, now: datetime) -> str:
        """A moment soon to come: "17:30 today", "noon on Tuesday", later on "10:00 on Tuesday 24 November"."""
        local = at.astimezone(self._zone)
        days = (local.date() - self.today(now)).days
        told = str(format_time(local.time(), "short", locale=self._locale)).replace("\u202f", " ")
        noon = (local.hour, local.minute) == (12, 0)
        clock = self.label("noon") if noon else self.label("clock", time=told)
        if days == 0:
            return self.label("moment_today", time=clock)
        day = format_date(local.date(), "EEEE", locale=self._locale) if 0 < days < DAYS_OF_WEEK else self.day(at)
        return self.label("moment_day", time=clock, day=day)

    def address(self, address: Address) -> str:
        """An address on one line; the country only where it is not the shop's own."""
        city = self._city(address)
        country = ""
        if address.country and address.country != self._home:
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

    def _written(self, day: date | datetime, pattern: str) -> str:
        if isinstance(day, datetime):
            day = day.astimezone(self._zone).date()
        # The language orders the parts of the short form; the same order in full words reads better in a sentence.
        in_full = re.sub(r"E+", "EEEE", re.sub(r"MMM+", "MMMM", pattern))
        return str(format_date(day, in_full, locale=self._locale))
