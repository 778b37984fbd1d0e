"""What a customer says of a version leads to that version, or to nothing sure."""

from __future__ import annotations

import time

import pytest

from bot.orders.models import OrderItem, Product
from bot.self_service.reading.variants import VariantSaid, read_variant
from tests.support.versions import demo_product, item_of, made_product

LAMP = made_product(
    "Reading Lamp",
    {
        "color": ["black", "white", "silver"],
        "brightness": ["low", "medium", "high"],
        "power source": ["battery", "USB", "AC adapter"],
    },
)
FLASK = made_product("Travel Flask", {"capacity": ["500ml", "750ml", "1000ml"], "color": ["red", "blue"]})
TEE = made_product(
    "Crew Tee",
    {"size": ["S", "M", "L", "XL"], "color": ["black", "navy blue", "red"], "material": ["cotton", "polyester"]},
)
BOARD = made_product(
    "Typing Board",
    {"switch type": ["clicky", "linear"], "backlight": ["none", "white", "RGB"], "size": ["60%", "full size"]},
)
PUZZLE = made_product(
    "Picture Puzzle",
    {
        "pieces": ["500", "1000", "1500", "2000"],
        "theme": ["animals", "art"],
        "difficulty level": ["beginner", "intermediate", "expert"],
    },
)
CAMERA = made_product(
    "Trail Camera", {"resolution": ["1080p", "4K"], "zoom": ["3x", "10x"], "waterproof": ["yes", "no"]}
)
COMPUTER = made_product(
    "Notebook Computer",
    {
        "screen size": ["13-inch", "15-inch"],
        "processor": ["i5", "i7", "i9"],
        "RAM": ["8GB", "16GB"],
        "storage": ["256GB SSD", "1TB SSD"],
    },
)
GLASSES = made_product("Shades", {"frame color": ["black", "brown"], "lens color": ["black", "green"]})
HELMET = made_product("Ski Helmet", {"size": ["S", "M", "L"], "ventilation": ["low", "medium", "high"]})
HUB = made_product(
    "Home Hub", {"compatibility": ["Apple HomeKit", "Google Assistant", "Amazon Alexa"], "color": ["black", "white"]}
)
JUG = made_product(
    "Filter Jug", {"capacity": ["1 liter", "1.5 liters", "2 liters"], "material": ["glass", "stainless steel"]}
)
BOOTS = made_product("Trail Boots", {"size": ["7", "8", "9", "10"], "waterproof": ["yes", "no"]})


def read(product: Product, current: OrderItem, text: str, language: str = "en") -> VariantSaid:
    return read_variant(text, current, product, language)


