"""Questions about products, answered from the catalogue: found, described, compared; and how to order one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.articles import ActionAnswerQuestion
from actions.base import Domain, Events, ServiceAction
from actions.misses import none_missed
from actions.order_news import News
from actions.person import no_answer
from actions.product_cards import MOST_BUTTONS, Button, Card, ProductWriter, product_button, topic_button
from actions.product_news import product_news
from actions.reading import active_form, entity_values, intent_of, is_remark_on_order, language_of, question_of
from actions.repeats import reworded, said
from actions.services import Services
from bot.orders.catalogue import OWN_FACTS, Catalogue, Found, Hit, Lack
from bot.orders.models import Product
from bot.orders.product_subject import compared, is_plain, subject
from bot.orders.product_wish import Term, Wish

SHOWN = 4
_LONGEST_REMARK = 6  # words; who says more has something else in mind than the products just shown
_LACKING = {
    None: "utter_products_found",
    Lack.WORDS: "utter_products_closest",
    Lack.PRICE: "utter_products_other_price",
    Lack.STOCK: "utter_products_sold_out",
    Lack.NEAR: "utter_products_near",
}


class _ProductAction(ServiceAction):
    """What both actions need: the catalogue, the product at hand, and a way to say something."""

    def writer(self, tracker: Tracker, catalogue: Catalogue) -> ProductWriter:
        """Writes in the conversation's language."""
        words = catalogue.words(language_of(tracker))
        return ProductWriter(self.formatting(tracker), words, self.services.settings.base_url)

    async def product_meant(self, tracker: Tracker, catalogue: Catalogue, wish: Wish) -> Product | None:
        """The product that is spoken of, as it is now."""
        chosen = next((found for value in _chosen(tracker, "product") if (found := catalogue.product(value))), None)
        product = chosen or subject(catalogue, wish, _current(tracker, catalogue))
        return await self.services.shop.product(product.id) if product else None


