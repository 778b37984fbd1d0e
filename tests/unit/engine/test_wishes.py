"""Where a message is divided, and what of its parts the dialogue hears; on plain dictionaries."""

from __future__ import annotations

import ast
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.engine.parts import Part, Splitting, Words, asking_of, boundary_of, instead_of, parts_of, referring_of
from bot.engine.wishes import Said, from_slot, plan

COMPONENT = Path(__file__).parents[3] / "bot/engine/nlu/wishes.py"


def shipped_words() -> list[Words]:
    """The words of the component, which itself can only be imported where Rasa is."""
    tree = ast.parse(COMPONENT.read_text())
    (value,) = [
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "WORDS"
    ]
    assert value is not None
    languages = ast.literal_eval(value).values()
    return [Words(**{kind: words.split(", ") for kind, words in lists.items()}) for lists in languages]


SPLITTING = Splitting(
    chatter={"greet", "thanks", "goodbye"},
    answers={"inform", "affirm"},
    unsure={"nlu_fallback", "out_of_scope"},
    person={"human"},
    forget={"human", "stop"},
    least_confidence=0.6,
    least_in_whole=0.05,
    most_parts=4,
    most_waiting=3,
    boundary=boundary_of(shipped_words()),
    questions={"shipping_question", "product_question", "policy_question"},
    asking=asking_of(shipped_words()),
    referring=referring_of(shipped_words()),
    instead=instead_of(shipped_words()),
)


def divided(text: str) -> list[str]:
    return [text[part.start : part.end] for part in parts_of(text, SPLITTING)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("where is my order", ["where is my order"]),
        (
            "hi, I forgot my password and also where is order W123?",
            ["hi", "I forgot my password", "where is order W123?"],
        ),
        ("I forgot my password. Where is my order?", ["I forgot my password.", "Where is my order?"]),
        ("where is my order and how do I return it", ["where is my order", "how do I return it"]),
        ("W1234567, and can I return it?", ["W1234567", "can I return it?"]),
        ("W1234567, can I return it?", ["W1234567", "can I return it?"]),
        ("one\ntwo words\n\nthree", ["one", "two words", "three"]),
        ("cancel it; then tell me when", ["cancel it", "then tell me when"]),
        ("I also want a refund", ["I also want a refund"]),
        ("I want shoes and a shirt", ["I want shoes and a shirt"]),
        ("I want the red, blue and green one", ["I want the red, blue and green one"]),
        ("My order no. 5 is late", ["My order no. 5 is late"]),
        ("it cost 3.50 e.g. here", ["it cost 3.50 e.g. here"]),
        ("where is W1234567 and W7654321?", ["where is W1234567 and W7654321?"]),
        ("Wo ist meine Bestellung und wie kann ich zahlen?", ["Wo ist meine Bestellung", "wie kann ich zahlen?"]),
        ("Storniert das bitte. Außerdem, wann kommt es", ["Storniert das bitte.", "wann kommt es"]),
        ("¿Dónde está mi pedido? Además quiero devolverlo", ["¿Dónde está mi pedido?", "quiero devolverlo"]),
        ("Où est ma commande et comment la retourner", ["Où est ma commande", "comment la retourner"]),
        ("Wo ist W1234567, und verschickt ihr es?", ["Wo ist W1234567", "verschickt ihr es?"]),
        ("¿Dónde está W1234567, y enviáis a Francia?", ["¿Dónde está W1234567", "enviáis a Francia?"]),
        ("Où est W1234567, et livrez-vous en Italie ?", ["Où est W1234567", "livrez-vous en Italie ?"]),
        ("can I track and receive my order", ["can I track and receive my order"]),
        ("return the lamp and exchange the hat", ["return the lamp", "exchange the hat"]),
        ("return the lamp, then cancel W1", ["return the lamp", "cancel W1"]),
        ("First, swap the mug. Second, cancel W1.", ["First", "swap the mug.", "cancel W1."]),
        ("exchange the lamp and the hat", ["exchange the lamp and the hat"]),
        ("can I cancel and return things", ["can I cancel and return things"]),
        ("cancel it and return my money", ["cancel it and return my money"]),
        ("it is too small, return it", ["it is too small, return it"]),
        ("swap the hat, otherwise return it", ["swap the hat", "otherwise return it"]),
        ("gib die Lampe zurück und storniere W1", ["gib die Lampe zurück", "storniere W1"]),
        ("quiero devolver la lámpara y cancelar W1", ["quiero devolver la lámpara", "cancelar W1"]),
        ("retournez la lampe et annulez W1", ["retournez la lampe", "annulez W1"]),
        ("", []),
        ("?", []),
        ("5", []),
        (" \n ok \n", ["ok"]),
    ],
)
def test_a_message_is_divided_there(text: str, parts: list[str]) -> None:
    assert divided(text) == parts


