"""What each update of Telegram's is to us, whatever shape it has."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from bot.conversations.commands import COMMANDS
from channels.telegram.reading import chat_of, read_update, sent_at
from channels.telegram.updates import (
    Blocked,
    CommandMessage,
    Edited,
    GroupTalk,
    Ignored,
    MediaMessage,
    Migrated,
    Reading,
    StartLink,
    StrayTap,
    Tap,
    TextMessage,
    Unacceptable,
    Unblocked,
    Unknown,
    Writer,
)
from tests.support.telegram_updates import (
    BOT_ID,
    ODD,
    USERNAME,
    broken,
    edited,
    in_group,
    membership,
    message,
    one_of_each,
    person,
    sent,
    tapped,
    typed,
)

READING = Reading(BOT_ID, USERNAME, tuple(COMMANDS), 4000, "en-GB")
ADA = Writer(42, "en")


def test_a_typed_message_is_text_of_its_writer() -> None:
    assert read_update(typed(1, "Where is it?"), READING) == TextMessage(ADA, "42:7001:5", "Where is it?", None)


def test_a_reply_quotes_the_message_it_answers() -> None:
    update = read_update(typed(1, "this one", reply_to_message=message(2, text="?")), READING)
    assert isinstance(update, TextMessage)
    assert update.quotes == "42:7001:2"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("form", ["/{}", "/{}@shop_bot", "/{}@SHOP_BOT", "  /{}  "])
def test_a_command_of_the_menu_is_one(command: str, form: str) -> None:
    update = read_update(typed(1, form.format(command)), READING)
    assert update == CommandMessage(ADA, "42:7001:5", command, None)


@pytest.mark.parametrize(
    "text",
    [
        "/foo",
        "/cancel_order",
        '/cancel_order{"order_number": "#W1"}',
        '/orders{"x": 1}',
        "/orders@other_bot",
        "/start@other_bot",
        "/start/help",
        "/app:end",
        "/restart",
        "//help",
        "/ help",
        "/",
        "please /help",
        "/helpme",
        "/órders",
    ],
)
def test_whatever_else_begins_with_a_slash_is_text(text: str) -> None:
    assert read_update(typed(1, text), READING) == TextMessage(ADA, "42:7001:5", text, None)


@pytest.mark.parametrize("text", ["/orders W1234567", "/help W1234567", "/help@shop_bot W1234567"])
def test_words_after_a_command_that_asks_are_what_is_asked(text: str) -> None:
    assert read_update(typed(1, text), READING) == TextMessage(ADA, "42:7001:5", "W1234567", None)


@pytest.mark.parametrize(
    ("text", "command", "words"),
    [
        ("/human my lamp  is broken\nW1234567", "human", "my lamp  is broken\nW1234567"),
        ("/end@shop_bot please", "end", "please"),
        ("/start newsletter", "start", "newsletter"),
    ],
)
def test_words_after_any_other_command_stay_with_it(text: str, command: str, words: str) -> None:
    assert read_update(typed(1, text), READING) == CommandMessage(ADA, "42:7001:5", command, None, words)


def test_a_start_with_a_token_follows_a_link() -> None:
    token = "abcdefghijABCDEFGHIJ_-"
    assert read_update(typed(1, f"/start {token}"), READING) == StartLink(ADA, "42:7001:5", token)


@pytest.mark.parametrize(
    "payload",
    ["x" * 65, "x" * 21, "x" * 23, "abcdefghij ABCDEFGHIJ_-", "abcdefghijABCDEFGHIJ..", "é" * 22, "spring-sale-2026"],
)
def test_a_start_with_anything_else_is_a_start(payload: str) -> None:
    update = read_update(typed(1, f"/start {payload}"), READING)
    assert update == CommandMessage(ADA, "42:7001:5", "start", None, payload)


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        (typed(1, "hello"), 1772442000.0),
        (edited(1, "hello", at=1772442060), 1772442060.0),
        ({"update_id": 1, "callback_query": {"message": {"date": 5}}}, None),
        ({"update_id": 1, "message": {"date": "5"}}, None),
        ("no update", None),
    ],
)
def test_when_something_was_sent_is_what_telegram_says(raw: object, seconds: float | None) -> None:
    assert sent_at(raw) == seconds


@pytest.mark.parametrize("text", ["", " \n ", "\0\x07", "\u2028"])
def test_a_text_of_nothing_cannot_be_taken(text: str) -> None:
    assert read_update(typed(1, text), READING) == Unacceptable(ADA, "utter_app_empty")


def test_a_text_that_is_too_long_cannot_be_taken() -> None:
    assert read_update(typed(1, "x" * 4001), READING) == Unacceptable(ADA, "utter_app_too_long")
    assert isinstance(read_update(typed(1, "x" * 4000), READING), TextMessage)
    assert read_update(typed(1, "🙂" * 10_000), READING) == Unacceptable(ADA, "utter_app_too_long")


def test_a_text_is_taken_without_what_no_database_takes() -> None:
    update = read_update(typed(1, "a\0b \ud800c\r\nd"), READING)
    assert isinstance(update, TextMessage)
    assert "\0" not in update.text
    assert update.text.encode()  # would raise for half a character


@pytest.mark.parametrize(
    ("language", "locale"),
    [("pt-br", "pt-br"), ("de", "de"), (None, "en-GB"), (7, "en-GB"), ("x" * 40, "en-GB"), ("de_AT\0", "en-GB")],
)
def test_the_language_is_telegrams_where_it_is_one(language: object, locale: str) -> None:
    update = read_update(sent(1, text="x", **{"from": person(language_code=language)}), READING)
    assert isinstance(update, TextMessage)
    assert update.writer.locale == locale


@pytest.mark.parametrize("sender", [None, {}, {"id": "42"}, {"id": True}, {"id": -3}, {"id": 43}, {"id": 2**63}, 42])
def test_a_message_of_nobody_we_know_is_unknown(sender: object) -> None:
    assert read_update(sent(1, text="x", **{"from": sender}), READING) == Unknown()


def test_a_bot_is_no_customer() -> None:
    assert read_update(sent(1, text="x", **{"from": person(is_bot=True)}), READING) == Ignored("bot")


@pytest.mark.parametrize("number", [None, "5", 5.0, True, -1, 2**63])
def test_a_message_without_a_number_is_unknown(number: object) -> None:
    assert read_update(sent(1, message_id=number, text="x"), READING) == Unknown()


def test_a_message_that_only_tells_of_something_is_ignored() -> None:
    assert read_update(sent(1, pinned_message=message()), READING) == Ignored("service")


def test_a_caption_comes_with_its_picture() -> None:
    update = read_update(sent(1, photo=[{"file_id": "F", "width": 1, "height": 1}], caption=" broken "), READING)
    assert isinstance(update, MediaMessage)
    assert (update.text, update.attachment.kind, update.attachment.file_id) == ("broken", "photo", "F")


def test_an_own_number_is_the_text_and_vouched_for() -> None:
    contact = {"phone_number": "49 151 12345678", "first_name": "Ada", "user_id": 42}
    update = read_update(sent(1, contact=contact), READING)
    assert isinstance(update, MediaMessage)
    assert (update.text, update.own_number) == ("+4915112345678", "+4915112345678")
    assert update.attachment.details["own"] is True


@pytest.mark.parametrize(
    "others",
    [
        {"contact": {"phone_number": "4915112345678", "user_id": 43}},
        {"contact": {"phone_number": "4915112345678"}},
        {"contact": {"phone_number": "4915112345678", "user_id": "42"}},
        {"contact": {"phone_number": 4915112345678, "user_id": 42}},
        {"contact": {"phone_number": "call me", "user_id": 42}},
        {"contact": {"phone_number": "4915112345678", "user_id": 42}, "forward_origin": {"type": "user"}},
    ],
)
def test_any_other_number_is_not(others: dict[str, object]) -> None:
    update = read_update(sent(1, **others), READING)
    assert isinstance(update, MediaMessage)
    assert (update.text, update.own_number, update.attachment.details["own"]) == ("", None, False)


def test_an_edit_has_its_time_and_within_a_second_its_order() -> None:
    first, second = (read_update(edited(number, "other", at=1772442060), READING) for number in (8, 9))
    assert isinstance(first, Edited)
    assert isinstance(second, Edited)
    assert (first.external_id, first.text) == ("42:7001:5", "other")
    assert first.at is not None
    assert second.at is not None
    assert first.at.replace(microsecond=0) == datetime(2026, 3, 2, 9, 1, tzinfo=UTC)
    assert first.at < second.at


@pytest.mark.parametrize("at", [None, "soon", -5, 10**30, True, 1.5, 2**62])
def test_an_edit_at_no_time_has_none(at: object) -> None:
    update = read_update(edited(1, "other", at=at), READING)
    assert isinstance(update, Edited)
    assert update.at is None


def test_a_place_that_moves_is_no_edit() -> None:
    moved = message(location={"latitude": 1, "longitude": 2}, edit_date=1772442060)
    assert isinstance(read_update({"update_id": 1, "edited_message": moved}, READING), Ignored)


def test_a_tap_names_its_choice_and_its_message() -> None:
    assert read_update(tapped(1, "c" * 32, "77"), READING) == Tap(ADA, "77", "c" * 32, 3)


@pytest.mark.parametrize("data", [None, "", 5, "a b", "é", "x" * 65, "\0", {"a": 1}])
def test_a_tap_with_anything_else_names_none(data: object) -> None:
    update = read_update(tapped(1, data), READING)
    assert isinstance(update, Tap)
    assert update.choice_id == ""


def test_a_tap_under_a_message_that_is_out_of_reach_is_one_all_the_same() -> None:
    raw = tapped(1, "c" * 32, "77")
    del raw["callback_query"]["message"]
    assert read_update(raw, READING) == Tap(ADA, "77", "c" * 32, None)


@pytest.mark.parametrize(
    "change", [{"message": {"message_id": 1, "chat": {"id": -5, "type": "group"}}}, {"from": person(is_bot=True)}]
)
def test_a_tap_that_is_no_customers_is_only_answered(change: dict[str, object]) -> None:
    raw = tapped(1, "c" * 32, "77")
    raw["callback_query"] |= change
    assert read_update(raw, READING) == StrayTap("77")


def test_blocking_and_coming_back_are_heard() -> None:
    assert read_update(membership(1, "kicked"), READING) == Blocked(ADA)
    assert read_update(membership(1, "member", before="kicked"), READING) == Unblocked(ADA)


def test_being_added_to_a_group_is_talk_with_us() -> None:
    added = membership(1, "member", before="left", id=-100, type="group")
    assert read_update(added, READING) == GroupTalk(-100, "en", None)
    removed = membership(1, "left", id=-100, type="group")
    assert isinstance(read_update(removed, READING), Ignored)


@pytest.mark.parametrize("text", ["/help", "/orders@shop_bot", "/foo@shop_bot", "hi @Shop_Bot!", "@shop_bot"])
def test_who_speaks_to_us_in_a_group_is_heard(text: str) -> None:
    assert read_update(in_group(1, text), READING) == GroupTalk(-100, "en", 9)


def test_a_reply_to_us_in_a_group_is_heard() -> None:
    ours = {"message_id": 1, "from": {"id": BOT_ID, "is_bot": True}}
    assert read_update(in_group(1, "yes", reply_to_message=ours), READING) == GroupTalk(-100, "en", 9)


@pytest.mark.parametrize("text", ["hello", "/foo", "/start@other_bot", "x@shop_bots", "@shop_bot2", "@other_bot"])
def test_who_speaks_to_others_in_a_group_is_not(text: str) -> None:
    assert read_update(in_group(1, text), READING) == Ignored("group")


def test_a_group_that_moves_is_followed_from_both_ends() -> None:
    assert read_update(in_group(1, migrate_to_chat_id=-200), READING) == Migrated(-100, -200)
    assert read_update(in_group(1, group=-200, migrate_from_chat_id=-100), READING) == Migrated(-100, -200)


@pytest.mark.parametrize("kind", ["channel_post", "poll", "message_reaction", "business_message", "hologram"])
def test_what_is_none_of_our_business_is_ignored(kind: str) -> None:
    assert read_update({"update_id": 1, kind: message(text="x")}, READING) == Ignored(kind[:20])


@pytest.mark.parametrize("raw", [*ODD, {"update_id": 1}, {"update_id": 1, "message": [1]}, {"message": {}}])
def test_what_is_no_update_is_unknown(raw: object) -> None:
    assert read_update(raw, READING) == Unknown()


def test_ten_thousand_broken_updates_are_all_read() -> None:
    chance = random.Random(3)
    for update in one_of_each() * 500:
        raw = broken(update, chance)
        read_update(raw, READING)
        assert chat_of(raw) is None or isinstance(chat_of(raw), int)


def test_updates_of_one_chat_wait_for_each_other() -> None:
    private = [typed(1, "x"), edited(2, "y"), tapped(3, "c"), membership(4, "kicked")]
    assert {chat_of(raw) for raw in private} == {42}
    assert chat_of(in_group(5)) == -100
    assert chat_of({"update_id": 6, "poll": {"id": "1"}}) is None
