"""Questions about products: what is said, shown and remembered."""

from __future__ import annotations

from typing import Any

import pytest

from actions.products import ActionPlaceOrder, ActionProductQuestion
from actions.repair import ActionNotUnderstood
from bot.knowledge.answers import Answer

JACKET, DUVET, KETTLE = "mf-202", "mf-103", "mf-105"


async def ask(stage: Any, text: str, **slots: Any) -> Any:
    stage.slots |= slots
    return await stage.run(ActionProductQuestion, text, "product_question")


def titles(told: Any) -> list[str]:
    return [card["title"] for card in told.cards]


async def test_a_search_shows_cards_and_offers_to_pick_one(stage: Any) -> None:
    told = await ask(stage, "do you have any jackets?")
    assert told.responses == ["utter_products_found"]
    assert titles(told) == ["Saltmarsh rain jacket", "Thrush quilted jacket", "Fellside wool coat"]
    assert [button["value"] for button in told.buttons] == ["mf-202", "mf-206", "mf-205"]
    assert told.buttons[0]["payload"] == '/product_question{"product": "mf-202"}'
    assert told.slots["shown_products"] == ["mf-202", "mf-206", "mf-205"]
    assert told.slots["current_product"] is None


async def test_one_product_within_a_price_is_shown_alone_and_remembered(stage: Any) -> None:
    told = await ask(stage, "warm jacket under 80")
    assert told.responses == ["utter_products_one"]
    assert told.messages[0]["price"] == "£79.00"
    assert told.buttons == []
    assert told.slots["current_product"] == "mf-206"


async def test_the_card_has_price_choices_stock_and_the_products_page(stage: Any) -> None:
    (card,) = (await ask(stage, "the daybreak clock")).cards
    assert card["title"] == "Daybreak alarm clock"
    assert card["badge"] == {"text": "Some sold out", "tone": "info"}
    assert card["items"] == [
        {"title": "white, walnut", "detail": None, "price": "from £64.00", "image": "/images/daybreak-clock.svg"}
    ]
    assert card["fields"] == [
        {"label": "Product page", "value": "See it in the shop", "href": "http://127.0.0.1:8080/products/mf-303"}
    ]


async def test_a_button_picks_its_product_whatever_it_says(stage: Any) -> None:
    told = await stage.run(
        ActionProductQuestion, "That one", "product_question", [{"entity": "product", "value": KETTLE}]
    )
    assert told.slots["current_product"] == KETTLE


async def test_what_the_pipeline_reads_out_of_a_text_is_not_taken_for_a_button(stage: Any) -> None:
    read = {"entity": "product", "value": "Copse candle", "extractor": "FuzzyEntityExtractor"}
    told = await stage.run(ActionProductQuestion, "how much is the kettle", "product_question", [read])
    assert told.slots["current_product"] == KETTLE


@pytest.mark.parametrize(
    ("text", "response", "words"),
    [
        ("how much is the kettle", "utter_product_price", {"price": "£79.00"}),
        ("how much is the linen duvet", "utter_product_prices", {"price": "£129.00", "highest": "£169.00"}),
        ("what colours does the tote come in", "utter_product_options", {"options": "colour: natural, ink"}),
        ("what is the merino jumper made of", "utter_product_facts", {"facts": "material: 100% merino wool"}),
        ("how do i wash the brae cardigan", "utter_product_facts", {"facts": "care: hand wash cold, dry flat"}),
        ("is the backpack waterproof?", "utter_product_facts", {"facts": "waterproof: yes, roll-top and taped seams"}),
        ("does the alarm clock have a radio", "utter_product_facts", {"facts": "radio: no"}),
        ("is the linen duvet in slate king in stock?", "utter_product_choice_in_stock", {"choice": "slate, king"}),
        ("is the kettle in stock", "utter_product_in_stock", {"price": "£79.00"}),
        ("is the navy jumper there in XL?", "utter_product_choice_back", {"day": "Sunday 8 March"}),
        ("do you have the daybreak clock in walnut", "utter_product_choice_back", {"day": "Sunday 15 March"}),
        ("dunlin shirt in sage S", "utter_product_choice_sold_out", {"choice": "sage, S"}),
        (
            "is the thrush jacket in navy in stock",
            "utter_product_choice_partly",
            {"available": "S, M and XL", "gone": "L"},
        ),
        ("are the burrow slippers available", "utter_product_partly", {"gone": "4 and 7"}),
        ("can i get the kettle in red", "utter_product_no_such_option", {"wanted": "red"}),
        ("do the tumblers come in different colours", "utter_product_one_version", {"price": "£30.00"}),
        ("is the kettle dishwasher safe", "utter_product_fact_unknown", {"product": "Kettlewell pour-over kettle"}),
        ("tell me about the wren throw", "utter_product_about", {"price": "£88.00"}),
    ],
)
async def test_a_question_about_one_product_is_answered_from_the_catalogue(
    stage: Any, text: str, response: str, words: dict[str, str]
) -> None:
    told = await ask(stage, text)
    assert told.responses == [response]
    assert {name: told.messages[0][name] for name in words} == words
    assert len(told.cards) == 1


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("how much is it?", "utter_product_price"),
        ("and in slate?", "utter_product_choice_partly"),
        ("is it in stock in M?", "utter_product_choice_in_stock"),
        ("is it waterproof", "utter_product_facts"),
        ("what sizes", "utter_product_options"),
        ("and in blue?", "utter_product_no_such_option"),
        ("does it come in XXL", "utter_product_no_such_option"),
        ("how do I wash it", "utter_product_facts"),
        ("does it have a zip?", "utter_product_fact_unknown"),
        ("tell me more", "utter_product_about"),
    ],
)
async def test_what_follows_is_about_the_product_shown_last(stage: Any, text: str, response: str) -> None:
    told = await ask(stage, text, current_product=JACKET)
    assert told.responses == [response]
    assert titles(told) == ["Saltmarsh rain jacket"]


