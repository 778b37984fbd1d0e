"""Yes, no and what is neither: a yes lets money move, so only a clear one is one."""

from __future__ import annotations

import pytest

from bot.self_service.reading.answers import Reply, read_done, read_go_back, read_reply

YES = [
    *(
        "yes",
        "Yes.",
        "YES!!",
        "yesss",
        "yep",
        "yeah sure",
        "Yes please",
        "yes, please go ahead",
        "ok",
        "okay",
        "Okay, do it",
    ),
    *("go ahead", "please proceed", "Confirm", "I confirm", "that's correct, please proceed", "sure, thank you", "👍"),
    *("Yes, that's right. Please make the changes.", "yes I'd like to proceed with that", "sounds good, go ahead"),
    *("No, that's all. Please go ahead.", "yes yes yes", "fine", "perfect, please proceed", "absolutely", "y"),
    *("yes, confrim", "Yes, everything looks right, please procede", "all right, yes", "yes, do it now please"),
    "I'm sure, go ahead",
]
NO = [
    *("no", "No.", "nope", "no thanks", "please don't", "don't do it", "Please do not go ahead", "stop", "not yet"),
    *(
        "no, use the other card",
        "No I want to keep it",
        "never mind",
        "ok no",
        "I changed my mind",
        "that's not correct",
    ),
    *("no it's fine", "no, that's okay", "I don't want that", "nooo", "Don't cancel it", "👎", "not really", "no wait"),
    *("I don't want you to do that", "cancel that", "ok, don't do it", "no the other one"),
]
HEDGED = [
    *("yes but the other card", "ok wait", "sure?", "yes?", "I think so", "maybe", "yes, and also my lamp", "why not"),
    *(
        "yes if it is free",
        "yes, to my gift card",
        "ok thanks",
        "I guess",
        "yes, except the lamp",
        "not sure",
        "ok got it",
    ),
    *("yes actually only the keyboard", "yes just the first one", "is that correct?", "great", "yes, cancel #W1234567"),
    *("sure, whatever", "yes, unless it takes long", "yes I can't wait for the new one", "yes and change the address"),
]
NEITHER = [
    *("", "hello", "the black one", "no backlight", "no longer needed", "wait", "what will it cost?", "thanks", "???"),
    *(
        "can you do anything about the price",
        "visa",
        "I want the 15-inch one, don't touch the rest",
        "not the black one",
    ),
    *("not that one", "is it cheaper", "I see"),
]


@pytest.mark.parametrize("text", YES)
def test_a_clear_yes(text: str) -> None:
    assert read_reply(text, "en") is Reply.YES


@pytest.mark.parametrize("text", NO)
def test_a_no_also_with_what_shall_be_done_instead(text: str) -> None:
    assert read_reply(text, "en") is Reply.NO


@pytest.mark.parametrize("text", HEDGED)
def test_a_yes_with_anything_beside_it_is_no_clear_one(text: str) -> None:
    assert read_reply(text, "en") is Reply.HEDGED


@pytest.mark.parametrize("text", ["yes no", "no yes", "Yes. No.", "yes, don't", "no wait, yes", "yes stop"])
def test_both_at_once(text: str) -> None:
    assert read_reply(text, "en") is Reply.BOTH


@pytest.mark.parametrize("text", NEITHER)
def test_neither(text: str) -> None:
    assert read_reply(text, "en") is Reply.NONE


@pytest.mark.parametrize(
    ("text", "kind", "reply"),
    [
        ("yes, cancel it", "cancel_order", Reply.YES),
        ("please cancel the order", "cancel_order", Reply.YES),
        ("yes, cancel it", "exchange_items", Reply.HEDGED),
        ("yes, cancel it", "", Reply.HEDGED),
        ("cancel", "cancel_order", Reply.NONE),
        ("cancel", "return_items", Reply.NO),
        ("yes please proceed with the exchange", "exchange_items", Reply.YES),
        ("exchange them", "exchange_items", Reply.YES),
        ("yes, return them", "exchange_items", Reply.HEDGED),
        ("return the lamp too", "return_items", Reply.NONE),
        ("can you return it?", "return_items", Reply.NONE),
        ("yes, change the address", "change_order_address", Reply.YES),
        ("don't return it", "return_items", Reply.NO),
        ("ja, bitte stornieren", "cancel_order", Reply.YES),
    ],
)
def test_a_word_for_what_shall_be_done_agrees_to_that_only(text: str, kind: str, reply: Reply) -> None:
    language = "de" if text.startswith("ja") else "en"
    assert read_reply(text, language, kind=kind) is reply


