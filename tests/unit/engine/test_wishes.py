"""Where a message is divided, and what of its parts the dialogue hears; on plain dictionaries."""

from __future__ import annotations

import ast
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.engine.wishes import Part, Said, Splitting, Words, boundary_of, from_slot, parts_of, plan

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


def test_in_a_form_the_answer_comes_before_the_wish() -> None:
    found = planned([RETURN, ("it is W1234567", "inform")], parsed("return_items", 0.7, "inform"), "track_order")
    assert said(found) == [("it is W1234567", "inform"), RETURN]


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