def test_of_many_parts_the_shortest_neighbours_are_joined() -> None:
    text = "This is quite a long first sentence. Yes. No. This is quite a long last sentence. And one more of them."
    parts = divided(text)
    assert len(parts) == 4
    assert "Yes. No." in parts


@pytest.mark.parametrize("piece", ["x. ", "also ", "\n", " ", "and i ", "., ", "i, ", "e.g. "])
def test_dividing_takes_time_in_proportion_to_the_text(piece: str) -> None:
    started = time.process_time()
    assert len(parts_of(piece * (20_000 // len(piece)), SPLITTING)) <= 4
    assert time.process_time() - started < 1.0


def parsed(intent: str, confidence: float = 0.9, *ranked: str, **more: Any) -> dict[str, Any]:
    ranking = [{"name": name, "confidence": 0.1} for name in (intent, *ranked)]
    return {"intent": {"name": intent, "confidence": confidence}, "intent_ranking": ranking, **more}


def planned(
    parts: list[tuple[str, str]], whole: dict[str, Any], form_wish: str | None = None, confidence: float = 0.9
) -> Said:
    """A message of lines, each with what it was understood as."""
    text, found = "\n".join(line for line, _ in parts), []
    for line, intent in parts:
        start = text.index(line)
        found.append(Part(start, start + len(line), parsed(intent, confidence)))
    return plan(text, whole, found, SPLITTING, form_wish)


def said(plan: Said) -> list[tuple[str, str]]:
    return [(utterance.text, utterance.intent) for utterance in plan.utterances]


TRACK, RETURN = ("where is it", "track_order"), ("can I return it", "return_items")
BOTH = parsed("track_order", 0.6, "return_items", "greet")


def test_two_wishes_are_two_utterances_in_order() -> None:
    found = planned([TRACK, RETURN], BOTH)
    assert said(found) == [TRACK, RETURN]
    assert found.wishes == found.utterances


def test_what_is_no_wish_stays_with_the_wish_before_it_or_the_first() -> None:
    found = planned([("hello", "greet"), TRACK, ("W1234567", "inform"), RETURN, ("so sad", "out_of_scope")], BOTH)
    assert [text for text, _ in said(found)] == ["hello\nwhere is it\nW1234567", "can I return it\nso sad"]


def test_one_wish_among_chatter_is_the_message_in_the_whole_messages_understanding() -> None:
    found = planned([("hello", "greet"), TRACK], parsed("track_order", 0.95, "greet"))
    assert said(found) == [("hello\nwhere is it", "track_order")]
    assert found.utterances[0].parsed["intent"]["confidence"] == 0.95
    assert not found.wishes


@pytest.mark.parametrize("whole", [parsed("greet", 0.8, "track_order"), parsed("nlu_fallback", 0.9, "track_order")])
def test_a_wish_is_taken_from_its_part_where_the_whole_message_shows_none(whole: dict[str, Any]) -> None:
    entity = {"entity": "order_number", "value": "W1", "start": 6, "end": 8}
    found = planned([("hello", "greet"), TRACK], {**whole, "entities": [entity], "language": {"name": "en"}})
    (utterance,) = found.utterances
    assert utterance.intent == "track_order"
    assert utterance.parsed["entities"] == [entity]
    assert utterance.parsed["language"] == {"name": "en"}


def test_an_unsure_part_is_no_wish() -> None:
    assert len(planned([TRACK, RETURN], BOTH, confidence=0.5).utterances) == 1


REASON = ("they are too small", "return_items")
SWAP = ("can I swap them", "exchange_items")


def test_a_reason_that_sounds_like_another_wish_is_none() -> None:
    assert said(planned([REASON, SWAP], parsed("exchange_items", 0.99))) == [
        ("they are too small\ncan I swap them", "exchange_items")
    ]


def test_where_the_whole_message_is_unclear_its_parts_speak_for_themselves() -> None:
    found = planned([TRACK, ("can I cancel it", "cancel_order")], parsed("policy_question", 0.4))
    assert [utterance.intent for utterance in found.utterances] == ["track_order", "cancel_order"]


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("they are too small. can I swap them", [False, False]),
        ("they are too small and I want to swap them", [False, False]),
        ("they are too small and can I swap them", [True, True]),
        ("they are too small. Also I want to swap them. Thanks", [True, True, False]),
        ("Hello. they are too small; I also want others", [False, True, True]),
        ("too small. Und wie tausche ich", [True, True]),
    ],
)
def test_what_is_added_in_so_many_words_is_known(text: str, added: list[bool]) -> None:
    assert [part.added for part in parts_of(text, SPLITTING)] == added


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("I want to swap it. If that's not possible, I want to return it. Thanks", [False, True, True, False]),
        ("I want to swap it. But if not, I want to return it", [False, True, True]),
        ("swap the hat, otherwise return it", [False, True]),
        ("swap the hat. Otherwise return it and also cancel W1", [False, True, False]),
        ("If not, I want to return it", [False, False]),
        ("I want to swap it. If I order now, when will it come?", [False, False, False]),
        ("Ich möchte tauschen. Wenn nicht, ich möchte zurückgeben", [False, True, True]),
        ("quiero cambiarlo. Si no, quiero devolverlo", [False, True, True]),
        ("je veux l'échanger. Sinon, je veux le retourner", [False, True, True]),
    ],
)
def test_what_is_wanted_only_in_place_of_a_wish_is_known(text: str, instead: list[bool]) -> None:
    assert [part.instead for part in parts_of(text, SPLITTING)] == instead


