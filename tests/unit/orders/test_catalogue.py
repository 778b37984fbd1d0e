"""Search in the catalogue, in the words of people: what they look for, and what they get."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.languages.languages import FOLDER
from bot.orders.catalogue import Catalogue, CatalogueKeeper, Lack
from bot.orders.demo import demo_products
from bot.orders.models import Product
from bot.orders.product_subject import compared, subject
from bot.orders.search_words import SearchVocabulary
from bot.orders.shop import ShopUnavailable
from bot.settings import ROOT

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PRODUCTS = demo_products(ROOT / "data" / "shop", NOW)
VOCABULARY = SearchVocabulary(FOLDER, "en")
CATALOGUE = Catalogue(PRODUCTS, VOCABULARY)


def brands(products: object) -> list[str]:
    """The first word of each product's name: what the demo's products are told apart by."""
    return [product.name.split()[0] for product in products]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("warm jacket under 80", ["Thrush"]),
        ("kettel", ["Kettlewell"]),
        ("lether bag", ["Rook", "Heron"]),
        ("do you have any waterproof backpacks", ["Heron"]),
        ("something for the kitchen under £30", ["Brook"]),
        ("cheapest coat", ["Fellside", "Thrush", "Saltmarsh"]),
        ("most expensive lamp", ["Thicket", "Alder", "Glimmer"]),
        ("navy jumper in L", ["Marlow"]),
        ("sneakers size 9", ["Sidestep"]),
        ("blue mugs", ["Finch"]),
        ("anything in mustard", ["Saltmarsh", "Heron"]),
        ("rain coat", ["Saltmarsh"]),
        ("a mac", ["Saltmarsh"]),
        ("hooded jacket", ["Saltmarsh"]),
        ("headfones", ["Hush"]),
        ("trowsers", ["Warren"]),
        ("sheets for a king size bed", ["Harbour", "Cove"]),
        ("bedding", ["Harbour", "Cove"]),
        ("white shirt", ["Lapwing", "Dunlin", "Martin"]),
        ("size M t-shirt in black please", ["Martin"]),
        ("men's winter boots black size 9", ["Peat"]),
        ("do u have wool socks", ["Wader"]),
        ("20-40 pounds candles", ["Copse"]),
        ("lamps from 50 to 70 pounds", ["Alder", "Glimmer"]),
        ("lamps between £50 and £70", ["Alder", "Glimmer"]),
        ("lamps for around 60 quid", ["Alder", "Glimmer"]),
        ("lamp over 100", ["Thicket"]),
        ("pillow, 40 or less", ["Eider", "Hazel"]),
        ("laptop bag", ["Heron", "Rook"]),
        ("cast iron skillet for induction", ["Anvil"]),
        ("coffee cups that go in the dishwasher", ["Finch"]),
        ("carpet for the living room", ["Loom"]),
        ("blankets", ["Wren"]),
        ("slippers size 8", ["Burrow"]),
        ("a present for my mum who loves cooking", ["Ridge", "Linnet"]),
        ("green towel", ["Tern"]),
        ("6 mugs", ["Finch"]),
        ("bluetooth speaker", ["Chirp"]),
        ("the saltmarsh", ["Saltmarsh"]),
        ("fern", ["Fern"]),
        ("scarfs", ["Bracken"]),
        ("cutting board", ["Ridge"]),
    ],
)
def test_people_find_what_they_mean(text: str, expected: list[str]) -> None:
    found = CATALOGUE.search(CATALOGUE.read(text, "en"))
    assert brands(hit.product for hit in found.hits) == expected
    assert found.lack is None


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "Jacke unter 80 Euro", ["Thrush"]),
        ("de", "haben Sie warme Winterjacken?", ["Thrush", "Fellside"]),
        ("de", "blaue Pullover", ["Marlow"]),
        ("de", "Bettwäsche aus Leinen", ["Harbour"]),
        ("de", "Ich suche eine Lampe zwischen 40 und 70 Euro", ["Alder", "Glimmer"]),
        ("de", "wasserdichter Rucksack", ["Heron"]),
        ("de", "günstige Schuhe", ["Burrow", "Sidestep", "Curlew", "Peat"]),
        ("de", "Wasserkocher", ["Kettlewell"]),
        ("fr", "veste à moins de 80 euros", ["Thrush"]),
        ("fr", "une lampe de chevet", ["Glimmer"]),
        ("fr", "je cherche un pull bleu", ["Marlow"]),
        ("fr", "sac en cuir entre 100 et 150 euros", ["Rook"]),
        ("fr", "un manteau d'hiver", ["Fellside", "Thrush"]),
        ("es", "chaqueta de menos de 80 euros", ["Thrush"]),
        ("es", "una lámpara para el dormitorio", ["Glimmer"]),
        ("es", "¿tienen botas negras?", ["Peat"]),
        ("es", "mochila impermeable", ["Heron"]),
        ("es", "zapatos baratos", ["Burrow", "Sidestep", "Curlew", "Peat"]),
        ("it", "warm jacket under 80", ["Thrush"]),
    ],
)
def test_other_languages_lead_to_the_same_products(language: str, text: str, expected: list[str]) -> None:
    found = CATALOGUE.search(CATALOGUE.read(text, language))
    assert brands(hit.product for hit in found.hits) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "do you sell bicycles?"),
        ("en", "red toaster"),
        ("en", "shoe rack"),
        ("en", "coat hanger"),
        ("en", "gaming laptop"),
        ("en", "vegan wallet"),
        ("en", "do you sell boats"),
        ("en", "tv"),
        ("de", "verkaufen Sie Fahrräder?"),
        ("fr", "vous vendez des vélos ?"),
        ("es", "venden bicicletas"),
    ],
)
def test_what_is_not_in_the_catalogue_is_not_found(language: str, text: str) -> None:
    found = CATALOGUE.search(CATALOGUE.read(text, language))
    assert (found.hits, found.lack) == ((), Lack.ALL)


@pytest.mark.parametrize(
    ("text", "lack"),
    [
        ("jackets under 50", Lack.PRICE),
        ("leather sofa", Lack.WORDS),
        ("phone case", Lack.WORDS),
        ("black kettle for the dishwasher", Lack.WORDS),
        ("knot beanie in mustard", Lack.STOCK),
    ],
)
def test_what_comes_close_is_said_to_lack_something(text: str, lack: Lack) -> None:
    found = CATALOGUE.search(CATALOGUE.read(text, "en"))
    assert found.hits
    assert found.lack is lack


@pytest.mark.parametrize(
    ("text", "lowest", "highest"),
    [
        ("under £79.90", None, "79.90"),
        ("no more than 1,200 pounds", None, "1200"),
        ("between 20 and 40", "20", "40"),
        ("from 40 to 20 pounds", "20", "40"),
        ("£20 - £40", "20", "40"),
        ("at least 50", "50", None),
        ("50 or more", "50", None),
        ("about 100", "75.00", "125.00"),
        ("i have 60 quid", None, "60"),
        ("size 9", None, None),
        ("under 80 cm", None, None),
        ("set of 4", None, None),
    ],
)
def test_prices_are_read(text: str, lowest: str | None, highest: str | None) -> None:
    wish = CATALOGUE.read(text, "en")
    assert wish.lowest == (Decimal(lowest) if lowest else None)
    assert wish.highest == (Decimal(highest) if highest else None)


@pytest.mark.parametrize(("language", "text"), [("de", "bis 79,90 €"), ("es", "hasta 79,90"), ("fr", "maximum 79,90")])
def test_prices_are_read_in_other_languages(language: str, text: str) -> None:
    assert CATALOGUE.read(text, language).highest == Decimal("79.90")


@pytest.mark.parametrize("text", ["can i ask about a product", "recommend something", "hello there", "", "?", "12345"])
def test_a_sentence_without_anything_to_go_on_says_nothing(text: str) -> None:
    assert CATALOGUE.read(text, "en").says_nothing


def test_a_long_message_is_read_within_its_time() -> None:
    started = time.process_time()
    CATALOGUE.search(CATALOGUE.read("wolly sweeter blu " * 250, "en"))
    assert time.process_time() - started < 1


def product(brand: str) -> Product:
    return next(product for product in PRODUCTS if product.name.startswith(brand))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("and in blue?", "Saltmarsh"),
        ("how much is it", "Saltmarsh"),
        ("is the jacket waterproof?", "Saltmarsh"),
        ("in slate, size S", "Saltmarsh"),
        ("does it come in XXL", "Saltmarsh"),
        ("how much is the kettle", "Kettlewell"),
        ("and the thrush?", "Thrush"),
        ("do you have lamps", None),
        ("anything cheaper?", None),
        ("what else do you have", None),
        ("do you sell bikes?", None),
    ],
)
def test_what_is_spoken_of_while_a_jacket_is_shown(text: str, expected: str | None) -> None:
    found = subject(CATALOGUE, CATALOGUE.read(text, "en"), product("Saltmarsh"))
    assert (found.name.split()[0] if found else None) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "difference between saltmarsh and thrush", ["Saltmarsh", "Thrush"]),
        ("en", "the linen or the percale duvet?", ["Cove", "Harbour"]),
        ("en", "kettle vs teapot", ["Kettlewell", "Robin"]),
        ("en", "how does it compare with the fellside coat", ["Heron", "Fellside"]),
        ("en", "compare them", ["Harbour", "Saltmarsh"]),
        ("de", "was ist der Unterschied zwischen Saltmarsh und Thrush", ["Saltmarsh", "Thrush"]),
        ("fr", "la différence entre le Saltmarsh et le Thrush", ["Saltmarsh", "Thrush"]),
        ("en", "navy or oatmeal jumper", []),
        ("en", "kettle and mugs", []),
    ],
)
def test_two_products_are_compared(language: str, text: str, expected: list[str]) -> None:
    shown = [product("Harbour"), product("Saltmarsh")]
    both = compared(CATALOGUE, text, language, product("Heron"), shown)
    assert sorted(brands(both or ())) == sorted(expected)


class CountingShop:
    def __init__(self) -> None:
        self.asked = 0
        self.catalogue = PRODUCTS
        self.error: Exception | None = None

    async def products(self) -> tuple[Product, ...]:
        self.asked += 1
        if self.error:
            raise self.error
        return self.catalogue


async def test_the_catalogue_is_kept_for_a_minute() -> None:
    now, shop = [NOW], CountingShop()
    keeper = CatalogueKeeper(shop, VOCABULARY, lambda: now[0])  # type: ignore[arg-type]  # what a keeper uses of it
    first = await keeper.catalogue()
    assert await keeper.catalogue() is first
    assert shop.asked == 1
    now[0] += timedelta(minutes=1)
    assert await keeper.catalogue() is first  # nothing has changed, so nothing is built anew
    now[0] += timedelta(minutes=1)
    shop.catalogue = (replace(PRODUCTS[0], name="Birch desk lamp"), *PRODUCTS[1:])
    assert (await keeper.catalogue()).product("mf-101") == shop.catalogue[0]


async def test_while_the_shop_is_away_the_last_catalogue_is_used() -> None:
    now, shop = [NOW], CountingShop()
    keeper = CatalogueKeeper(shop, VOCABULARY, lambda: now[0])  # type: ignore[arg-type]  # what a keeper uses of it
    first = await keeper.catalogue()
    shop.error = ShopUnavailable()
    now[0] += timedelta(hours=1)
    assert await keeper.catalogue() is first
    assert await keeper.catalogue() is first
    assert shop.asked == 2  # nobody else waits for it just now
    shop.error = None
    now[0] += timedelta(seconds=10)
    shop.catalogue = PRODUCTS[1:]
    assert (await keeper.catalogue()).products == PRODUCTS[1:]


@pytest.mark.parametrize("error", [ShopUnavailable(), ValueError()])
async def test_without_a_catalogue_the_shops_failure_is_told(error: Exception) -> None:
    shop = CountingShop()
    shop.error = error
    keeper = CatalogueKeeper(shop, VOCABULARY, lambda: NOW)  # type: ignore[arg-type]  # what a keeper uses of it
    with pytest.raises(type(error)):
        await keeper.catalogue()
    shop.error = None
    assert (await keeper.catalogue()).products == PRODUCTS


async def test_a_catalogue_that_is_not_away_but_wrong_is_not_hidden() -> None:
    now, shop = [NOW], CountingShop()
    keeper = CatalogueKeeper(shop, VOCABULARY, lambda: now[0])  # type: ignore[arg-type]  # what a keeper uses of it
    await keeper.catalogue()
    shop.error = ValueError()
    now[0] += timedelta(minutes=1)
    with pytest.raises(ValueError):  # noqa: PT011  # any: it is a bug
        await keeper.catalogue()


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "kettles that are not black", ["steel"]),
        ("en", "don't want a black kettle", ["steel"]),
        ("de", "Wasserkessel, aber nicht schwarz", ["steel"]),
        ("es", "hervidor que no sea negro", ["steel"]),
        ("fr", "bouilloire mais pas noire", ["steel"]),
    ],
)
def test_an_option_that_is_not_wanted_is_left_out(language: str, text: str, expected: list[str]) -> None:
    found = CATALOGUE.search(CATALOGUE.read(text, language))
    assert [variant.options["finish"] for hit in found.hits for variant in hit.variants] == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "not leather shoes please", ["Burrow"]),
        ("de", "Schuhe ohne Leder", ["Burrow"]),
        ("es", "zapatos sin cuero", ["Burrow"]),
        ("fr", "des chaussures sans cuir", ["Burrow"]),
        ("en", "jackets no more than 80", ["Thrush"]),
        ("en", "do you not have black kettles", ["Kettlewell"]),
        ("fr", "casque sans fil", ["Hush"]),
        ("en", "got any black stuff in L", ["Martin"]),
    ],
)
def test_what_is_not_wanted_is_not_found(language: str, text: str, expected: list[str]) -> None:
    found = CATALOGUE.search(CATALOGUE.read(text, language))
    assert (brands(hit.product for hit in found.hits), found.lack) == (expected, None)


@pytest.mark.parametrize("text", ["jumper but not wool", "wool jumper without wool"])
def test_all_there_is_being_unwanted_is_said(text: str) -> None:
    assert CATALOGUE.search(CATALOGUE.read(text, "en")).lack is Lack.UNWANTED


@pytest.mark.parametrize("text", ["do you sell laptops", "do you have any phones", "a laptop", "sofas"])
def test_what_a_thing_is_for_is_not_sold_itself(text: str) -> None:
    assert CATALOGUE.search(CATALOGUE.read(text, "en")).lack is Lack.WORDS


def test_a_colour_that_comes_close_is_not_taken_for_the_one_asked_for() -> None:
    found = CATALOGUE.search(CATALOGUE.read("black coat", "en"))
    assert (brands(hit.product for hit in found.hits), found.lack) == (["Fellside"], Lack.NEAR)
