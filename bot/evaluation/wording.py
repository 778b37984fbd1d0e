"""Puts a customer's wishes and facts into words; which words is drawn from the customer's own randomness."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Mapping, Sequence

from bot.evaluation import phrases
from bot.evaluation.phrases import Phrases
from bot.evaluation.wishes import SWAPS, Kind, Knowledge, Method, Thing, Version, Wish

# Values that say little without their option, so that nobody would say them alone.
_VAGUE = frozenset(
    ("high", "low", "full", "half", "standard", "basic", "auto", "fixed", "none", "yes", "no", "light", "dark", "fresh")
)
_ADDRESS_LINES = (
    "{street}, {city}, {state} {zip}",
    "{street}, {city} {state} {zip}",
    "{street}, {city}, {state}, {zip}",
)
_ADDRESS_MORE = ("{street}, {city}, {state} {zip}, USA", "{street} {city} {state} {zip}")


class Voice:
    """How one customer talks.

    Args:
        rng: the customer's own.
        knowledge: what the customer knows.
        plain_typing: writes in lower case, without a full stop at the end.
    """

    def __init__(self, rng: random.Random, knowledge: Knowledge, *, plain_typing: bool = False) -> None:
        self._rng = rng
        self._knowledge = knowledge
        self._plain = plain_typing
        self._said: dict[Phrases, list[str]] = {}

    def one_of(self, options: Phrases, **facts: str) -> str:
        """One of several phrasings, none a second time before all were used."""
        left = self._said.get(options) or self._rng.sample(options, len(options))
        self._said[options] = left[1:]
        return left[0].format(**facts)

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self._rng.random() < share

    # -- things and versions ---------------------------------------------------------------------------------

    def thing(self, thing: Thing, *, apart: bool = True) -> str:
        """A thing by its name, with what tells it from the customer's others of that name."""
        name = thing.name if self.chance(0.3) else thing.name.lower()
        if not apart or not thing.apart:
            return f"the {name}"
        values = [thing.options[option] for option in thing.apart]
        if all(_stands_alone(value) for value in values) and self.chance(0.6):
            return f"the {' '.join(values)} {name}"
        return f"the {name} with {_joined([_option(option, thing.options[option]) for option in thing.apart])}"

    def things(self, things: Sequence[Thing], *, apart: bool = True) -> str:
        """Several things; the same one twice is "both"."""
        names = []
        for thing in things:
            count = sum(other.item_id == thing.item_id for other in things)
            name = self.thing(thing, apart=apart)
            names.append(name if count == 1 else f"{'both' if count == 2 else f'all {count}'} {_plural(name[4:])}")
        return _joined(list(dict.fromkeys(names)))

    def version(self, version: Version, *, explicit: bool = False) -> str:
        """A version by what differs from what the customer has; `explicit` names every option that differs."""
        options = list(version.differs)
        if not options:
            return "the same one again"
        if explicit:
            return "the one with " + _joined([f"{name} {version.options[name]}" for name in options])
        if self.chance(0.05):
            return f"item {version.item_id}"
        plain = [name for name in options if version.is_plain(name) and _stands_alone(version.options[name])]
        if len(plain) == len(options) <= 3 and self.chance(0.5):
            words = " ".join(version.options[name] for name in options)
            return f"{'an' if words[:1] in 'aeiouAEIOU' else 'a'} {words} one"
        self._rng.shuffle(options)
        said = [_option(name, version.options[name], alone=name in plain and self.chance(0.5)) for name in options]
        return f"{self._rng.choice(('one with', 'the one with', 'the version with'))} {_joined(said)}"

    def swap(self, thing: Thing, version: Version, *, explicit: bool = False) -> str:
        """One thing and what it is to become."""
        return f"{self.thing(thing)} {self._rng.choice(('for', 'to'))} {self.version(version, explicit=explicit)}"

    def _swaps(self, wish: Wish, explicit: bool) -> str:
        pairs = list(zip(wish.things, wish.versions, strict=False))
        said = [self.swap(thing, version, explicit=explicit) for thing, version in pairs]
        ids = [thing.item_id for thing, _ in pairs]
        for place, (thing, version) in enumerate(pairs):
            if ids.count(thing.item_id) > 1:
                which = "one" if ids.index(thing.item_id) == place else "the other"
                said[place] = f"{which} {thing.name.lower()} to {self.version(version, explicit=explicit)}"
        return _joined(said)

    # -- facts -----------------------------------------------------------------------------------------------

    def number(self, number: str) -> str:
        """An order's number, as people write it."""
        bare = number.lstrip("#")
        return self._rng.choice((f"order {number}", number, f"order {bare}", f"my order {number}"))

    def order(self, number: str, known: Collection[str], avoid: Collection[str] = ()) -> str:
        """An order: by its number where the customer knows it, else by what tells it from the others.

        Args:
            number: which.
            known: the numbers the customer has seen or been told.
            avoid: names of things not to describe it by, as they are said anyway; where nothing else is left to say,
                the answer is empty.
        """
        if number in known:
            return self.number(number)
        order = self._knowledge.orders[number]
        others = [other for other in self._knowledge.orders.values() if other.number != number]
        alike = [other for other in others if other.status == order.status]
        status = order.status if order.status in ("pending", "delivered") else ""
        if not alike and status and self.chance(0.5):
            return f"my {status} order"
        elsewhere = {thing.name for other in others for thing in other.things}
        own = [thing for thing in order.things if thing.name not in elsewhere and thing.name not in avoid]
        if own:
            return f"{self._rng.choice(('my order with', 'the order with'))} {self.thing(own[0], apart=False)}"
        here = {thing.name for other in alike for thing in other.things}
        own = [thing for thing in order.things if thing.name not in here and thing.name not in avoid]
        if avoid and not own:
            return ""  # what is said of it anyway is all there is to tell it by
        if own and status:
            return f"my {status} order with {self.thing(own[0], apart=False)}"
        return f"my {status} order with {_joined([self.thing(thing) for thing in order.things[:3]])}".replace("  ", " ")

    def payment(self, name: str, paid_with: str | None = None) -> str:
        """A payment method, said so that it cannot be another of the customer's."""
        methods = self._knowledge.methods
        if name == paid_with and self.chance(0.25):
            return "the original payment method"
        method = methods.get(name)
        if method is None:
            return name
        alike = [other for other in methods.values() if other.source == method.source and other.id != name]
        if method.source == "paypal":
            return self._rng.choice(("PayPal", "my PayPal account", "paypal")) if not alike else f"PayPal {name}"
        if method.source == "gift_card":
            return self._rng.choice(("my gift card", "the gift card")) if not alike else f"gift card {name}"
        return self._card(method, alike)

    def _card(self, method: Method, alike: Sequence[Method]) -> str:
        brands = [other.brand for other in alike]
        ways = [f"my card ending in {method.last_four}", f"the {method.brand} ending {method.last_four}"]
        if method.brand not in brands:
            ways.append(f"my {method.brand}")
        if not alike:
            ways.append("my credit card")
        return self._rng.choice(ways)

    def address(self, address: Mapping[str, str]) -> str:
        """An address in one line."""
        street = ", ".join(part for part in (address["address1"], address["address2"]) if part)
        facts = {"street": street, "city": address["city"], "state": address["state"], "zip": address["zip"]}
        return self._rng.choice(_ADDRESS_LINES if self.chance(0.8) else _ADDRESS_MORE).format(**facts)

    # -- whole sentences -------------------------------------------------------------------------------------

    def wish(
        self,
        wish: Wish,
        facts: Collection[str],
        known: Collection[str],
        *,
        explicit: bool = False,
        orders: Sequence[str] = (),
        **instead: str,
    ) -> str:
        """A wish with some of its facts: `order`, `items`, `versions`, `payment`, `reason`, `address`.

        Args:
            wish: which.
            facts: what is said of it at once.
            known: order numbers the customer can name.
            explicit: leave nothing to guess.
            orders: the numbers of all orders the same is wanted for; left out, the wish's own.
            instead: `payment` or `reason` that is said by mistake.
        """
        names = {thing.name for thing in wish.things}
        numbers = orders or ((wish.order,) if wish.order else ())
        order = _joined([self.order(number, known, names) for number in numbers]) if numbers else ""
        with_order = order if order and "order" in facts else ""
        slots = {
            "order": order or "my order",
            "from_order": f" from {with_order}" if with_order else "",
            "in_order": f" in {with_order}" if with_order else "",
            "address": self.address(wish.address) if wish.address else "",
            "payment": self.payment(instead.get("payment", wish.payment or "")),
        }
        if wish.things:
            slots["things"] = self.things(wish.things)
            slots["swaps"] = self._swaps(wish, explicit) if wish.versions else slots["things"]
        whole = {Kind.CANCEL: "order", Kind.PAYMENT: "payment", Kind.RETURN: "items"}
        whole |= dict.fromkeys((Kind.ORDER_ADDRESS, Kind.DEFAULT_ADDRESS), "address") | dict.fromkeys(SWAPS, "versions")
        needed = whole.get(wish.kind)
        said = (phrases.WISHES if needed is None or needed in facts else phrases.BARE_WISHES)[wish.kind]
        return self.sentences([self.one_of(said, **slots), *self._extras(wish, facts, instead)])

    def _extras(self, wish: Wish, facts: Collection[str], instead: Mapping[str, str]) -> list[str]:
        extras = []
        if wish.reason and "reason" in facts:
            extras.append(self.reason(instead.get("reason", wish.reason)))
        if wish.payment and "payment" in facts and wish.kind is not Kind.PAYMENT:
            extras.append(self.pay(wish, instead.get("payment", wish.payment)))
        if wish.versions and "versions" in facts and self.chance(0.15):
            extras.append(self.one_of(phrases.SAME_OTHERWISE))
        return extras

    def reason(self, reason: str) -> str:
        """Why an order is cancelled."""
        return self.one_of(phrases.REASONS[reason]) if reason in phrases.REASONS else reason

    def pay(self, wish: Wish, method: str) -> str:
        """Where the money of a return goes, or what the difference is paid with."""
        order = self._knowledge.orders.get(wish.order or "")
        said = self.payment(method, order.paid_with if order and wish.kind is Kind.RETURN else None)
        text = self.one_of(phrases.REFUND if wish.kind is Kind.RETURN else phrases.DIFFERENCE, payment=said)
        return text[:1].upper() + text[1:]

    def sentences(self, parts: Sequence[str]) -> str:
        """Parts as sentences of one message."""
        said = [part.strip() for part in parts if part.strip()]
        text = " ".join(part if part[-1] in ".!?:" else f"{part}." for part in said)
        return text.rstrip(".").lower() if self._plain and "@" not in text and "#" not in text else text


def with_typo(text: str, rng: random.Random) -> str:
    """The text with two neighbouring letters of one longer word swapped; numbers and addresses stay as they are."""
    words = list(re.finditer(r"(?<![\w@#.])[a-z]{5,}(?![\w@])", text))
    if not words:
        return text
    word = rng.choice(words)
    place = word.start() + rng.randrange(1, len(word.group()) - 2)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _stands_alone(value: str) -> bool:
    return value.lower() not in _VAGUE and not re.fullmatch(r"[\d.%]+|[A-Z]{1,3}", value)


def _option(name: str, value: str, *, alone: bool = False) -> str:
    """One option in words: "no backlight", "size 8", "64GB storage"."""
    if value in ("none", "no"):
        return f"no {name}"
    if value == "yes":
        return name
    if alone:
        return value
    bare = re.fullmatch(r"[\d.%]+|[A-Z]{1,3}", value) and not name.endswith("s")
    return f"{name} {value}" if bare else f"{value} {name}"


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _plural(name: str) -> str:
    head, _, rest = name.partition(" with ")
    head = head if head.endswith("s") else f"{head}es" if head.endswith(("ch", "x")) else f"{head}s"
    return f"{head} with {rest}" if rest else head