@pytest.mark.parametrize(
    ("product", "current", "text", "expected"),
    [
        (
            BOARD,
            ("linear", "RGB", "60%"),
            "a clicky one please",
            {"switch type": "clicky", "backlight": "RGB", "size": "60%"},
        ),
        (
            BOARD,
            ("linear", "RGB", "60%"),
            "clicky, no backlight, full-size",
            {"switch type": "clicky", "backlight": "none", "size": "full size"},
        ),
        (BOARD, ("linear", "RGB", "60%"), "without backlighting", {"backlight": "none", "switch type": "linear"}),
        (
            HUB,
            ("Apple HomeKit", "white"),
            "one for google home instead of apple homekit",
            {"compatibility": "Google Assistant", "color": "white"},
        ),
        (JUG, ("1 liter", "glass"), "1.5l", {"capacity": "1.5 liters", "material": "glass"}),
        (
            JUG,
            ("1 liter", "glass"),
            "two litres, stainless steal",
            {"capacity": "2 liters", "material": "stainless steel"},
        ),
        (JUG, ("1 liter", "glass"), "2000 ml", {"capacity": "2 liters", "material": "glass"}),
        (FLASK, ("500ml", "red"), "1 litre in blue", {"capacity": "1000ml", "color": "blue"}),
        (
            COMPUTER,
            ("13-inch", "i5", "8GB", "256GB SSD"),
            "16 gigs of ram and 1tb",
            {"RAM": "16GB", "storage": "1TB SSD", "processor": "i5"},
        ),
        (COMPUTER, ("13-inch", "i5", "8GB", "256GB SSD"), 'the 15" one', {"screen size": "15-inch", "processor": "i5"}),
        (TEE, ("S", "red", "cotton"), "size M please", {"size": "M", "color": "red"}),
        (TEE, ("S", "red", "cotton"), "extra large in black", {"size": "XL", "color": "black"}),
        (TEE, ("S", "red", "cotton"), "I ordered red but want navy blue", {"color": "navy blue", "size": "S"}),
        (TEE, ("S", "red", "cotton"), "change the color from red to black", {"color": "black", "size": "S"}),
        (TEE, ("S", "red", "cotton"), "polyster", {"material": "polyester", "size": "S"}),
        (BOOTS, ("8", "yes"), "size 9, not waterproof", {"size": "9", "waterproof": "no"}),
        (BOOTS, ("8", "no"), "waterproof: yes", {"size": "8", "waterproof": "yes"}),
        (BOOTS, ("8", "yes"), "one size up", {"size": "9", "waterproof": "yes"}),
        (BOOTS, ("8", "yes"), "they are too small, I need a 10", {"size": "10", "waterproof": "yes"}),
        (GLASSES, ("black", "green"), "brown frame with black lens", {"frame color": "brown", "lens color": "black"}),
        (HELMET, ("S", "low"), "medium sized with high ventilation", {"size": "M", "ventilation": "high"}),
    ],
)
def test_values_in_customers_words_are_understood(
    product: Product, current: tuple[str, ...], text: str, expected: dict[str, str]
) -> None:
    said = read(product, item_of(product, *current), text)

    assert said.decided
    assert expected.items() <= said.candidates[0].options.items()


@pytest.mark.parametrize(
    ("product", "current", "text", "expected"),
    [
        (FLASK, ("750ml", "red"), "a bigger one", {"capacity": "1000ml", "color": "red"}),
        (FLASK, ("500ml", "red"), "the biggest", {"capacity": "1000ml", "color": "red"}),
        (FLASK, ("1000ml", "red"), "slightly smaller", {"capacity": "750ml", "color": "red"}),
        (LAMP, ("white", "medium", "USB"), "less bright", {"brightness": "low", "power source": "USB"}),
        (
            LAMP,
            ("white", "high", "USB"),
            "low brightness, prefer battery > AC adapter",
            {"brightness": "low", "power source": "battery", "color": "white"},
        ),
        (
            LAMP,
            ("white", "high", "USB"),
            "one that is not white, preferably silver",
            {"color": "silver", "brightness": "high"},
        ),
        (
            LAMP,
            ("white", "high", "USB"),
            "the cheapest one",
            {"color": "black", "brightness": "low", "power source": "battery"},
        ),
        (
            LAMP,
            ("white", "high", "USB"),
            "the most expensive black",
            {"color": "black", "brightness": "high", "power source": "AC adapter"},
        ),
        (
            PUZZLE,
            ("500", "art", "expert"),
            "1000 more pieces, same difficulty",
            {"pieces": "1500", "theme": "art", "difficulty level": "expert"},
        ),
        (PUZZLE, ("2000", "art", "expert"), "500 pieces less", {"pieces": "1500", "theme": "art"}),
        (
            PUZZLE,
            ("2000", "art", "expert"),
            "the easiest with the fewest pieces",
            {"pieces": "500", "difficulty level": "beginner", "theme": "art"},
        ),
        (PUZZLE, ("2000", "art", "intermediate"), "an easier one", {"pieces": "2000", "difficulty level": "beginner"}),
        (
            CAMERA,
            ("1080p", "3x", "yes"),
            "higher resolution, same otherwise",
            {"resolution": "4K", "zoom": "3x", "waterproof": "yes"},
        ),
        (CAMERA, ("1080p", "3x", "yes"), "maximum zoom", {"zoom": "10x", "resolution": "1080p"}),
        (
            COMPUTER,
            ("13-inch", "i5", "8GB", "256GB SSD"),
            "the cheapest with i7 or better, I don't care about the other specs",
            {"processor": "i7", "screen size": "13-inch"},
        ),
        (TEE, ("S", "red", "cotton"), "green if you have it, otherwise black", {"color": "black", "size": "S"}),
        (TEE, ("S", "red", "cotton"), "If there is no polyester in XL, then L", {"size": "L"}),
    ],
)
def test_comparisons_and_preferences_decide(
    product: Product, current: tuple[str, ...], text: str, expected: dict[str, str]
) -> None:
    said = read(product, item_of(product, *current), text)

    assert said.decided
    assert expected.items() <= said.candidates[0].options.items()


