"""Folding on plain dictionaries: what is kept, what is left behind, what does not grow."""

from typing import Any

import pytest

from bot.engine.folding import Lookback, applied, fold, slim

Event = dict[str, Any]

LISTEN: Event = {"event": "action", "name": "action_listen"}
START: list[Event] = [{"event": "action", "name": "action_session_start"}, {"event": "session_started"}, LISTEN]


def user(text: str) -> Event:
    return {"event": "user", "text": text, "parse_data": {"intent": {"name": "x"}, "entities": []}}


def action(name: str, hidden: bool = False) -> Event:
    return {"event": "action", "name": name, "hide_rule_turn": hidden}


def slot(name: str, value: object) -> Event:
    return {"event": "slot", "name": name, "value": value}


def loop(name: str | None) -> Event:
    return {"event": "active_loop", "name": name}


def rejected(name: str) -> Event:
    return {"event": "action_execution_rejected", "name": name}


def turn(text: str, name: str = "utter_x", *more: Event, hidden: bool = False) -> list[Event]:
    return [user(text), action(name, hidden), *more, action("action_listen", hidden)]


def flat(*turns: list[Event]) -> list[Event]:
    return [event for events in turns for event in events]


def texts(events: Any) -> list[str]:
    return [event["text"] for event in events if event["event"] == "user"]


RULES_ONLY = Lookback(actions=2, story_actions=0)


def test_a_short_conversation_is_kept_as_it_is() -> None:
    events = flat(START, turn("a"))
    assert fold(events, Lookback(actions=4, story_actions=4)) == events


def test_the_start_and_the_last_turns_are_kept() -> None:
    events = flat(START, *(turn(str(number), hidden=True) for number in range(20)))
    folded = fold(events, RULES_ONLY)
    assert folded[: len(START)] == START
    assert texts(folded) == ["18", "19"]


def test_a_turn_that_only_stories_can_see_is_kept_across_those_they_cannot() -> None:
    hidden = [turn(f"hidden {number}", hidden=True) for number in range(20)]
    events = flat(START, turn("seen"), *hidden)
    assert texts(fold(events, Lookback(actions=2, story_actions=4)))[0] == "seen"
    assert "seen" not in texts(fold(events, RULES_ONLY))


def test_of_dropped_turns_the_last_value_of_each_slot_stays() -> None:
    turns = [turn(str(number), "action_x", slot("n", number), slot("m", 0), hidden=True) for number in range(20)]
    folded = fold(flat(START, *turns), RULES_ONLY)
    values = [(event["name"], event["value"]) for event in folded if event["event"] == "slot"]
    assert values[:2] == [("n", 17), ("m", 0)]
    assert values[-2:] == [("n", 19), ("m", 0)]


def test_a_reset_of_all_slots_is_kept_and_drops_what_was_before() -> None:
    events = flat(
        START,
        turn("a", "action_x", slot("n", 1)),
        turn("b", "action_x", {"event": "reset_slots"}, slot("m", 2)),
        *(turn(str(number)) for number in range(4)),
    )
    folded = fold(events, RULES_ONLY)
    assert [event for event in folded if event["event"] in ("slot", "reset_slots")] == [
        {"event": "reset_slots"},
        slot("m", 2),
    ]


def test_the_turn_that_activated_the_form_is_kept_while_it_is_active() -> None:
    begin = turn("order", "form", loop("form"), slot("requested_slot", "size"))
    others = [[user(str(number)), rejected("form"), action("utter_x"), LISTEN] for number in range(10)]
    assert "order" in texts(fold(flat(START, begin, *others), RULES_ONLY))
    ended = turn("done", "form", slot("size", "s"), loop(None))
    folded = fold(flat(START, begin, *others, ended, *(turn(str(n)) for n in range(4))), RULES_ONLY)
    assert "order" not in texts(folded)
    assert [event for event in folded if event["event"] == "active_loop"][-1] == loop(None)


def test_a_rejection_of_the_active_form_outlives_its_turn() -> None:
    begin = turn("order", "form", loop("form"))
    events = flat(START, begin, [user("no"), rejected("form"), *turn("")[1:]], *(turn(str(n)) for n in range(4)))
    assert rejected("form") in fold(events, RULES_ONLY)


def test_a_form_on_its_happy_path_is_one_turn() -> None:
    events = flat(
        START,
        turn("order", "form", loop("form"), slot("requested_slot", "size")),
        turn("large", "form", slot("size", "l"), slot("requested_slot", "number")),
        turn("2", "form", slot("number", 2), loop(None)),
    )
    assert texts(applied(events)) == ["order"]
    assert sum(event.get("name") == "form" for event in applied(events) if event["event"] == "action") == 1


def test_an_undone_turn_is_gone() -> None:
    events = flat(START, turn("a"), [user("b"), action("action_default_fallback"), {"event": "rewind"}, LISTEN])
    assert texts(applied(events)) == ["a"]
    assert applied(events)[-1] == LISTEN


@pytest.mark.parametrize("lookback", [RULES_ONLY, Lookback(actions=3, story_actions=6)], ids=str)
def test_it_does_not_grow_with_the_conversation(lookback: Lookback) -> None:
    history: list[Any] = list(START)
    sizes = []
    for number in range(300):
        hidden = number % 3 > 0
        more = turn(str(number), "action_x", slot("n", number), {"event": "bot", "text": "x"}, hidden=hidden)
        history = fold([*history, *more], lookback)
        sizes.append(len(history))
    assert max(sizes[100:]) <= max(sizes[:100])
    assert max(sizes) < 60


def test_a_form_asking_again_and_again_does_not_grow() -> None:
    history: list[Any] = flat(START, turn("order", "form", loop("form"), slot("requested_slot", "size")))
    for number in range(50):
        again = turn(str(number), "form", slot("size", None), slot("requested_slot", "size"), {"event": "bot"})
        history = fold([*history, *again], RULES_ONLY)
    assert len(history) < 15


def test_without_a_known_lookback_nothing_is_left_out() -> None:
    events = flat(START, *(turn(str(number), hidden=True) for number in range(20)))
    assert fold(events, None) == events


def test_rankings_tokens_and_cards_are_left_out() -> None:
    event = user("a")
    full = {**event, "parse_data": {**event["parse_data"], "intent_ranking": [1, 2], "text": "a"}}
    assert slim(full) == event
    assert slim({"event": "bot", "text": "a", "data": {"custom": {"cards": []}}})["data"] == {}


def test_a_lookback_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Lookback(actions=0, story_actions=0)
