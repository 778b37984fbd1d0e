"""A conversation as a Rasa test story: redacted, without what cannot be replayed, and readable as YAML."""

from __future__ import annotations

import random
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.insights.learning.redacting import Redaction
from bot.insights.learning.sentences import marked
from bot.insights.learning.story import Line, NoTest, story_of

FORMS = ("track_order_form", "request_form")


def user(text: str, intent: str, *entities: dict[str, Any], ranked: str = "") -> dict[str, Any]:
    ranking = [{"name": ranked or intent, "confidence": 0.9}]
    parsed = {"intent": {"name": intent, "confidence": 0.9}, "entities": list(entities), "intent_ranking": ranking}
    return {"event": "user", "text": text, "parse_data": parsed}


def action(name: str, policy: str | None = "RulePolicy") -> dict[str, Any]:
    return {"event": "action", "name": name, "policy": policy}


def bot(response: str) -> dict[str, Any]:
    return {"event": "bot", "text": "…", "metadata": {"utter_action": response}}


def entity(text: str, words: str, name: str, value: str = "") -> dict[str, Any]:
    start = text.index(words)
    return {"entity": name, "start": start, "end": start + len(words), "value": value or words}


def turn(*events: dict[str, Any], kind: str = "text", text: str = "") -> Line:
    return Line("customer", kind, text, understanding={"intent": {}}, events=[*events, action("action_listen")])


def steps(*lines: Line, names: tuple[str, ...] = (), language: str = "en") -> list[dict[str, Any]]:
    return list(YAML(typ="safe").load(written(*lines, names=names, language=language))["stories"][0]["steps"])


def written(*lines: Line, names: tuple[str, ...] = (), language: str = "en") -> str:
    redaction = Redaction(names)
    return story_of("a name", lines, redaction, language=language, forms=FORMS, about=["about: it"])


def test_what_was_said_and_done_is_there_with_the_names_of_the_answers() -> None:
    story = written(
        turn(
            action("action_session_start", None),
            action("action_listen", None),
            user("hello", "greet"),
            action("action_greet"),
            bot("utter_greet"),
        )
    )

    assert "- action: action_greet  # says utter_greet" in story
    assert YAML(typ="safe").load(story)["stories"] == [
        {"story": "a name", "steps": [{"user": "hello\n", "intent": "greet"}, {"action": "action_greet"}]}
    ]


def test_numbers_and_addresses_become_those_of_the_demo_shop_always_the_same() -> None:
    first, second = "where is W1234567, me@home.org", "and w 1234567 or W7654321"
    [one, _, two, _] = steps(
        turn(
            user(
                first,
                "track_order",
                entity(first, "W1234567", "order_number"),
                entity(first, "me@home.org", "email"),
            ),
            action("action_x"),
        ),
        turn(
            user(
                second,
                "track_order",
                entity(second, "w 1234567", "order_number"),
                entity(second, "W7654321", "order_number"),
            ),
            action("action_x"),
        ),
    )

    assert one["user"] == "where is [W4827310](order_number), [jo.hart@mail.example](email)\n"
    assert two["user"] == "and [W4827310](order_number) or [W2507194](order_number)\n"


def test_names_and_what_the_assistant_did_not_recognise_are_replaced_too() -> None:
    text = "Mei Halasz, call 07911 123456 or write to mei@halasz.example"
    [one, _] = steps(turn(user(text, "inform"), action("action_x")), names=("Mei Halasz",))

    assert one["user"] == "Jo, call this or write to this\n"


def test_an_address_that_was_asked_for_is_replaced_whole() -> None:
    asked = Line("bot", "text", "Where to?", expects="address")
    [one, _] = steps(asked, turn(user("12 Hidden Street, Nowhere", "inform"), action("request_form")))

    assert one["user"] == "4 Mill Lane, York, [YO1 7EP](postcode)\n"


def test_a_button_is_written_as_what_it_meant_without_its_values() -> None:
    pressed = user("Yes, cancel", "choose", {"entity": "chosen", "value": "pm-secret-4711"})
    content = written(turn(pressed, action("request_form"), kind="choice"))

    assert "4711" not in content
    assert YAML(typ="safe").load(content)["stories"][0]["steps"][0] == {
        "intent": "choose",
        "entities": [{"chosen": "something"}],
    }


def test_what_is_replaced_is_replaced_alike_in_the_remark_and_in_what_was_recognised() -> None:
    text = "mei@halasz.example"
    content = written(turn(user(text, "inform", entity(text, text, "email")), action("request_form")), language="fr")

    assert "of the conversation: jo.hart@mail.example\n" in content
    assert YAML(typ="safe").load(content)["stories"][0]["steps"][0]["entities"] == [{"email": "jo.hart@mail.example"}]


def test_several_wishes_are_several_utterances() -> None:
    found = steps(
        turn(
            user("where is it", "track_order"),
            action("action_a"),
            action("action_listen"),
            user("and cancel that", "cancel_order"),
            action("action_b"),
        )
    )

    assert [step.get("intent") or step["action"] for step in found] == [
        "track_order",
        "action_a",
        "cancel_order",
        "action_b",
    ]


