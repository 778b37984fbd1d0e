"""What is said: customers' sentences from the training data, ours from the domain, articles from their folder."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.conversations.phrases import Phrases, load_domain
from bot.insights.learning.sentences import entities_of, plain_of
from bot.insights.learning.training_files import TrainingFiles
from bot.knowledge.articles import Article
from bot.knowledge.library import Library
from bot.languages.languages import shipped_languages

BASE = "en"
LONGEST_PASSAGE = 500
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

Entity = tuple[int, int, str]  # from, to, name


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something a customer may say."""

    text: str
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One of our sentences, filled in."""

    text: str
    response: str
    expects: str | None
    buttons: tuple[Mapping[str, Any], ...]


# Which articles answer what is asked with an intent.
ARTICLES: Mapping[str, tuple[str, ...]] = {
    "shipping_question": (
        *("delivery-times-and-costs", "delivery-times-and-costs", "delivery-areas", "customs-and-duties"),
        *("collect-your-parcel", "tracking-and-carriers", "delivery-disruptions"),
    ),
    "policy_question": (
        *("returns-policy", "returns-policy", "refunds", "exchanges", "price-promise", "warranty"),
        *("repairs-and-spare-parts", "returning-gifts-and-special-cases", "packaging-and-recycling", "your-data"),
    ),
    "product_question": (
        "care-wool",
        "care-linen-and-cotton",
        "shoe-sizes",
        "clothes-sizes",
        "home-sizes",
        "what-we-sell",
    ),
    "payment_question": ("payment-methods", "payment-methods", "gift-cards", "prices-and-vat", "is-paying-safe"),
    "payment_problem": ("declined-card", "double-and-wrong-charges", "gift-card-problems"),
    "membership": ("finch-club", "finch-club-points", "finch-club-fee", "leave-finch-club"),
    "promo_code": ("promotion-codes", "promotion-codes", "sales-and-discounts"),
    "review": ("reviews",),
    "invoice": ("invoices-and-receipts",),
    "refund_status": ("refund-not-arrived", "refunds"),
    "account_create": ("create-an-account",),
    "account_access": ("password-and-sign-in", "two-step-sign-in"),
    "account_delete": ("close-your-account",),
    "newsletter": ("newsletter",),
    "site_problem": ("site-not-working", "app-and-browsers", "basket-and-checkout"),
}


class Words:
    """Everything that can be said, read once.

    Args:
        root: the project.
    """

    def __init__(self, root: Path) -> None:
        responses = load_domain(root / "domain.yml")["responses"]
        self._names = frozenset(responses)
        self._phrases = Phrases(responses, shipped_languages())
        self._sentences: dict[tuple[str, str], list[Sentence]] = {}
        for block in TrainingFiles(root).read().blocks:
            own = self._sentences.setdefault((block.language, block.intent), [])
            own += [
                Sentence(plain_of(one), tuple((m.start, m.end, m.entity) for m in entities_of(one)))
                for one in block.examples
            ]
        library = Library(root / "data/articles")
        library.refresh()
        self._shelf = library.shelf
        self._known: dict[tuple[str, str, int], tuple[str, str | None, tuple[Mapping[str, Any], ...]]] = {}

    @property
    def intents(self) -> Sequence[str]:
        """What customers can want, in a fixed order."""
        return sorted({intent for _, intent in self._sentences})

    def sentence(self, language: str, intent: str, chance: random.Random) -> Sentence:
        """One of the ways to say it."""
        known = self._sentences.get((language, intent)) or self._sentences[BASE, intent]
        return known[int(chance.random() * len(known))]

    def say(self, name: str, language: str, values: Mapping[str, str], pick: int = 0) -> Said:
        """One of our responses; what `values` lack is left out of it."""
        key = (name, language, pick)
        if key not in self._known:
            phrase = self._phrases.say(name, locale=language, pick=pick)
            self._known[key] = (phrase.text, phrase.expects, phrase.buttons)
        text, expects, buttons = self._known[key]
        if "{" in text:
            text = _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), text)
        return Said(text, name, expects, buttons)

    def guess(self, intent: str, language: str) -> str:
        """What the button says that stands for a wish that may have been meant."""
        name = f"utter_guess_{intent}"
        return self.say(name if name in self._names else "utter_guess_track_order", language, {}).text

    def title(self, name: str, language: str) -> str:
        """What the first button of a response says."""
        return str(self.say(name, language, {}).buttons[0]["title"])

    def label(self, name: str, language: str) -> str:
        """A short word, as on a button."""
        return self._phrases.label(name, locale=language)

    def article(self, intent: str, language: str, chance: random.Random) -> Article | None:
        """An article that may answer it, in that language or in English."""
        slugs = ARTICLES.get(intent)
        return self._shelf.get(chance.choice(slugs), language) if slugs else None
