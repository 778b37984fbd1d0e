"""What a customer calls the things they ordered leads to the right ones."""

from __future__ import annotations

import pytest

from bot.self_service.reading.items import Line, read_items
from bot.self_service.reading.swaps import read_swaps
from tests.support.versions import lines_of, named_item

LINES = lines_of(
    named_item("Mechanical Keyboard", switch_type="linear", size="80%"),
    named_item("Vacuum Cleaner", type="robotic", features="cordless"),
    named_item("Pet Bed", color="beige", material="fleece"),
    named_item("Smart Watch", color="black"),
    named_item("Wristwatch", strap_material="leather"),
    named_item("Laptop", 900, screen_size="15-inch", color="black"),
    named_item("Laptop", 1200, screen_size="13-inch", color="silver"),
    named_item("Skateboard", design="plain"),
    named_item("Skateboard", design="plain"),
    named_item("Luggage Set", color="red"),
)
DEMO = lines_of(
    named_item("Alder desk lamp", colour="sage"),
    named_item("Finch stoneware mugs, set of four", glaze="moss"),
    named_item("Fern in a terracotta pot", size="12 cm"),
    named_item("Sidestep trainers", colour="white", size="7"),
)


def places(text: str, lines: tuple[Line, ...] = LINES, language: str = "en") -> list[list[int]]:
    """The places in the order that each mention can mean."""
    return [[line.position for line in one.lines] for one in read_items(text, lines, language).mentions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I want to return the mechanical keyboard", [[0]]),
        ("the keyboard and the cleaner, please", [[0], [1]]),
        ("send back my keybaord", [[0]]),
        ("the hoover", [[1]]),
        ("vaccum cleaner", [[1]]),
        ("the bed", [[2]]),
        ("the smartwatch", [[3]]),
        ("the wrist watch", [[4]]),
        ("the suitcases", [[9]]),
        ("the 15-inch laptop", [[5]]),
        ("the laptop with the 13 inch screen", [[6]]),
        ("the silver laptop", [[6]]),
        ("the laptop (silver)", [[6]]),
        ("the more expensive laptop", [[6]]),
        ("the cheaper laptop", [[5]]),
        ("the robotic one", [[1]]),
        ("the fleece pet bed", [[2]]),
        ("the laptop. I mean the silver one", [[6]]),
        ("the first one", [[0]]),
        ("the second item and the last one", [[1], [9]]),
        ("3", [[2]]),
        ("1 and 3", [[0], [2]]),
        ("item id-Pet Bed-beige-fleece and the keyboard", [[2], [0]]),
        ("first return the keyboard, then the luggage", [[0], [9]]),
        ("please swap the keyboard for a keyboard with clicky switches", [[0]]),
        ("hello, how are you?", []),
    ],
)
def test_things_are_found_by_what_they_are_called(text: str, expected: list[list[int]]) -> None:
    found = places(text)

    assert found == expected or sorted(found) == sorted(expected)


@pytest.mark.parametrize(("text", "expected"), [("the watch", [3, 4]), ("a laptop", [5, 6]), ("my skateboard", [7, 8])])
def test_a_word_for_several_things_is_unclear(text: str, expected: list[int]) -> None:
    (mention,) = read_items(text, LINES, "en").mentions

    assert ([line.position for line in mention.lines], mention.every) == (expected, False)


@pytest.mark.parametrize(
    "text", ["both laptops", "the two laptops", "all my laptops", "the laptops", "all of the laptops"]
)
def test_several_of_a_kind_can_all_be_meant(text: str) -> None:
    (mention,) = read_items(text, LINES, "en").mentions

    assert ([line.position for line in mention.lines], mention.every, mention.number_meant) == ([5, 6], True, 2)


def test_one_of_two_that_are_alike_is_sure() -> None:
    assert places("one of the skateboards") == [[7]]


def test_one_and_another_of_two_that_are_alike_are_both() -> None:
    assert places("one skateboard to a custom one and another skateboard to a graphic one") == [[7], [8]]


def test_two_of_three_are_counted() -> None:
    lines = lines_of(*(named_item("Desk Lamp", color=color) for color in ("red", "blue", "black")))

    (mention,) = read_items("two of the lamps", lines, "en").mentions

    assert (len(mention.lines), mention.number_meant, mention.every) == (3, 2, False)


@pytest.mark.parametrize(
    ("text", "excluded"),
    [
        ("everything except the pet bed", [[2]]),
        ("the whole order but not the keyboard", [[0]]),
        ("all of it apart from the keyboard and the pet bed", [[0], [2]]),
        ("return everything, but keep the luggage set", [[9]]),
        ("keep the keyboard, return the rest", [[0]]),
    ],
)
def test_everything_but_some_things(text: str, excluded: list[list[int]]) -> None:
    said = read_items(text, LINES, "en")

    assert said.everything
    assert [[line.position for line in one.lines] for one in said.mentions if one.excluded] == excluded
    assert all(one.excluded for one in said.mentions)


def test_one_thing_and_not_another() -> None:
    said = read_items("the keyboard, not the pet bed", LINES, "en")

    assert [(one.lines[0].position, one.excluded) for one in said.mentions] == [(0, False), (2, True)]


@pytest.mark.parametrize("text", ["everything", "all of it", "the entire order please", "return all items", "them all"])
def test_everything_is_everything(text: str) -> None:
    assert read_items(text, LINES, "en").everything


@pytest.mark.parametrize(
    "text",
    [
        "the keyboard, everything else stays the same",
        "that's all",
        "not everything",
        "all the laptops",
        "first of all, hello",
        "is everything ok?",
    ],
)
def test_what_only_sounds_like_everything_is_not(text: str) -> None:
    assert not read_items(text, LINES, "en").everything


