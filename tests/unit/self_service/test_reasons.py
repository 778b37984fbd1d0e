"""Why somebody cancels, in words."""

from __future__ import annotations

import pytest

from bot.self_service.reading.reasons import names_a_reason, read_reason

NEEDED, MISTAKE = "no longer needed", "ordered by mistake"
ACCEPTED = (NEEDED, MISTAKE)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("No longer needed", NEEDED),
        ("I don't need it anymore", NEEDED),
        ("i dont need them any more, sorry", NEEDED),
        ("We no longer need the chairs", NEEDED),
        ("I've changed my mind", NEEDED),
        ("my plans changed", NEEDED),
        ("I don't want it", NEEDED),
        ("the first one", NEEDED),
        ("ordered by mistake", MISTAKE),
        ("It was an accident, I clicked the wrong button", MISTAKE),
        ("I accidentally bought it", MISTAKE),
        ("I ordered it twice", MISTAKE),
        ("I didn't mean to order this", MISTAKE),
        ("it was a mistake", MISTAKE),
        ("2", MISTAKE),
        ("it wasn't by mistake, I no longer need it", NEEDED),
        ("not by mistake", None),
        ("too expensive", None),
        ("I don't need to give you a reason", None),
        ("I don't need help", None),
        ("I typed the address by mistake", None),
        ("it takes too long", None),
        ("I still need it", None),
        ("because I say so", None),
        ("no", None),
        ("the third one", None),
        ("", None),
    ],
)
def test_the_accepted_reasons(text: str, reason: str | None) -> None:
    assert read_reason(text, ACCEPTED, "en") == reason


def test_only_what_the_shop_accepts_is_read_also_its_own_reasons() -> None:
    assert read_reason("I don't need it anymore", (MISTAKE,), "en") is None
    assert read_reason("found it cheaper", ("found it cheaper",), "en") == "found it cheaper"


@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [
        ("ich brauche es nicht mehr", "de", NEEDED),
        ("versehentlich bestellt", "de", MISTAKE),
        ("zu teuer", "de", None),
        ("ya no lo necesito", "es", NEEDED),
        ("fue un error", "es", MISTAKE),
        ("je n'en ai plus besoin", "fr", NEEDED),
        ("commandé par erreur", "fr", MISTAKE),
    ],
)
def test_other_languages(text: str, language: str, reason: str | None) -> None:
    assert read_reason(text, ACCEPTED, language) == reason


@pytest.mark.parametrize("text", ["it's too expensive", "because it is late", "I found a better deal", "none of those"])
def test_a_reason_that_is_not_accepted_is_one_all_the_same(text: str) -> None:
    assert names_a_reason(text, "en")


@pytest.mark.parametrize("text", ["yes", "the black one", "please cancel it"])
def test_no_reason(text: str) -> None:
    assert not names_a_reason(text, "en")
