"""What actions may use, as one typed bundle, and how it is put together; no action, and nothing built at import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cases.promises import Promises, promises_of
from bot.customers.proofs import Limits, ProofLedger
from bot.customers.verification import Verification
from bot.knowledge.answers import Articles
from bot.languages.languages import FOLDER
from bot.orders.catalogue import CatalogueKeeper
from bot.orders.formatting import Formatting
from bot.orders.numbers import OrderNumbers
from bot.orders.search_words import SearchVocabulary
from bot.orders.shop import Shop
from bot.settings import Settings
from bot.storage.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    """Everything an action may ask."""

    shop: Shop
    verification: Verification
    articles: Articles
    products: CatalogueKeeper
    promises: Promises
    order_numbers: OrderNumbers
    formatting: Formatting
    clock: Callable[[], datetime]
    settings: Settings

    def formatting_for(self, language: str) -> Formatting:
        """How to write for a customer of this language."""
        return self.formatting.in_language(language)


def build_services(
    settings: Settings,
    database: Database,
    shop: Shop,
    articles: Articles,
    *,
    key: bytes,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Services:
    """Put the bundle together.

    Args:
        key: secret for codes and for what is tried; the same as `OneTimeCodes` has.
        clock: the time now, in UTC.
        new_id: makes row ids.
    """
    formatting = Formatting(settings.locale, settings.currency, settings.timezone)
    limits = Limits(failures=settings.code_attempts, lock=timedelta(minutes=settings.lock_minutes))
    return Services(
        shop=shop,
        verification=Verification(
            database,
            shop,
            ProofLedger(key, limits),
            key=key,
            holds=timedelta(minutes=settings.verification_minutes),
            clock=clock,
            new_id=new_id,
            change_proof=settings.change_proof,
        ),
        articles=articles,
        products=CatalogueKeeper(shop, SearchVocabulary(FOLDER, settings.catalogue_language), clock),
        order_numbers=OrderNumbers(settings.order_number_pattern, settings.order_number_prefix),
        promises=promises_of(settings, formatting),
        formatting=formatting,
        clock=clock,
        settings=settings,
    )