class ActionProductQuestion(_ProductAction):
    """Finds, describes or compares products; where an article answers better, it is the article's turn."""

    action_name = "action_product_question"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if intent_of(tracker) == "product_question" and is_remark_on_order(tracker):
            return no_answer(dispatcher, tracker, domain)
        return await self._answer(dispatcher, tracker, domain)

    async def _answer(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        catalogue = await self.services.products.catalogue()
        text, language = question_of(tracker), language_of(tracker)
        topic = next(iter(_chosen(tracker, "product_kind")), None)
        wish = catalogue.read(topic or text, language)
        answer = _Answer(dispatcher, tracker, domain, catalogue, self.writer(tracker, catalogue))
        if topic in catalogue.categories:
            return answer.kinds(topic)
        answer.currency(wish)
        if both := compared(catalogue, text, language, _current(tracker, catalogue), _shown(tracker, catalogue)):
            return answer.comparison(both)
        product = None if topic else await self.product_meant(tracker, catalogue, wish)
        wish = _cheaper(wish, _current(tracker, catalogue), catalogue, language)
        narrowed = None if product or topic else _narrowed(catalogue, wish, _shown(tracker, catalogue))
        if narrowed:
            return answer.found(narrowed, wish)
        found = Found() if product else catalogue.search(wish, SHOWN)
        open_question = not topic and _articles_turn(catalogue, wish, product, found)
        if open_question and await self.services.articles.answer(text, language):
            return await ActionAnswerQuestion(self.services).run(dispatcher, tracker, domain)
        return answer.about(product, wish) if product else answer.found(found, wish)


class ActionPlaceOrder(_ProductAction):
    """The chat takes no orders: leads to the page of what is wanted."""

    action_name = "action_place_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        catalogue = await self.services.products.catalogue()
        wish = catalogue.read(question_of(tracker), language_of(tracker))
        answer = _Answer(dispatcher, tracker, domain, catalogue, self.writer(tracker, catalogue))
        product = await self.product_meant(tracker, catalogue, wish)
        if product is None and wish.says_nothing:
            product = _current(tracker, catalogue)
        if product is None:
            found = Found() if wish.says_nothing else catalogue.search(wish, SHOWN)
            return answer.found(found, wish, "utter_order_which") if found.hits else answer.departments("utter_order")
        variants, _ = catalogue.chosen(product, wish)
        return answer.say(News("utter_order_product", {"product": product.name}), [Hit(product, variants)])


async def speaks_of_products(services: Services, tracker: Tracker) -> bool:
    """Whether a message that was not understood is about products all the same: "and in navy?", "lether bag"."""
    catalogue = await services.products.catalogue()
    wish = catalogue.read(question_of(tracker), language_of(tracker))
    return is_plain(catalogue, wish, _current(tracker, catalogue))


class _Answer:
    """Says what was found, and leaves behind what the next question may go on about."""

    def __init__(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Domain,
        catalogue: Catalogue,
        write: ProductWriter,
    ) -> None:
        self._dispatcher, self._tracker, self._domain = dispatcher, tracker, domain
        self._catalogue, self._write = catalogue, write

    def about(self, product: Product, wish: Wish) -> Events:
        """One product, or what was asked about it."""
        variants, _ = self._catalogue.chosen(product, wish)
        news = product_news(product, wish, self._catalogue, self._write)
        return self.say(news, [Hit(product, variants or product.variants)])

    def found(self, found: Found, wish: Wish, response: str | None = None) -> Events:
        """What a search brought, with buttons to pick one."""
        if wish.refers and wish.facts and not self._catalogue.speaks_of_things(wish):
            return self.departments("utter_product_which")  # "is it made in China", and nothing was spoken of
        if not wish.searches:
            return self.departments("utter_products" if wish.says_nothing else "utter_product_which")
        if found.lack is Lack.UNWANTED:
            return self.departments("utter_products_unwanted", unwanted=self._listed(wish.without))
        if not found.hits:
            return self.departments("utter_products_none")
        if wish.sizes and (sizes := self._write.sizes([hit.product for hit in found.hits])):
            words = {"wanted": self._write.formatting.listed(wish.sizes), "sizes": sizes}
            return self.say(News("utter_products_sizes", words), found.hits)
        if len(found.hits) == 1 and found.lack is None and response is None:
            hit = found.hits[0]
            price = self._write.price(hit.variants)
            return self.say(News("utter_products_one", {"product": hit.product.name, "price": price}), [hit])
        many = found.total > len(found.hits) and found.lack is None
        name = response or ("utter_products_many" if many else _LACKING[found.lack])
        return self.say(News(name, {"count": str(found.total), "wanted": self._listed(wish.terms)}), found.hits)

    def currency(self, wish: Wish) -> None:
        """Where another currency is spoken of, that prices are in the shop's, which nothing is converted from."""
        formatting = self._write.formatting
        if wish.currency in ("", formatting.currency) or not (wish.has_price or "price" in wish.facts):
            return
        response = "utter_product_currency_amount" if wish.has_price else "utter_product_currency"
        self._dispatcher.utter_message(response=response, currency=formatting.name_of_currency)

    def comparison(self, both: tuple[Product, Product]) -> Events:
        """Two products side by side, with what they differ in."""
        names = dict.fromkeys(name for product in both for name in product.attributes)
        differ = [name for name in names if len({product.attributes.get(name) for product in both}) > 1]
        news = News("utter_products_compared", {"first": both[0].name, "second": both[1].name})
        return self.say(news, [Hit(product, product.variants) for product in both], differ)

    def kinds(self, category: str) -> Events:
        """What kinds of things there are in a department."""
        kinds = self._catalogue.kinds(category)[:MOST_BUTTONS]
        news = News("utter_product_kinds", {"category": self._write.name(category)})
        return self._told(news, [], [topic_button(kind, self._write.name(kind)) for kind in kinds])

    def departments(self, response: str, **words: str) -> Events:
        """A question to go on with; in a form, whose own question comes next, a promise."""
        if active_form(self._tracker):
            return self._told(News(f"{response}_back", words), [], [])
        buttons = [topic_button(name, self._write.name(name)) for name in self._catalogue.categories]
        return self._told(News(response, words), [], buttons)

    def _listed(self, terms: Sequence[Term]) -> str:
        return self._write.formatting.listed([term.said for term in terms])

    def say(self, news: News, hits: Sequence[Hit], facts: Sequence[str] = ()) -> Events:
        """A sentence with the cards of products; with several, buttons to pick one."""
        buttons = [product_button(hit.product) for hit in hits] if len(hits) > 1 else None
        events = self._told(news, [self._write.card(hit, facts) for hit in hits], buttons)
        return [
            *events,
            SlotSet("current_product", hits[0].product.id if len(hits) == 1 else None),
            SlotSet("shown_products", [hit.product.id for hit in hits] if len(hits) > 1 else None),
        ]

    def _told(self, news: News, cards: list[Card], buttons: list[Button] | None) -> Events:
        wording = reworded(self._tracker, self._domain, news.response)
        content = {"cards": cards}
        self._dispatcher.utter_message(response=wording, json_message=content, buttons=buttons, **news.words)
        return [none_missed(), said(self._tracker, wording)]


def _chosen(tracker: Tracker, entity: str) -> list[str]:
    """What a button stands for. What the pipeline reads out of a typed text is read here again, and better."""
    entities: list[dict[str, Any]] = tracker.latest_message.get("entities") or []
    read_from_text = any(found.get("entity") == entity and found.get("extractor") for found in entities)
    return [] if read_from_text else entity_values(tracker, entity)


def _current(tracker: Tracker, catalogue: Catalogue) -> Product | None:
    kept = tracker.get_slot("current_product")
    return catalogue.product(kept) if isinstance(kept, str) else None


def _shown(tracker: Tracker, catalogue: Catalogue) -> list[Product]:
    kept = tracker.get_slot("shown_products")
    ids = kept if isinstance(kept, list) else []
    return [product for name in ids if (product := catalogue.product(str(name)))]


def _cheaper(wish: Wish, current: Product | None, catalogue: Catalogue, language: str) -> Wish:
    """ "Anything cheaper?" is about things like the one shown last."""
    if current is None or wish.terms or wish.unknown or not (wish.cheapest or wish.dearest):
        return wish
    return replace(wish, terms=catalogue.read(current.kind, language).terms)


def _narrowed(catalogue: Catalogue, wish: Wish, shown: Sequence[Product]) -> Found | None:
    """What fits of the products shown last: "only waterproof ones", "under 100", "the cheapest of them"."""
    is_long = len(wish.stems) > _LONGEST_REMARK
    if not shown or is_long or wish.open_ended or wish.unknown or not wish.searches or catalogue.speaks_of_things(wish):
        return None
    found = catalogue.search(replace(wish, open_ended=True), len(catalogue.products))
    ids = {product.id for product in shown}
    hits = tuple(hit for hit in found.hits if hit.product.id in ids)
    if found.lack is not None or not hits:
        return None
    hits = hits[:1] if wish.cheapest or wish.dearest else hits
    return Found(hits, len(hits))


def _articles_turn(catalogue: Catalogue, wish: Wish, product: Product | None, found: Found) -> bool:
    """Whether the catalogue leaves open what is asked, so that an article may know more.

    Of one product an article knows only what holds for many: its care, its guarantee; never whether it has a zip.
    """
    general = bool(set(wish.facts) - OWN_FACTS)
    if product is not None:
        return general and not catalogue.facts_asked(product, wish)
    asks_only = general and not catalogue.speaks_of_things(wish)
    return wish.searches and (found.lack in (Lack.ALL, Lack.WORDS) or asks_only or bool(wish.unknown))