@pytest.mark.parametrize("whole", [parsed("exchange_items", 0.8, "return_items"), parsed("return_items", 0.8)])
def test_what_is_wanted_only_in_place_of_a_wish_is_none(whole: dict[str, Any]) -> None:
    text = "I want to swap it. If not, I want to return it"
    said = heard(text, whole, parsed("exchange_items"), parsed("inform"), parsed("return_items"))
    assert said == [f"exchange_items: {text}"]


def test_a_second_command_is_a_wish_whatever_the_whole_message_looks_like() -> None:
    text = "return the lamp and exchange the hat"
    said = heard(text, parsed("change_order_items", 0.99), parsed("return_items"), parsed("exchange_items"))
    assert said == ["return_items: return the lamp", "exchange_items: exchange the hat"]


def test_what_is_added_in_so_many_words_is_a_wish_whatever_the_whole_message_looks_like() -> None:
    text = "where is it and how do I return it"
    first, second = parts_of(text, SPLITTING)
    parts = [replace(first, parsed=parsed("track_order")), replace(second, parsed=parsed("return_items"))]
    found = plan(text, parsed("return_items", 0.99), parts, SPLITTING)
    assert [utterance.intent for utterance in found.utterances] == ["track_order", "return_items"]


def test_where_the_whole_message_is_surely_something_else_it_is_not_divided() -> None:
    whole = parsed("order_problem", 0.8, "track_order", "return_items")
    found = planned([TRACK, RETURN], whole)
    assert [utterance.intent for utterance in found.utterances] == ["order_problem"]


def test_the_same_wish_in_two_parts_is_one() -> None:
    found = planned([TRACK, ("is it late", "track_order")], BOTH)
    assert [utterance.intent for utterance in found.utterances] == ["track_order"]
    three = planned([TRACK, ("is it late", "track_order"), RETURN], BOTH)
    assert [text for text, _ in said(three)] == ["where is it\nis it late", "can I return it"]


def test_mere_chatter_is_its_last_part() -> None:
    found = planned([("cheers", "thanks"), ("see you", "goodbye")], parsed("thanks", 0.7, "goodbye"))
    assert said(found) == [("cheers\nsee you", "goodbye")]


def test_a_person_wins_and_the_others_are_noted() -> None:
    found = planned([TRACK, ("a human please", "human")], parsed("track_order", 0.6, "human"))
    assert said(found) == [("where is it\na human please", "human")]
    assert [wish.intent for wish in found.wishes] == ["track_order", "human"]


def test_in_a_form_an_answer_before_another_wish_is_heard_first() -> None:
    found = planned([("it is W1234567", "inform"), RETURN], parsed("return_items", 0.7, "inform"), "track_order")
    assert said(found) == [("it is W1234567", "inform"), RETURN]


def test_in_a_form_what_is_said_after_another_wish_is_about_that() -> None:
    found = planned([RETURN, ("it is W1234567", "inform")], parsed("return_items", 0.7, "inform"), "track_order")
    assert [(utterance.intent, "W1234567" in utterance.text) for utterance in found.utterances] == [
        ("return_items", True)
    ]


def test_without_a_form_facts_belong_to_the_wish() -> None:
    found = planned([("it is W1234567", "inform"), RETURN], parsed("return_items", 0.7, "inform"))
    assert said(found) == [("it is W1234567\ncan I return it", "return_items")]


def test_the_wish_of_the_form_itself_is_no_other_wish() -> None:
    found = planned([("it is W1234567", "inform"), TRACK], parsed("track_order", 0.9, "inform"), "track_order")
    assert said(found) == [("it is W1234567\nwhere is it", "track_order")]


