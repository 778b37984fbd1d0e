"""Who a made-up customer is, and what the shop knows of them: names, numbers, addresses, things. All of it made up."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.orders.formatting import Formatting

# first names, last names, streets, places with their postcodes
_PEOPLE: Mapping[str, tuple[Sequence[str], Sequence[str], Sequence[str], Sequence[tuple[str, str]]]] = {
    "en": (
        ("Olivia", "Amelia", "George", "Harriet", "Noah", "Priya", "Tunde", "Isla", "Callum", "Megan", "Dan", "Zara"),
        ("Cole", "Whitfield", "Okoro", "Hughes", "Patel", "Marsh", "Doyle", "Fraser", "Lloyd", "Ahmed", "Ward", "Reid"),
        ("Mill Lane", "Station Road", "Church Street", "Orchard Close", "Victoria Terrace"),
        (
            ("Leeds", "LS2 8PP"),
            ("Bristol", "BS1 4DJ"),
            ("York", "YO1 7HH"),
            ("Cardiff", "CF10 1EP"),
            ("Bath", "BA1 1LZ"),
        ),
    ),
    "de": (
        ("Lena", "Jonas", "Mia", "Felix", "Anna", "Paul", "Clara", "Emil", "Sophie", "Lukas"),
        ("Weber", "Vogt", "Schäfer", "Brandt", "Keller", "Lang", "Fuchs", "Winter", "Köhler", "Busch"),
        ("Lindenstraße", "Am Markt", "Gartenweg", "Schulstraße"),
        (("Hamburg", "20095"), ("Köln", "50667"), ("Leipzig", "04109"), ("München", "80331")),
    ),
    "fr": (
        ("Camille", "Louis", "Chloé", "Hugo", "Manon", "Jules", "Inès", "Théo"),
        ("Moreau", "Lefèvre", "Girard", "Roux", "Mercier", "Blanc", "Faure", "Perrin"),
        ("rue des Lilas", "avenue de la Gare", "place du Marché"),
        (("Lyon", "69002"), ("Nantes", "44000"), ("Lille", "59800")),
    ),
    "es": (
        ("Lucía", "Mateo", "Sara", "Álvaro", "Carmen", "Diego", "Elena", "Pablo"),
        ("Navarro", "Ortega", "Molina", "Campos", "Serrano", "Vidal", "Prieto", "Rojas"),
        ("calle Mayor", "avenida del Sol", "plaza Nueva"),
        (("Valencia", "46002"), ("Sevilla", "41001"), ("Bilbao", "48001")),
    ),
}
_THINGS = (
    *("Marlow jumper", "Saltmarsh rain jacket", "Pebble vase", "Linen bed set", "Harbour lamp", "Oak serving board"),
    *("Finch candle", "Wool throw", "Cast iron pan", "Garden apron", "Felt slippers", "Stoneware mug"),
)
_VERSIONS = ("slate, M", "navy, L", "sand, S", "oak", "moss, 140 × 200 cm", "cream")
_CARRIERS = ("DHL", "DPD", "Royal Mail", "Evri")
_METHODS: Mapping[str, Sequence[str]] = {
    "en": ("the Visa ending 4242", "the Mastercard ending 1881", "PayPal", "your gift card"),
    "de": ("die Visa mit den Endziffern 4242", "die Mastercard mit den Endziffern 1881", "PayPal"),
    "fr": ("la Visa se terminant par 4242", "la Mastercard se terminant par 1881", "PayPal"),
    "es": ("la Visa terminada en 4242", "la Mastercard terminada en 1881", "PayPal"),
}
_SAME_PRICE: Mapping[str, str] = {
    "en": "the price stays the same",
    "de": "der Preis bleibt gleich",
    "fr": "le prix ne change pas",
    "es": "el precio es el mismo",
}
_WORKING_DAYS: Mapping[str, str] = {
    "en": "5 to 7 working days",
    "de": "5 bis 7 Werktagen",
    "fr": "5 à 7 jours ouvrés",
    "es": "5 a 7 días laborables",
}
_PROMISE: Mapping[str, str] = {
    "en": "by {} on {}",
    "de": "bis {1} um {0}",
    "fr": "avant {} le {}",
    "es": "antes de las {} del {}",
}


@dataclass(frozen=True, slots=True)
class Person:
    """A customer; of one number there is always the same one."""

    first_name: str
    last_name: str
    email: str
    postcode: str
    address: str
    shop_id: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


def person_of(number: int, language: str, chance: random.Random) -> Person:
    """Somebody who lives nowhere."""
    firsts, lasts, streets, places = _PEOPLE[language]
    first, last, (place, postcode) = chance.choice(firsts), chance.choice(lasts), chance.choice(places)
    plain = f"{first}.{last}".lower().translate(str.maketrans("äöüéèçñíáóúëï", "aoueecniaouei"))
    address = f"{chance.randrange(1, 90)} {chance.choice(streets)}, {place} {postcode}"
    email = f"{plain.encode('ascii', 'ignore').decode()}{number % 1000}@mail.example"
    return Person(first, last, email, postcode, address, f"demo-{number}")


@dataclass(slots=True)
class Matter:
    """What one conversation is about: an order, a thing, an amount, and all of it as it is written in a language."""

    order: str
    thing: str
    values: dict[str, str] = field(default_factory=dict)


class Writing:
    """How things are written in each language.

    Args:
        formatting: of the shop, in its own language.
    """

    def __init__(self, formatting: Formatting, zone: ZoneInfo) -> None:
        self._formatting, self._zone = formatting, zone
        self._days: dict[tuple[str, date], str] = {}
        self._money: dict[tuple[str, int], str] = {}

    def matter(self, person: Person, language: str, at: datetime, chance: random.Random) -> Matter:
        """What somebody wants to talk about on that day."""
        today, pounds = at.astimezone(self._zone).date(), chance.randrange(12, 240)
        thing, order = chance.choice(_THINGS), f"W{chance.randrange(2_000_000, 9_000_000)}"
        total, way = self.money(language, pounds), chance.choice(_METHODS[language])
        values = {
            "number": f"#{order}",
            "example": "#W4827310",
            "carrier": chance.choice(_CARRIERS),
            "expected": self.day(language, today + timedelta(days=chance.randrange(1, 6))),
            "delivered": self.day(language, today - timedelta(days=chance.randrange(1, 12))),
            "total": total,
            "refund": total,
            "price": total,
            "delivery": self.money(language, 4),
            "method": way,
            "days": _WORKING_DAYS[language],
            "address": person.address,
            "price_change": _SAME_PRICE[language],
            "item": thing,
            "items": f"1 × {thing}",
            "product": thing,
            "current": chance.choice(_VERSIONS),
            "minutes": "10",
            "email": person.email,
            "count": str(chance.randrange(2, 6)),
            "status": self._formatting.in_language(language).label("status_shipped").lower(),
            "promise": _PROMISE[language].format("12:00", self.day(language, today + timedelta(days=1))),
        }
        return Matter(order, thing, values)

    def day(self, language: str, day: date) -> str:
        """A day, as it is said."""
        if (language, day) not in self._days:
            self._days[language, day] = self._formatting.in_language(language).day(day)
        return self._days[language, day]

    def money(self, language: str, pounds: int) -> str:
        """An amount in the shop's currency."""
        if (language, pounds) not in self._money:
            self._money[language, pounds] = self._formatting.in_language(language).money(Decimal(pounds))
        return self._money[language, pounds]
