"""How one customer goes about it: what is drawn once for a conversation, and the errands on the way; no words."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.evaluation.messages import Choice
from bot.evaluation.wishes import Kind, Knowledge, Wish

ALL_FACTS = ("order", "items", "versions", "payment", "reason", "address")


@dataclass(frozen=True, slots=True)
class Habits:
    """Drawn once for each conversation.

    Attributes:
        talk: facts `all` at once, some of them (`mixed`), or one by one (`step`).
        batch: how many wishes are said in one message.
        identity_first: says who they are without being asked.
        greets_alone: the first message is a greeting and nothing else.
        taps: share of the questions with buttons that are answered with one.
        asides: how often something else is asked in between.
        typos: share of the messages with a slip in them.
        plain_typing: writes without capitals.
        asks_first: wants to know where an order is before anything else.
        mistakes: whether one fact is said wrongly first and corrected at the summary.
    """

    talk: str
    batch: int
    identity_first: bool
    greets_alone: bool
    taps: float
    asides: int
    typos: float
    plain_typing: bool
    asks_first: bool
    mistakes: bool

    @property
    def text(self) -> str:
        """For a transcript."""
        traits = {
            "says who they are": self.identity_first,
            "greets first": self.greets_alone,
            "asks in between": bool(self.asides),
            "mistypes": self.typos > 0.1,
            "asks where it is first": self.asks_first,
            "makes a mistake": self.mistakes,
        }
        said = [name for name, has in traits.items() if has]
        return ", ".join((f"facts {self.talk}", f"{self.batch} at a time", f"taps {self.taps:.0%}", *said))


def draw_habits(rng: random.Random) -> Habits:
    """The habits of one conversation."""
    return Habits(
        talk=rng.choice(("all", "mixed", "mixed", "step")),
        batch=rng.choices((1, 2, 3), (60, 25, 15))[0],
        identity_first=rng.random() < 0.45,
        greets_alone=rng.random() < 0.12,
        taps=rng.uniform(0.1, 0.9),
        asides=rng.choices((0, 1, 2), (65, 25, 10))[0],
        typos=rng.choice((0.0, 0.05, 0.15)),
        plain_typing=rng.random() < 0.25,
        asks_first=rng.random() < 0.18,
        mistakes=rng.random() < 0.3,
    )


@dataclass(slots=True)
class Errand:
    """One wish on its way. `instead`: facts said wrongly once; `why`: why it was given up."""

    wish: Wish
    stated: int = 0
    done: bool = False
    why: str = ""
    picked: list[str] = field(default_factory=list)
    corrections: int = 0
    instead: dict[str, str] = field(default_factory=dict)
    extra: Wish | None = None  # as it is said the first time, with a thing too many

    @property
    def open(self) -> bool:
        """Whether there is something to be done still."""
        return not self.done and not self.why

    def left(self, wanted: Sequence[str]) -> list[str]:
        """Those ids that were not picked yet; one that is wanted twice is picked twice."""
        picked, left = list(self.picked), []
        for one in wanted:
            if one in picked:
                picked.remove(one)
            else:
                left.append(one)
        return left

    def values(self, fact: str, places: Mapping[str, Mapping[str, str]]) -> list[str]:
        """What choices of a question can stand for that are right for this wish.

        Args:
            fact: what is asked for, as the protocol names it.
            places: the addresses known by `profile` or an order's number.
        """
        wish = self.wish
        own = "profile" if wish.kind is Kind.DEFAULT_ADDRESS else wish.order
        values = {
            "order_number": [wish.order] if wish.order else [],
            "items": [thing.item_id for thing in wish.things],
            "variant": [version.item_id for version in wish.versions],
            "payment_method": [wish.payment] if wish.payment else [],
            "reason": [wish.reason] if wish.reason else [],
            "address": [name for name, address in places.items() if address == wish.address and name != own],
        }
        return values.get(fact, [])


def plan_mistake(errands: Sequence[Errand], knowledge: Knowledge, rng: random.Random) -> None:
    """Have one fact of one errand be said wrongly the first time, where there is something to confuse it with."""
    options: list[tuple[Errand, str, str]] = []
    for errand in errands:
        wish = errand.wish
        if wish.reason:
            other = "ordered by mistake" if wish.reason == "no longer needed" else "no longer needed"
            options.append((errand, "reason", other))
        options += [(errand, "payment", name) for name in _other_methods(wish, knowledge)]
        if wish.kind is Kind.RETURN and wish.order:
            wanted = {thing.item_id for thing in wish.things}
            things = knowledge.orders[wish.order].things
            options += [(errand, "extra", thing.item_id) for thing in things if thing.item_id not in wanted]
    if not options:
        return
    errand, fact, value = rng.choice(options)
    if fact == "extra" and errand.wish.order:
        thing = next(one for one in knowledge.orders[errand.wish.order].things if one.item_id == value)
        errand.extra = replace(errand.wish, things=(*errand.wish.things, thing))
    else:
        errand.instead[fact] = value


def _other_methods(wish: Wish, knowledge: Knowledge) -> list[str]:
    if wish.payment is None or wish.kind is Kind.PAYMENT:
        return []
    others = [method for method in knowledge.methods.values() if method.id != wish.payment]
    if wish.kind is Kind.RETURN and wish.order:
        original = knowledge.orders[wish.order].paid_with
        others = [method for method in others if method.source == "gift_card" or method.id == original]
    return [method.id for method in others]


def typed_choice(choice: Choice, rng: random.Random) -> str:
    """A button's words, typed."""
    return choice.title if rng.random() < 0.7 else choice.title.lower()