def test_a_form_and_its_end_are_kept() -> None:
    events = (
        user("where is it", "track_order"),
        action("track_order_form"),
        {"event": "active_loop", "name": "track_order_form"},
        {"event": "slot", "name": "requested_slot", "value": None},
        {"event": "slot", "name": "requested_slot", "value": None},
        {"event": "active_loop", "name": None},
        action("action_show_order"),
    )

    assert steps(turn(*events))[1:] == [
        {"action": "track_order_form"},
        {"active_loop": "track_order_form"},
        {"slot_was_set": [{"requested_slot": None}]},
        {"active_loop": None},
        {"action": "action_show_order"},
    ]


def test_a_form_that_an_action_asks_for_is_active_before_it_runs() -> None:
    events = (
        user("W1", "inform"),
        action("action_take_facts"),
        action("track_order_form", "followup"),
        {"event": "active_loop", "name": "track_order_form"},
    )

    assert steps(turn(*events))[1:] == [
        {"action": "action_take_facts"},
        {"active_loop": "track_order_form"},
        {"action": "track_order_form"},
    ]


def test_another_action_that_an_action_asks_for_is_left_out_with_a_remark() -> None:
    content = written(turn(user("no", "deny"), action("action_a"), action("action_b", "followup")))

    assert "# Then action_b" in content
    assert "- action: action_b" not in content


@pytest.mark.parametrize(
    ("line", "remark"),
    [
        (Line("customer", "media", "x"), "attachment"),
        (Line("customer", "rating", "5"), "rating"),
        (Line("customer", "command", "/end"), "command"),
        (turn(user("x", "greet")), None),
    ],
)
def test_what_cannot_be_replayed_is_remarked_on(line: Line, remark: str | None) -> None:
    content = written(turn(user("hello", "greet"), action("action_greet")), line)

    assert (remark is None) or (f"# A{'n' if remark == 'attachment' else ''} {remark}" in content)


def test_from_the_first_word_of_a_person_on_nothing_is_tested() -> None:
    found = steps(
        turn(user("hello", "greet"), action("action_greet")),
        Line("agent", "text", "Robin here"),
        turn(user("thanks", "thanks"), action("action_thanks")),
    )

    assert len(found) == 2


def test_a_failed_turn_is_left_out() -> None:
    failed = Line("customer", "text", "hm", understanding={"error": "timeout"}, events=[user("hm", "greet")])
    found = steps(failed, turn(user("hello", "greet"), action("action_greet")))

    assert [step.get("user") for step in found] == ["hello\n", None]


@pytest.mark.parametrize("lines", [(), (Line("customer", "media", "x"),), (Line("agent", "text", "hello"),)])
def test_where_the_assistant_answered_nothing_there_is_no_test(lines: tuple[Line, ...]) -> None:
    with pytest.raises(NoTest, match="nothing"):
        written(*lines)


def test_what_only_the_conversation_told_is_written_as_understood() -> None:
    short = steps(turn(user("ja bitte", "affirm"), action("action_affirm")), language="de")
    other = steps(turn(user("the same", "inform", ranked="out_of_scope"), action("action_x")))

    assert short[0] == {"intent": "affirm"}
    assert other[0] == {"intent": "inform"}


@pytest.mark.parametrize("seed", range(60))
def test_whatever_was_said_the_file_can_be_read_and_tells_nobody_apart(seed: int) -> None:
    chance = random.Random(seed)
    secret = f"{chance.choice(['mei', 'jo.x', 'a_b'])}{seed}@secret-host.example"
    noise = "".join(chance.choice("ab \n\t[](){}#:-|>&*!%@`'\"/\\🙂é\u2028\u0007") for _ in range(40))
    text = f"{noise} {secret} {noise}"
    marks = [entity(text, secret, "email")] if chance.random() < 0.5 else []
    content = written(turn(user(text, "inform", *marks), action("action_x")), names=("Mei",))

    [said, did] = YAML(typ="safe").load(content)["stories"][0]["steps"]
    assert did == {"action": "action_x"}
    assert "secret-host" not in content
    assert said["intent"] == "inform"


def test_marks_lie_on_the_words_that_stand_in() -> None:
    text = "  my   mail is x@y.example and   W1234567 "
    marks = [entity(text, "x@y.example", "email"), entity(text, "W1234567", "order_number")]
    redacted = Redaction().of(text, marks)

    assert marked(redacted.text, redacted.marks) == (
        "my mail is [jo.hart@mail.example](email) and [W4827310](order_number)"
    )


def test_the_value_of_what_was_recognised_stays_where_it_is_of_the_shop() -> None:
    redacted = Redaction().of("the walnutty one", [entity("the walnutty one", "walnutty", "option", "walnut")])

    assert marked(redacted.text, redacted.marks) == 'the [walnutty]{"entity": "option", "value": "walnut"} one'