@pytest.mark.parametrize(
    ("product", "current", "text"),
    [
        (FLASK, ("500ml", "red"), "a bigger one"),  # 750 or 1000
        (GLASSES, ("brown", "green"), "black please"),  # the frame or the lens
        (TEE, ("S", "red", "cotton"), "black or navy blue"),
        (TEE, ("S", "red", "cotton"), "not red"),
        (LAMP, ("white", "high", "USB"), "something cheaper"),
        (COMPUTER, ("13-inch", "i5", "8GB", "256GB SSD"), "a faster one"),
    ],
)
def test_what_can_mean_several_is_not_decided(product: Product, current: tuple[str, ...], text: str) -> None:
    said = read(product, item_of(product, *current), text)

    assert not said.decided
    assert len(said.candidates) > 1


@pytest.mark.parametrize(
    "text",
    [
        "yes please",
        "use my gift card",
        "what colours do you have?",
        "I want to swap my red tee",
        "order #W7654321, refund $10",
        "it is broken",
    ],
)
def test_what_speaks_of_no_other_version_says_nothing(text: str) -> None:
    assert read(TEE, item_of(TEE, "S", "red", "cotton"), text) == VariantSaid()


def test_the_nearest_candidate_comes_first() -> None:
    said = read(TEE, item_of(TEE, "S", "red", "cotton"), "black or navy blue")

    assert [said.candidates[0].options[name] for name in ("size", "material")] == ["S", "cotton"]


def test_what_no_version_has_is_told_in_the_customers_words() -> None:
    said = read(TEE, item_of(TEE, "S", "red", "cotton"), "Do you have it in Purple?")

    assert (said.missing, said.candidates, said.decided) == (("Purple",), (), False)


def test_a_size_that_does_not_exist_is_missing() -> None:
    assert read(BOOTS, item_of(BOOTS, "8"), "size 14").missing == ("14",)


def test_a_sold_out_version_is_told_and_nothing_is_decided_in_its_place() -> None:
    product = made_product("Crew Tee", {"size": ["S", "M"], "color": ["red", "blue"]}, gone=[("S", "blue")])

    said = read(product, item_of(product, "S", "red"), "in blue please")

    assert not said.decided
    assert [one.options for one in said.sold_out] == [{"size": "S", "color": "blue"}]
    assert [one.options for one in said.candidates] == [{"size": "M", "color": "blue"}]


def test_everything_else_the_same_leaves_no_other_choice() -> None:
    product = made_product("Crew Tee", {"size": ["S", "M"], "color": ["red", "blue"]}, gone=[("S", "blue")])

    said = read(product, item_of(product, "S", "red"), "in blue, everything else the same")

    assert said.candidates == ()


def test_an_id_decides_at_once() -> None:
    wanted = LAMP.variants[7]

    said = read(LAMP, item_of(LAMP, "silver", "high", "USB"), f"change it to item {wanted.id}, not black")

    assert said == VariantSaid((wanted,), decided=True, said=True)


