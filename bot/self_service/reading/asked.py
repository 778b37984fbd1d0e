"""What is asked of a version of a product, as plain values; reads no text, chooses nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from bot.self_service.reading.choices import Value


@dataclass(frozen=True, slots=True)
class Step:
    """More or less of an option: by `amount`, to the next value, or by any."""

    sign: int
    one: bool = False
    amount: Decimal | None = None
    is_weak: bool = False  # from "too small": holds only where nothing plainer is said


@dataclass(slots=True)
class Asked:
    """What is asked. Ranks of values hold what is as good as each other, the best first.

    `wanted` must be, `liked` should be, `unwanted` must not be; `unclear` are values of which one or the other is
    meant. `kept` options stay, `free` ones need not. `most` are superlatives (1 the most, -1 the least), `bounds` the
    least and the most order of an option. `price` is 1 for the dearest and -1 for the cheapest, `dearer` likewise for
    "more expensive" and "cheaper". `rest` is "same" or "free" when something was said of all that was not named.
    """

    wanted: dict[str, list[set[str]]] = field(default_factory=dict)
    liked: dict[str, list[set[str]]] = field(default_factory=dict)
    unwanted: dict[str, set[str]] = field(default_factory=dict)
    unclear: list[frozenset[Value]] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    free: set[str] = field(default_factory=set)
    steps: dict[str, Step] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    bounds: dict[str, tuple[Decimal | None, Decimal | None]] = field(default_factory=dict)
    words: dict[Value, str] = field(default_factory=dict)
    near: set[str] = field(default_factory=set)
    price: int = 0
    dearer: int = 0
    rest: str = ""
    same_item: bool = False

    @property
    def is_different(self) -> bool:
        """Whether anything is asked that could make it another version."""
        relative = self.steps or self.most or self.bounds or self.price or self.dearer
        return bool(self.wanted or self.liked or self.unwanted or self.unclear or relative)

    @property
    def named(self) -> frozenset[str]:
        """The options of which something was said."""
        said = {*self.wanted, *self.liked, *self.unwanted, *self.steps, *self.most, *self.bounds, *self.free}
        return frozenset(said | {option for values in self.unclear for option, _ in values})