@pytest.mark.parametrize(
    ("text", "language", "reply"),
    [
        *(
            (text, "de", Reply.YES)
            for text in (
                "ja",
                "Ja, bitte machen Sie das",
                "genau, so machen",
                "jawohl",
                "Nein, das ist alles. Ja bitte",
            )
        ),
        *(
            (text, "de", Reply.NO)
            for text in ("nein", "nein danke", "lieber nicht", "bitte nicht stornieren", "das stimmt nicht")
        ),
        *(
            (text, "de", Reply.HEDGED)
            for text in ("ja aber die andere Karte", "vielleicht", "ok warte", "ja?", "ich glaube schon")
        ),
        *((text, "de", Reply.NONE) for text in ("die schwarze", "warte", "nicht mehr benötigt")),
        ("ja nein", "de", Reply.BOTH),
        *(
            (text, "es", Reply.YES)
            for text in ("sí", "si por favor", "claro que sí, adelante", "confirmo", "vale, hazlo")
        ),
        *((text, "es", Reply.NO) for text in ("no", "no, gracias", "mejor no", "claro que no")),
        *((text, "es", Reply.HEDGED) for text in ("sí, pero con la otra tarjeta", "creo que sí", "si es gratis, sí")),
        *(
            (text, "fr", Reply.YES)
            for text in ("oui", "Oui, s'il vous plaît", "d'accord, allez-y", "je confirme", "c'est bon")
        ),
        *((text, "fr", Reply.NO) for text in ("non", "non merci", "surtout pas", "pas maintenant")),
        *(
            (text, "fr", Reply.HEDGED)
            for text in ("oui mais l'autre carte", "peut-être", "je crois que oui", "ok attendez")
        ),
    ],
)
def test_other_languages(text: str, language: str, reply: Reply) -> None:
    assert read_reply(text, language) is reply


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(
            (text, "en")
            for text in (
                "that's all",
                "No, that's it, thanks",
                "nothing else",
                "just those",
                "only these two",
                "I'm done",
            )
        ),
        *(
            (text, "en")
            for text in (
                "no more changes",
                "That's everything, please go ahead",
                "just the one please",
                "nope that's all",
            )
        ),
        *(("das ist alles", "de"), ("nur die beiden", "de"), ("eso es todo, gracias", "es"), ("nada más", "es")),
        *(("c'est tout", "fr"), ("non, rien d'autre merci", "fr")),
    ],
)
def test_nothing_to_add(text: str, language: str) -> None:
    assert read_done(text, language)


@pytest.mark.parametrize(
    "text", ["no", "yes", "just the lamp", "that's all I can see in red", "nothing works", "is that all?", "one more"]
)
def test_something_else_than_nothing_to_add(text: str) -> None:
    assert not read_done(text, "en")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(
            (text, "en")
            for text in (
                "go back",
                "back",
                "can we go back please",
                "undo that",
                "sorry, back to the previous question",
            )
        ),
        *(
            ("bitte einen Schritt zurück", "de"),
            ("volver a la pregunta anterior", "es"),
            ("revenir en arrière svp", "fr"),
        ),
    ],
)
def test_back_one_question(text: str, language: str) -> None:
    assert read_go_back(text, language)


@pytest.mark.parametrize(
    "text", ["send it back", "I want my money back", "go back to my old address", "refund back to the card", "no"]
)
def test_back_in_another_sense(text: str) -> None:
    assert not read_go_back(text, "en")


QUESTIONS = {
    "en": (
        *("is that correct", "ok is that correct", "yes are you sure", "is it done", "should I say yes", "you sure"),
        *(
            "are you sure",
            "do you confirm",
            "would that be ok",
            "what if I say yes",
            "yes?",
            "can you confirm",
            "if yes",
        ),
        *("you want me to proceed", "may I confirm", "have you confirmed"),
    ),
    "de": (
        *("stimmt das", "ist das richtig", "sind Sie sicher", "bist du sicher", "soll ich ja sagen", "passt das so"),
        *("bestätigen Sie", "ok, ist das korrekt", "was wenn ich ja sage", "ja?"),
    ),
    "es": (
        *("es correcto", "está seguro", "es eso correcto", "debo decir sí", "y si digo que sí", "puede proceder"),
        *("me confirma", "sí, está seguro", "sí?"),
    ),
    "fr": (
        *("c'est bien ça", "est-ce correct", "ok est-ce correct", "êtes-vous sûr", "vous confirmez", "si c'est bon"),
        *("si je dis oui", "est-ce que c'est bon", "oui, est-ce bon", "oui ?"),
    ),
}
NOTHING = {
    "en": ("confirm nothing", "confirm none", "please confirm no changes", "do nothing", "go ahead with nothing"),
    "de": ("bestätige nichts", "nichts bestätigen", "ich bestätige keine Änderungen"),
    "es": ("confirmo nada", "no confirmo nada", "confirmo ninguno"),
    "fr": ("confirmer rien", "je ne confirme rien"),
}
STILL_YES = {
    "en": ("do it", "yes it is", "yes that is correct", "yes, nothing else", "you can do it", "I do", "just do it"),
    "de": ("stimmt", "das stimmt", "ja, das ist richtig", "ist ok", "ja, nichts weiter", "passt so"),
    "es": ("sí, es correcto", "eso es correcto", "está bien", "por favor, adelante", "sí, nada más", "así es"),
    "fr": ("c'est bon", "c'est ça", "oui c'est bien ça", "oui, rien d'autre", "je confirme"),
}


def in_each(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(text, language) for language, texts in table.items() for text in texts]


@pytest.mark.parametrize(("text", "language"), [*in_each(QUESTIONS), *in_each(NOTHING)])
def test_a_question_and_a_nothing_are_never_a_yes(text: str, language: str) -> None:
    assert read_reply(text, language) is not Reply.YES


@pytest.mark.parametrize(("text", "language"), in_each(STILL_YES))
def test_what_only_resembles_a_question_or_a_nothing_is_a_yes(text: str, language: str) -> None:
    assert read_reply(text, language) is Reply.YES


def test_whether_it_is_done_does_not_say_that_it_is() -> None:
    assert not read_done("is it done", "en")
