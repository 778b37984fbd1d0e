"""When customers of a year come, which of them, and about what; says nothing of what is said then. Pure."""

from __future__ import annotations

import bisect
import hashlib
import math
import random
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

DAYS = 365
LAST_HOUR = timedelta(hours=3)  # before the end of the year nobody comes, so that nothing happens after it
COMES_BACK_FOR_THE_SAME = 0.055
IS_KNOWN = 0.34  # has been here before, about something else
REMEMBERED = timedelta(days=7)
PAUSE = timedelta(hours=6)  # longer than any conversation

# Share of each hour in a day's conversations, by the shop's clock: office hours, and a smaller peak in the evening.
_HOURS = (4, 2, 1, 1, 1, 2, 7, 19, 42, 66, 79, 76, 61, 59, 71, 74, 69, 57, 45, 48, 54, 47, 28, 12)
_HOURS_OF_WEEKENDS = (7, 4, 2, 1, 1, 1, 4, 10, 26, 46, 58, 60, 52, 48, 50, 51, 48, 43, 42, 47, 51, 43, 28, 14)
_WEEKDAYS = (1.19, 1.1, 1.03, 1.0, 1.02, 0.8, 0.62)
_GROWTH = 0.55  # so much more at the end than a year before
# topic: how often; the intents are named as in domain.yml, and lead to the topics of reports
WISHES: Mapping[str, float] = {
    "track_order": 19.0,
    "order_problem": 6.5,
    "return_items": 8.0,
    "exchange_items": 3.5,
    "refund_status": 3.6,
    "cancel_order": 5.5,
    "change_order_address": 2.6,
    "change_order_items": 1.8,
    "change_order_payment": 0.9,
    "shipping_question": 7.0,
    "policy_question": 4.6,
    "product_question": 9.0,
    "place_order": 1.6,
    "payment_question": 2.8,
    "payment_problem": 2.2,
    "invoice": 1.8,
    "promo_code": 2.6,
    "membership": 1.9,
    "review": 0.5,
    "account_access": 2.2,
    "account_create": 0.5,
    "account_delete": 0.4,
    "newsletter": 0.7,
    "view_profile": 1.1,
    "update_profile": 1.3,
    "list_orders": 1.9,
    "order_total": 0.5,
    "order_contents": 0.6,
    "order_destination": 0.5,
    "site_problem": 1.6,
    "human": 3.2,
    "complaint": 1.4,
    "distress": 0.05,
    "out_of_scope": 1.5,
    "smalltalk": 0.9,
    "nothing": 0.8,  # opens the chat, and goes
}
_SEASONS: tuple[tuple[tuple[int, int], tuple[int, int], Mapping[str, float]], ...] = (
    ((11, 20), (12, 2), {"promo_code": 3.2, "product_question": 1.6, "place_order": 1.7, "site_problem": 2.4}),
    ((12, 3), (12, 24), {"track_order": 1.9, "shipping_question": 1.8, "order_problem": 1.3, "product_question": 1.2}),
    ((12, 27), (12, 31), {"return_items": 2.1, "exchange_items": 2.2, "refund_status": 1.3}),
    ((1, 1), (1, 24), {"return_items": 2.4, "exchange_items": 2.1, "refund_status": 2.2, "track_order": 0.8}),
    ((1, 25), (2, 10), {"refund_status": 1.9, "return_items": 1.3}),
)
LOCALES: Mapping[str, str] = {"en": "en-GB", "de": "de-DE", "fr": "fr-FR", "es": "es-ES"}


@dataclass(slots=True)
class Visit:
    """One conversation that is to be made."""

    number: int
    at: datetime
    customer: int
    channel: str
    language: str
    wish: str
    previous: int | None = None  # the number of the customer's visit before
    again: bool = False  # they are back for the same
    last: bool = True  # they do not come back

    @property
    def is_first(self) -> bool:
        return self.previous is None


@dataclass(frozen=True, slots=True)
class Year:
    """All that the year is made from: of equal ones equal years come."""

    conversations: int
    seed: int
    until: date  # the last day of it
    zone: ZoneInfo

    @property
    def key(self) -> str:
        return f"{self.seed}:{self.conversations}:{self.until.isoformat()}"

    @property
    def end(self) -> datetime:
        """The moment at which everything stands still."""
        return datetime.combine(self.until + timedelta(days=1), time.min, self.zone).astimezone(UTC)

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.until - timedelta(days=DAYS - 1), time.min, self.zone).astimezone(UTC)

    def chance(self, *parts: object) -> random.Random:
        """Randomness of one thing alone, so that nothing else about the year changes it."""
        return random.Random(f"{self.key}:{':'.join(map(str, parts))}")

    def id_of(self, kind: str, number: int) -> str:
        """An id, as ours look."""
        return hashlib.blake2b(f"{self.key}:{kind}:{number}".encode(), digest_size=16).hexdigest()