def test_entities_move_with_their_part() -> None:
    text = "where is it W1\ncan I return W2"
    numbers = [
        {"entity": "order_number", "value": value, "start": text.index(value), "end": text.index(value) + 2}
        for value in ("W1", "W2")
    ]
    found = planned(
        [("where is it W1", "track_order"), ("can I return W2", "return_items")], {**BOTH, "entities": numbers}
    )
    for utterance, value in zip(found.utterances, ("W1", "W2"), strict=True):
        (entity,) = utterance.parsed["entities"]
        assert utterance.text[entity["start"] : entity["end"]] == entity["value"] == value


def test_a_wish_survives_its_time_in_the_slot() -> None:
    wish = planned([TRACK, RETURN], {**BOTH, "entities": [], "language": {"name": "en"}}).utterances[1]
    (kept,) = from_slot([wish.waiting()])
    assert (kept.text, kept.intent) == RETURN
    assert kept.parsed == {name: wish.parsed[name] for name in ("intent", "entities", "language")}


@pytest.mark.parametrize("value", [None, "x", 3, {}, [None], [{}], [{"text": "x"}], [{"text": "", "intent": {}}]])
def test_what_is_no_list_of_wishes_is_none(value: Any) -> None:
    assert from_slot(value) == []


SHIP, STOCK = "shipping_question", "product_question"


def heard(text: str, whole: dict[str, Any], *parts: dict[str, Any]) -> list[str]:
    """The utterances of a message that is divided as it would be, its parts understood so."""
    found = parts_of(text, SPLITTING)
    assert len(found) == len(parts)
    understood = [replace(part, parsed=of_part) for part, of_part in zip(found, parts, strict=True)]
    found_in = plan(text, whole, understood, SPLITTING)
    return [f"{utterance.intent}: {utterance.text}" for utterance in found_in.utterances]


@pytest.mark.parametrize(
    "text",
    ["where is my order\ndo you ship to France", "my order is where? you ship to France?"],
)
def test_a_question_is_a_wish_of_its_own_however_clear_the_message_is_as_a_whole(text: str) -> None:
    said = heard(text, parsed("track_order", 0.99), parsed("track_order"), parsed(SHIP))
    assert [line.split(":")[0] for line in said] == ["track_order", SHIP]


def test_questions_of_one_kind_are_wishes_of_their_own() -> None:
    said = heard("Do you ship to Malta? How long do you take?", parsed(SHIP), parsed(SHIP), parsed(SHIP))
    assert said == [f"{SHIP}: Do you ship to Malta?", f"{SHIP}: How long do you take?"]


def test_two_sentences_of_one_wish_are_one_even_as_questions() -> None:
    whole = parsed("account_access")
    assert len(heard("I forgot my password. I can't log in.", whole, whole, whole)) == 1
    assert len(heard("Is my account closed? Why can I not log in?", whole, whole, whole)) == 1


def test_a_question_about_it_goes_with_the_question_before_it() -> None:
    text = "how long does shipping take and how much does it cost"
    assert heard(text, parsed(SHIP), parsed(SHIP), parsed(STOCK)) == [f"{SHIP}: {text}"]


def test_a_question_about_a_statement_is_no_second_wish() -> None:
    text = "My invoice came wrong. Can you change it?"
    said = heard(text, parsed("invoice", 0.9), parsed("invoice"), parsed("change_order_items"))
    assert said == [f"invoice: {text}"]


def test_a_question_of_a_word_is_about_what_is_beside_it() -> None:
    whole = parsed("payment_problem", 0.98)
    assert len(heard("I paid twice. Why?", whole, whole, parsed("explain"))) == 1


@pytest.mark.parametrize("mistaken", ["inform", "out_of_scope"])
def test_a_question_hidden_by_the_fact_in_it_is_what_it_likeliest_is(mistaken: str) -> None:
    text = "do you ship to France and where is W1234567"
    number = {"entity": "order_number", "value": "W1234567", "start": 35, "end": 43}
    hidden = parsed(mistaken, 0.6)
    hidden["intent_ranking"].append({"name": "track_order", "confidence": 0.3})
    said = heard(text, parsed(SHIP, 0.9, entities=[number]), parsed(SHIP), hidden)
    assert said == [f"{SHIP}: do you ship to France", "track_order: where is W1234567"]


def test_facts_go_with_the_wish_that_needs_them_and_not_with_a_question() -> None:
    parts = (parsed("track_order"), parsed(SHIP), parsed("inform", 1.0))
    said = heard("where is my order\ndo you ship to France\nW1234567", parsed("track_order", 0.7), *parts)
    assert said == ["track_order: where is my order\nW1234567", f"{SHIP}: do you ship to France"]


def test_questions_are_heard_though_the_whole_message_looks_like_something_else() -> None:
    text = "Où est W1234567, et livrez-vous en Italie ?"
    said = heard(text, parsed("order_problem", 0.8), parsed("track_order"), parsed(SHIP))
    assert [line.split(":")[0] for line in said] == ["track_order", SHIP]