async def test_another_wish_leaves_the_product_shown_last(stage: Any) -> None:
    told = await ask(stage, "do you have lamps?", current_product=JACKET)
    assert "Alder desk lamp" in titles(told)


async def test_anything_cheaper_is_about_things_like_the_one_shown_last(stage: Any) -> None:
    told = await ask(stage, "anything cheaper?", current_product=JACKET)
    assert titles(told)[0] == "Thrush quilted jacket"


async def test_two_products_are_compared_by_what_they_differ_in(stage: Any) -> None:
    told = await ask(stage, "what's the difference between the saltmarsh and the thrush jacket?")
    assert told.responses == ["utter_products_compared"]
    assert titles(told) == ["Saltmarsh rain jacket", "Thrush quilted jacket"]
    labels = [[field["label"] for field in card["fields"]] for card in told.cards]
    assert "Waterproof" in labels[0]
    assert "Waterproof" in labels[1]
    assert "Windproof" not in labels[0]  # both are


async def test_the_two_of_the_last_list_can_be_compared(stage: Any) -> None:
    told = await ask(stage, "compare them", shown_products=[JACKET, "mf-206", "mf-205"])
    assert titles(told) == ["Saltmarsh rain jacket", "Thrush quilted jacket"]


@pytest.mark.parametrize("text", ["can I ask about a product", "recommend something", "what do you sell"])
async def test_without_anything_to_go_on_one_question_is_asked(stage: Any, text: str) -> None:
    told = await ask(stage, text)
    assert told.responses == ["utter_products"]
    assert [button["value"] for button in told.buttons] == ["home", "clothes", "electronics"]


async def test_a_department_is_followed_by_its_kinds_and_a_kind_by_products(stage: Any) -> None:
    pressed = [{"entity": "product_kind", "value": "clothes"}]
    told = await stage.run(ActionProductQuestion, "Clothes", "product_question", pressed)
    assert told.responses == ["utter_product_kinds"]
    assert {"title": "Jackets", "payload": '/product_question{"product_kind": "jackets"}', "value": "jackets"} in (
        told.buttons
    )
    pressed = [{"entity": "product_kind", "value": "T-shirts"}]
    told = await stage.run(ActionProductQuestion, "T-shirts", "product_question", pressed)
    assert titles(told) == ["Martin heavy T-shirt"]


@pytest.mark.parametrize("text", ["do you sell bicycles?", "have you got a red toaster", "shoe rack"])
async def test_what_is_not_in_the_catalogue_is_said_not_to_be_there(stage: Any, text: str) -> None:
    told = await ask(stage, text)
    assert told.responses == ["utter_products_none"]
    assert told.cards == []


async def test_a_price_that_nothing_has_is_said_and_the_nearest_shown(stage: Any) -> None:
    told = await ask(stage, "jackets under 50")
    assert told.responses == ["utter_products_other_price"]
    assert titles(told)[0] == "Thrush quilted jacket"


async def test_a_question_about_it_without_any_it_is_asked_back(stage: Any) -> None:
    told = await ask(stage, "how much is it")
    assert told.responses == ["utter_product_which"]