def visits_of(year: Year) -> list[Visit]:
    """Everybody who comes, in order of time."""
    chance = year.chance("visits")
    found: list[Visit] = []
    lately: deque[Visit] = deque()
    latest: list[int] = []  # by customer, the number of their last visit
    for number, at in enumerate(_moments(year, chance)):
        while lately and lately[0].at < at - REMEMBERED:
            lately.popleft()
        visit = _back_again(number, at, lately, latest, chance) or _known(number, at, found, latest, year, chance)
        if visit is None:
            share = (at - year.begin) / (year.end - year.begin)
            channel, language = _channel(share, chance), _language(share, chance)
            visit = Visit(number, at, len(latest), channel, language, _wish(at, year.zone, chance))
            latest.append(number)
        else:
            found[latest[visit.customer]].last = False
            latest[visit.customer] = number
        found.append(visit)
        lately.append(visit)
    return found


def days_of(year: Year) -> dict[date, float]:
    """The share of each day, in order."""
    chance = year.chance("days")
    weights = {
        day: _weight(day, number / DAYS, chance)
        for number, day in enumerate(year.until - timedelta(days=DAYS - 1 - back) for back in range(DAYS))
    }
    total = sum(weights.values())
    return {day: weight / total for day, weight in weights.items()}


def _moments(year: Year, chance: random.Random) -> list[datetime]:
    shares = days_of(year)
    days, bounds, summed = list(shares), [], 0.0
    for share in shares.values():
        summed += share
        bounds.append(summed)
    found = []
    for number in range(year.conversations):  # one in each equal part of the year's weight: days keep their shares
        place = min(bisect.bisect_left(bounds, (number + chance.random()) / year.conversations), len(days) - 1)
        found.append(_moment(days[place], year, chance))
    return sorted(found)


def _moment(day: date, year: Year, chance: random.Random) -> datetime:
    hours: Sequence[int] = _HOURS_OF_WEEKENDS if day.weekday() > 4 else _HOURS
    hour = chance.choices(range(24), hours)[0]
    clock = time(hour, chance.randrange(60), chance.randrange(60), chance.randrange(1_000_000))
    at = datetime.combine(day, clock, year.zone).astimezone(UTC)
    return min(at, year.end - LAST_HOUR - timedelta(seconds=chance.random() * 3600))


def _weight(day: date, share: float, chance: random.Random) -> float:
    return (1 + _GROWTH * share) * _season(day) * _WEEKDAYS[day.weekday()] * math.exp(chance.gauss(0, 0.07))


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 22)


def _season(day: date) -> float:
    if abs((day - black_friday(day.year)).days) <= 4:
        return 2.1 - 0.18 * abs((day - black_friday(day.year)).days)
    if day.month == 12 and day.day <= 22:
        return 1.3 + 0.015 * day.day
    if (day.month, day.day) in ((12, 24), (12, 25), (12, 26), (1, 1)):
        return 0.42
    if day.month == 1 and day.day <= 20:
        return 1.32
    return 0.87 if day.month in (7, 8) else 1.0


def _channel(share: float, chance: random.Random) -> str:
    return "telegram" if chance.random() < 0.14 + 0.12 * share else "web"


def _language(share: float, chance: random.Random) -> str:
    german = 0.12 + 0.06 * share  # the shop grows there
    return chance.choices(tuple(LOCALES), (0.69 - 0.06 * share, german, 0.1, 0.09))[0]


def _wish(at: datetime, zone: ZoneInfo, chance: random.Random) -> str:
    day = at.astimezone(zone)
    return chance.choices(tuple(WISHES), _weights(day.month, day.day))[0]


@cache
def _weights(month: int, day: int) -> tuple[float, ...]:
    more: Mapping[str, float] = next(
        (factors for first, last, factors in _SEASONS if first <= (month, day) <= last), {}
    )
    return tuple(weight * more.get(wish, 1.0) for wish, weight in WISHES.items())


_FOR_THE_SAME = frozenset(
    {
        "track_order",
        "order_problem",
        "return_items",
        "refund_status",
        "payment_problem",
        "account_access",
        "site_problem",
    }
)


def _back_again(
    number: int, at: datetime, lately: Sequence[Visit], latest: Sequence[int], chance: random.Random
) -> Visit | None:
    """Somebody of the last days whose matter was not settled."""
    if not lately or chance.random() >= COMES_BACK_FOR_THE_SAME * 2:
        return None
    before = lately[chance.randrange(len(lately))]
    may = latest[before.customer] == before.number and at - before.at > PAUSE and before.wish != "nothing"
    if not may or (before.wish not in _FOR_THE_SAME and chance.random() < 0.7):
        return None
    return Visit(number, at, before.customer, before.channel, before.language, before.wish, before.number, again=True)


def _known(
    number: int, at: datetime, found: Sequence[Visit], latest: Sequence[int], year: Year, chance: random.Random
) -> Visit | None:
    """Somebody who was here some time ago, with something else."""
    if not latest or chance.random() >= IS_KNOWN:
        return None
    before = found[latest[chance.randrange(len(latest))]]
    if at - before.at < PAUSE:
        return None
    wish = _wish(at, year.zone, chance)
    return Visit(number, at, before.customer, before.channel, before.language, wish, before.number)
