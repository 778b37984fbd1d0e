"""Going on in another language: which one is meant, and what is said where we do not have it."""

from __future__ import annotations

import pytest

from actions.language import ActionChangeLanguage
from bot.languages.languages import shipped_languages


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("can we speak German?", "de"),
        ("Können wir auf Deutsch weitermachen?", "de"),
        ("¿podemos seguir en español?", "es"),
        ("En français s'il vous plaît", "fr"),
        ("I don't speak English, Spanish please", "es"),
    ],
)
async def test_the_language_that_is_named_is_spoken_from_now_on(stage, text, code) -> None:
    told = await stage.run(ActionChangeLanguage, text, "change_language")
    assert told.responses == ["utter_language_changed"]
    assert told.messages[0]["language"] == told.slots["language"] == code


async def test_in_the_middle_of_something_nothing_else_is_asked(stage) -> None:
    stage.form = "track_order_form"
    told = await stage.run(ActionChangeLanguage, "auf Deutsch bitte", "change_language")
    assert told.responses == ["utter_language_changed_back"]


async def test_a_button_names_it_too(stage) -> None:
    entity = {"entity": "language", "value": "fr"}
    told = await stage.run(ActionChangeLanguage, "Français", "change_language", [entity])
    assert told.slots["language"] == "fr"


async def test_english_is_had_back(stage) -> None:
    stage.slots["language"] = "de"
    told = await stage.run(ActionChangeLanguage, "lieber auf Englisch", "change_language")
    assert told.slots["language"] == "en"


async def test_who_asks_for_what_is_spoken_already_hears_so(stage) -> None:
    stage.slots["language"] = "de"
    told = await stage.run(ActionChangeLanguage, "auf deutsch bitte", "change_language")
    assert told.responses == ["utter_language_already"]


async def test_for_a_language_we_lack_those_we_have_are_offered(stage) -> None:
    stage.slots["language"] = "de"
    told = await stage.run(ActionChangeLanguage, "sprechen Sie Italienisch?", "change_language")
    assert told.responses == ["utter_language_unknown"]
    assert told.messages[0]["name"] == "Italienisch"
    assert [button["value"] for button in told.buttons] == list(shipped_languages().codes)
    assert told.slots == {}


async def test_where_none_is_named_it_is_asked(stage) -> None:
    told = await stage.run(ActionChangeLanguage, "another language please", "change_language")
    assert told.responses == ["utter_language_ask"]
    assert [button["title"] for button in told.buttons][:2] == ["English", "Deutsch"]
