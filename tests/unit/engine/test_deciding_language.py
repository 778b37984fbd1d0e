"""Which language a conversation is in: what decides it, what changes it, what never does."""

from __future__ import annotations

from typing import Any

import pytest

from bot.engine.language import Languages

BASE = {"utter_hello": [{"text": "Hello"}], "utter_bye": [{"text": "Bye"}]}
GERMAN = {"utter_hello": [{"text": "Hallo"}]}
LANGUAGES = Languages(BASE, {"de": GERMAN, "es": {}}, {"hallo": "de", "hola": "es"})


def understood(name: str | None, confidence: float, intent: str = "track_order", **more: Any) -> dict[str, Any]:
    return {"intent": {"name": intent}, "language": {"name": name, "confidence": confidence}, **more}


@pytest.mark.parametrize(
    ("text", "parsed", "decided"),
    [
        ("wo ist meine Bestellung", understood("de", 0.7), "de"),
        ("Hallo!", understood(None, 0.0), "de"),
        ("Bestellung stornieren", understood("de", 0.9), "de"),
        ("Bestellung stornieren", understood("de", 0.7), None),
        ("where is my order", understood("en", 0.9), "en"),
        ("dov'è il mio ordine adesso", understood("it", 0.99), None),
        ("ok", understood("de", 0.99), None),
        ("jo.hart@mail.example", understood("de", 0.99), None),
        ("12 Larch Grove London", understood("de", 0.99, "inform"), None),
        ("wo ist meine Bestellung", understood("de", 0.3), None),
        ("wo ist meine Bestellung", {"intent": {"name": "track_order"}}, None),
    ],
)
def test_the_first_real_sentence_decides(text: str, parsed: dict[str, Any], decided: str | None) -> None:
    assert LANGUAGES.decide(None, text, parsed) == decided


@pytest.mark.parametrize(
    ("text", "parsed", "decided"),
    [
        ("where is my other order", understood("en", 0.9), "en"),
        ("where is my other order", understood("en", 0.7), None),
        ("wo ist meine Bestellung", understood("de", 0.99), None),
        ("hola", understood("es", 0.99), None),
        ("my order please", understood("en", 0.99), None),
        ("Jo Hart jo.hart@mail.example W1234567 W7654321", understood("en", 0.99), None),
        ("12 Larch Grove London England", understood("en", 0.99, "inform"), None),
    ],
)
def test_only_a_clear_sentence_changes_it(text: str, parsed: dict[str, Any], decided: str | None) -> None:
    assert LANGUAGES.decide("de", text, parsed) == decided


def test_names_of_products_are_no_words() -> None:
    text = "Alder desk lamp haben Sie die"
    named = {"entity": "product", "start": 0, "end": 15}
    assert LANGUAGES.decide("es", text, understood("en", 0.95, entities=[named])) is None


def test_what_a_language_lacks_is_said_in_english() -> None:
    assert LANGUAGES.responses("de") == {**BASE, **GERMAN}
    assert LANGUAGES.responses("xx") == BASE


def test_the_decided_language_goes_before_the_suggested_one() -> None:
    assert LANGUAGES.language_of({"language": "es", "default_language": "de"}) == "es"
    assert LANGUAGES.language_of({"language": None, "default_language": "de"}) == "de"
    assert LANGUAGES.language_of({"default_language": "it"}) == "en"


LISTED = Languages(
    BASE,
    {"de": GERMAN, "fr": {}, "nl": {}},
    {},
    {
        "en": ["my", "who", "where", "is", "the", "delivery", "so", "order"],
        "de": ["ich", "wo", "ist", "mein", "nicht", "für", "bestellung", "so"],
        "fr": ["où", "est", "ma", "commande", "je", "la"],
    },
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("who pays return postage", "fr"),
        ("my parcel my parcel", "fr"),
        ("est delivery date", "fr"),
        ("so frustrated right now", "de"),
    ],
)
@pytest.mark.parametrize("decided", [None, "en"])
def test_short_english_taken_for_another_language_stays_english(decided: str | None, text: str, language: str) -> None:
    assert LISTED.decide(decided, text, understood(language, 0.99)) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [("wo ist die Bestellung", "de"), ("fur mein Paket bitte", "de"), ("ou est ma commande", "fr")],
)
def test_a_first_sentence_with_a_languages_own_words_decides_also_without_accents(text: str, language: str) -> None:
    assert LISTED.decide(None, text, understood(language, 0.9)) == language


def test_a_language_without_common_words_is_decided_by_the_detector_alone() -> None:
    assert LISTED.decide(None, "waar blijft het pakje", understood("nl", 0.9)) == "nl"


def test_a_decided_language_is_left_after_two_sentences_or_a_long_one() -> None:
    short, long = "wo ist meine Lieferung", "ich weiss nicht wo mein Paket ist"
    german = understood("de", 0.95)
    assert LISTED.decide("en", short, german) is None
    assert LISTED.decide("en", short, german, previous="price of the lamp") is None
    assert LISTED.decide("en", short, german, previous="ich warte so lange, wo bleibt es") == "de"
    assert LISTED.decide("en", long, german) == "de"


def test_coming_back_to_the_suggested_language_takes_one_sentence() -> None:
    assert LISTED.decide("de", "where is the other one", understood("en", 0.95)) == "en"
    assert LISTED.decide("en", "wo ist meine Lieferung", understood("de", 0.95), default="de") == "de"
