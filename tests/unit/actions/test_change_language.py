"""Going on in another language: which one is meant, and what is said where we do not have it."""

from __future__ import annotations

import pytest

from actions.language import ActionChangeLanguage, wanted_language
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


@pytest.mark.parametrize(
    ("text", "written", "code"),
    [
        ("no hablo ingles", "es", "es"),
        ("ich spreche kein englisch", "de", "de"),
        ("je ne parle pas anglais", "fr", "fr"),
        ("je ne comprends pas l'anglais", "fr", "fr"),
        ("mein Englisch ist nicht gut", "de", "de"),
        ("no english please spanish", "en", "es"),
        ("no, english please", "en", "en"),
    ],
)
async def test_a_language_that_is_refused_is_not_the_one_wanted(stage, text, written, code) -> None:
    tracker = stage.tracker(text, "change_language")
    tracker.latest_message["language"] = {"name": written, "confidence": 0.95}
    assert wanted_language(tracker, shipped_languages(), "en") == code


async def test_who_refuses_the_language_they_write_is_asked_which(stage) -> None:
    told = await stage.run(ActionChangeLanguage, "I don't speak English", "change_language")
    assert told.responses == ["utter_language_ask"]


async def test_a_question_refuses_no_language(stage) -> None:
    told = await stage.run(ActionChangeLanguage, "don't you speak German?", "change_language")
    assert told.slots["language"] == "de"


@pytest.mark.parametrize(
    ("events", "response"),
    [
        ([{"event": "slot", "name": "language", "value": "en"}], "utter_language_changed"),
        ([], "utter_language_already"),
    ],
)
async def test_a_change_that_came_with_the_message_itself_is_said_to_be_one(stage, events, response) -> None:
    stage.before += [{"event": "slot", "name": "language", "value": "de"}, {"event": "action", "name": "action_listen"}]
    stage.before += events
    stage.slots["language"] = "en"
    told = await stage.run(ActionChangeLanguage, "and now english please", "change_language")
    assert told.responses == [response]


async def test_a_first_sentence_that_changes_what_the_page_suggested_is_said_to_be_a_change(stage) -> None:
    stage.before.append({"event": "slot", "name": "language", "value": "es"})
    stage.slots |= {"language": "es", "default_language": "en"}
    told = await stage.run(ActionChangeLanguage, "can you contestar en español", "change_language")
    assert told.responses == ["utter_language_changed"]