def test_both_is_everything_where_there_are_two() -> None:
    assert read_items("both please", LINES[:2], "en").everything
    assert not read_items("both please", LINES, "en").everything


def test_the_order_that_is_named_behind_tells_two_apart() -> None:
    lines = (
        *lines_of(named_item("Desk Lamp", color="red")),
        *lines_of(named_item("Desk Lamp", color="red"), number="#W7654321"),
    )

    (mention,) = read_items("the desk lamp from order #W7654321", lines, "en").mentions

    assert [line.number for line in mention.lines] == ["#W7654321"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the lamp", [[0]]),
        ("the mugs", [[1]]),
        ("the fern", [[2]]),
        ("my sneakers", [[3]]),
        ("the Alder", [[0]]),
        ("the white trainers", [[3]]),
    ],
)
def test_the_demo_shops_names_are_understood(text: str, expected: list[list[int]]) -> None:
    assert places(text, DEMO) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "die Tastatur und den Staubsauger", [[0], [1]]),
        ("de", "die Uhr", [[3, 4]]),
        ("fr", "le clavier et l'aspirateur", [[0], [1]]),
        ("es", "el teclado y la aspiradora", [[0], [1]]),
        ("es", "el segundo", [[1]]),
    ],
)
def test_other_languages_name_things_too(language: str, text: str, expected: list[list[int]]) -> None:
    assert places(text, LINES, language) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [("de", "alles außer der Tastatur"), ("fr", "tout sauf le clavier"), ("es", "todo menos el teclado")],
)
def test_other_languages_leave_things_out_too(language: str, text: str) -> None:
    said = read_items(text, LINES, language)

    assert (said.everything, [one.lines[0].position for one in said.mentions if one.excluded]) == (True, [0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "the keyboard to a clicky one and the pet bed to a large one",
            [(0, "to a clicky one"), (2, "to a large one")],
        ),
        (
            "exchange the pet bed and the keyboard for the cheapest version",
            [(2, "for the cheapest version"), (0, "for the cheapest version")],
        ),
        (
            "one skateboard for a custom one and the other skateboard for a graphic one",
            [(7, "for a custom one"), (8, "for a graphic one")],
        ),
        ("I'd like a bigger pet bed", [(2, "I'd like a bigger")]),
        ("swap the keyboard", [(0, "")]),
        ("make the keyboard full size, the bed large", [(0, "full size"), (2, "large")]),
    ],
)
def test_swaps_are_taken_apart(text: str, expected: list[tuple[int, str]]) -> None:
    assert [(swap.line.position, swap.wanted) for swap in read_swaps(text, LINES, "en")] == expected


def test_what_holds_for_all_swaps_is_in_each() -> None:
    swaps = read_swaps("The keyboard to clicky. The bed to large. Everything else stays the same.", LINES, "en")

    assert all("else stays the same" in swap.wanted for swap in swaps)


@pytest.mark.parametrize("piece", ["keyboard ", "not the ", "all ", "e-", "laptop and ", "1 "])
def test_a_long_text_is_read_to_its_end(piece: str) -> None:
    read_items((piece * 4000)[:4000], LINES, "en")


VASES = lines_of(named_item("Vase", size="small"), named_item("Vase", size="small"), named_item("Lamp", color="red"))
ONE_VASE = [
    *(
        (text, "en")
        for text in (
            *("change one of the two vases to large", "exchange one vase for the large one", "no just one vase"),
            *("only one of them", "return one of the two", "one of my 2 vases", "exchange one of both vases"),
            *("just one of the vases", "not both vases, only one"),
        )
    ),
    *((text, "de") for text in ("tausche eine der zwei Vasen gegen groß", "eine der beiden Vasen", "nur eine davon")),
    *((text, "de") for text in ("nein, nur eine Vase", "eine von beiden")),
    *((text, "es") for text in ("uno de los dos jarrones", "solo uno de ellos", "uno de los dos", "solo un jarrón")),
    *((text, "fr") for text in ("échanger un des deux vases contre un grand", "juste un vase", "l'un des deux")),
    ("seulement un d'entre eux", "fr"),
]


@pytest.mark.parametrize(("text", "language"), ONE_VASE)
def test_one_of_two_identical_things_is_one(text: str, language: str) -> None:
    said = read_items(text, VASES, language)
    (mention,) = said.mentions

    assert ([line.position for line in mention.lines], mention.every, mention.number_meant) == ([0], False, 1)
    assert (mention.excluded, said.everything) == (False, False)


def test_one_of_two_that_differ_is_neither_both_nor_a_guess() -> None:
    two = lines_of(named_item("Vase", size="small"), named_item("Lamp", color="red"))

    for text, language in (("return one of both", "en"), ("uno de los dos", "es"), ("eine von beiden", "de")):
        said = read_items(text, two, language)
        assert (said.mentions, said.everything) == ((), False)


@pytest.mark.parametrize(
    ("text", "language"),
    [("both vases", "en"), ("the two vases", "en"), ("beide Vasen", "de"), ("los dos jarrones", "es")],
)
def test_two_of_two_identical_things_are_both(text: str, language: str) -> None:
    (mention,) = read_items(text, VASES, language).mentions

    assert (mention.every, mention.number_meant) == (True, 2)


def test_a_typed_id_is_the_thing() -> None:
    lines = lines_of(named_item("Mug", item_id="mf-202-slate-m"), named_item("Vase", item_id="vs-1"))

    assert places("MF-202-slate-m", lines) == [[0]]