async def test_an_article_answers_what_the_catalogue_does_not(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = Answer("size-guide", "Size guide", "Measure your chest.", None, "http://x/help/size-guide", "en", 0.9)

    async def answer(question: str, language: str, topics: Any = ()) -> Answer | None:
        return guide if "size guide" in question else None

    monkeypatch.setattr(stage.services.articles, "answer", answer)
    told = await ask(stage, "do you have a size guide?")
    assert told.responses[0] == "utter_article"
    assert (await ask(stage, "how much is the kettle")).responses == ["utter_product_price"]


async def test_in_a_form_a_question_without_anything_to_go_on_is_put_off(stage: Any) -> None:
    stage.form = "track_order_form"
    assert (await ask(stage, "can i ask about a product")).responses == ["utter_products_back"]


async def test_nothing_is_said_twice_in_the_same_words(stage: Any) -> None:
    heard = []
    for text in ("how much is the kettle", "how much is the tote"):
        told = await ask(stage, text)
        heard += told.responses
        stage.slots |= told.slots
    assert heard == ["utter_product_price", "utter_product_price_again"]


async def test_german_is_searched_and_labelled_in_german(stage: Any) -> None:
    told = await ask(stage, "Was kostet die Jacke unter 80 Euro?", language="de")
    assert titles(told) == ["Thrush quilted jacket"]
    assert told.cards[0]["fields"][-1]["value"] == "Im Shop ansehen"
    assert told.responses[0] == "utter_product_currency_amount"
    assert told.messages[1]["price"] == "79,00\xa0£"


async def test_what_is_to_be_ordered_is_shown_with_its_page(stage: Any) -> None:
    told = await stage.run(ActionPlaceOrder, "I want to buy the kettle in black", "place_order")
    assert told.responses == ["utter_order_product"]
    assert told.cards[0]["items"][0]["title"] == "black"
    told = await stage.run(ActionPlaceOrder, "i want to order some boots or a lamp", "place_order")
    assert told.responses == ["utter_order_which"]
    told = await stage.run(ActionPlaceOrder, "I'd like to place an order", "place_order")
    assert told.responses == ["utter_order"]


async def test_the_product_shown_last_is_what_is_to_be_ordered(stage: Any) -> None:
    stage.slots["current_product"] = KETTLE
    told = await stage.run(ActionPlaceOrder, "I'd like to order it please", "place_order")
    assert told.slots["current_product"] == KETTLE


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("lether bag", "out_of_scope"),
        ("and in navy L?", "out_of_scope"),
        ("how much is the wren throw?", "nlu_fallback"),
    ],
)
async def test_what_is_plainly_about_products_is_answered_though_it_was_not_understood(
    stage: Any, text: str, intent: str
) -> None:
    stage.slots["current_product"] = "mf-206"
    told = await stage.run(ActionNotUnderstood, text, intent)
    assert told.cards


@pytest.mark.parametrize(
    "text", ["what shoes does the queen wear", "write a poem about lamps", "tell me a joke", "red"]
)
async def test_what_only_mentions_a_product_stays_not_understood(stage: Any, text: str) -> None:
    assert (await stage.run(ActionNotUnderstood, text, "out_of_scope")).cards == []


@pytest.mark.parametrize(
    ("language", "text", "responses"),
    [
        ("en", "jumper but not wool", ["utter_products_unwanted"]),
        ("en", "do you have the Fellside coat in black", ["utter_product_near"]),
        ("en", "black coat", ["utter_products_near"]),
        ("fr", "Est-ce que le manteau Fellside est imperméable ?", ["utter_product_facts"]),
        ("es", "¿tenéis auriculares inalámbricos?", ["utter_product_about"]),
        ("es", "¿zapatos de la talla 42?", ["utter_products_sizes"]),
        ("fr", "bottes en 42", ["utter_product_no_such_option"]),
        ("en", "how much is the kettle in dollars", ["utter_product_currency", "utter_product_price"]),
        ("en", "how much is the kettle in pounds", ["utter_product_price"]),
        ("en", "do the boots run small", ["utter_product_facts"]),
        ("en", "is it made in China", ["utter_product_which"]),
        ("en", "will it fit a queen bed", ["utter_product_which"]),
    ],
)
async def test_what_is_not_there_is_not_claimed(stage: Any, language: str, text: str, responses: list[str]) -> None:
    assert (await ask(stage, text, language=language)).responses == responses


async def test_another_material_is_not_asked_of_the_product_shown_last(stage: Any) -> None:
    told = await ask(stage, "do you have vegan leather", current_product="mf-115")
    assert "Anvil cast-iron pan" not in titles(told)


async def test_a_fact_is_not_half_translated(stage: Any) -> None:
    told = await ask(stage, "ist die Thrush Jacke wasserdicht?", language="de")
    assert told.messages[0]["facts"] == "wasserdicht: nein"
    told = await ask(stage, "¿cómo es la batería de los auriculares Hush?", language="es")
    assert told.messages[0]["facts"].endswith("(texto del catálogo, en inglés)")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("only waterproof ones", ["Saltmarsh rain jacket"]),
        ("under 100", ["Thrush quilted jacket"]),
        ("the cheapest of them", ["Thrush quilted jacket"]),
    ],
)
async def test_the_products_shown_last_are_narrowed(stage: Any, text: str, expected: list[str]) -> None:
    told = await ask(stage, text, shown_products=["mf-202", "mf-206", "mf-205"])
    assert titles(told) == expected