def test_the_id_of_a_sold_out_version_is_told() -> None:
    product = made_product("Crew Tee", {"size": ["S", "M"]}, gone=[("M",)])

    said = read(product, item_of(product, "S"), f"item {product.variants[1].id}")

    assert (said.candidates, said.sold_out, said.decided) == ((), (product.variants[1],), False)


def test_the_same_again_is_the_one_the_customer_has() -> None:
    current = item_of(LAMP, "white", "high", "USB")

    said = read(LAMP, current, "exactly the same one, mine is damaged")

    assert (said.decided, [one.id for one in said.candidates]) == (True, [current.item_id])


def test_the_cheapest_may_be_the_one_the_customer_has() -> None:
    current = item_of(FLASK, "500ml", "red")

    assert [one.id for one in read(FLASK, current, "the cheapest").candidates] == [current.item_id]


@pytest.mark.parametrize(
    ("name", "current", "text", "expected"),
    [
        ("Marlow crew jumper", ("navy", "M"), "size L please", {"colour": "navy", "size": "L"}),
        ("Harbour linen duvet set", ("oat", "single"), "the king size", {"colour": "oat", "size": "king"}),
        (
            "Sidestep trainers",
            ("white", "7"),
            "half a size is not enough, I want an 8",
            {"colour": "white", "size": "8"},
        ),
        ("Pebble vase", ("small",), "the larger one", {"size": "large"}),
    ],
)
def test_the_demo_shop_is_understood(name: str, current: tuple[str, ...], text: str, expected: dict[str, str]) -> None:
    product = demo_product(name)

    said = read(product, item_of(product, *current), text)

    assert said.decided
    assert said.candidates[0].options == expected


def test_a_colour_that_only_comes_close_is_offered_and_not_decided() -> None:
    product = demo_product("Marlow crew jumper")

    said = read(product, item_of(product, "oatmeal", "M"), "in blue")

    assert (said.decided, said.missing, said.candidates[0].options["colour"]) == (False, ("blue",), "navy")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "eine Größe größer, sonst gleich", {"size": "M", "color": "red"}),
        ("de", "schwarz statt rot", {"color": "black", "size": "S"}),
        ("de", "aus Polyester in Größe L", {"material": "polyester", "size": "L"}),
        ("fr", "le même mais en noir", {"color": "black", "size": "S"}),
        ("fr", "une taille au-dessus", {"size": "M", "color": "red"}),
        ("es", "el mismo pero en negro", {"color": "black", "size": "S"}),
        ("es", "talla L, de poliéster o algodón me da igual", {"size": "L", "color": "red"}),
        ("es", "la más barata en negro", {"color": "black", "size": "S", "material": "cotton"}),
        ("de", "the black one", {"color": "black", "size": "S"}),
    ],
)
def test_other_languages_are_understood(language: str, text: str, expected: dict[str, str]) -> None:
    said = read(TEE, item_of(TEE, "S", "red", "cotton"), text, language)

    assert expected.items() <= said.candidates[0].options.items()


@pytest.mark.parametrize("piece", ["black ", "not ", "1 ", "a1", "'", "if black ", "same color ", "e-", "8,"])
def test_a_long_text_takes_no_long_time(piece: str) -> None:
    text = (piece * 4000)[:4000]
    began = time.monotonic()

    read(COMPUTER, item_of(COMPUTER, "i5"), text)

    assert time.monotonic() - began < 5


def test_the_id_of_what_they_have_is_no_wanted_version() -> None:
    own, other = item_of(FLASK, "500ml", "red"), item_of(FLASK, "500ml", "blue")

    assert read(FLASK, own, own.item_id) == VariantSaid()
    assert read(FLASK, own, f"exchange {own.item_id}") == VariantSaid()
    for text in (f"{own.item_id} for {other.item_id}", f"the {own.item_id} in blue"):
        assert [one.id for one in read(FLASK, own, text).candidates] == [other.item_id]
