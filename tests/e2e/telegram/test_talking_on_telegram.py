"""What customers send on Telegram and what they get for it, on the running product: the menu, cards, media, groups."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bot.languages.languages import FOLDER, Languages
from tests.support.telegram_product import PATIENCE, TelegramProduct, has_button, say, tap
from tests.telegram import Ill, Sandbox, SeenMessage, TelegramUser

pytestmark = pytest.mark.e2e

COMMANDS = ("start", "help", "orders", "human", "language", "web", "end", "privacy")


@pytest.fixture(scope="module")
def languages() -> Languages:
    return Languages(FOLDER)


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_the_menu_of_commands_is_in_the_language_of_the_phone(
    telegram: TelegramProduct, languages: Languages, language: str
) -> None:
    words = languages.labels(language)
    reader = telegram.sandbox.user("Mia", language_code=language)
    assert reader.commands == [(name, words.say(f"command_{name}")) for name in COMMANDS]
    assert all(3 <= len(description) <= 60 for _, description in reader.commands)


def test_a_phone_in_a_language_that_we_do_not_speak_shows_the_shops_own_menu(telegram: TelegramProduct) -> None:
    english = telegram.sandbox.user("Mia", language_code="en").commands
    assert telegram.sandbox.user("Aino", language_code="fi").commands == english


def test_each_command_is_answered_by_what_it_promises(telegram: TelegramProduct) -> None:
    ned = telegram.sandbox.user("Ned")
    greeting = say(ned, "/start", "Hello!")
    assert greeting.titles
    say(ned, "/help", "I can tell you")
    say(ned, "/orders", "Which e-mail address")
    say(ned, "/language", lambda message: message.titles == ["English", "Deutsch", "Español", "Français"])
    say(ned, "/privacy", "/help/your-data")
    say(ned, "/human", "answers you here in this chat")  # nobody is at the desk
    say(ned, "/web", "#bellhop=")
    rating = say(ned, "/end", has_button("5"))
    assert [len(row) for row in rating.keyboard] == [5]
    say(ned, "/end", "nothing to end")
    [open_ones] = telegram.facts.rows(
        "SELECT count(*) AS n FROM conversations c JOIN identities i ON i.id = c.identity_id"
        " WHERE i.external_id = :user AND c.state = 'open'",
        user=str(ned.id),
    )
    assert open_ones.n == 0


def test_somebody_with_a_german_phone_is_answered_in_german(telegram: TelegramProduct) -> None:
    ida = telegram.sandbox.user("Ida", language_code="de")
    assert say(ida, "/start", "Guten Tag").titles[0] == "Bestellung verfolgen"
    say(ida, "wo ist meine Bestellung?", "Bestellnummer")
    say(ida, "#W2092142", "Postleitzahl")
    card = say(ida, "lena.voss@house.example", "Bestellung #W2092142")
    assert "Summe: " in card.text


def test_an_order_comes_as_a_card_with_a_picture(telegram: TelegramProduct) -> None:
    sam = telegram.sandbox.user("Sam")
    say(sam, "where is my order #W4189999?", "postcode")
    card = say(sam, "sam.rivers@mail.example", "Daybreak alarm clock")
    assert card.photo
    assert sam.picture(card).startswith(b"\x89PNG")
    assert all(words in card.text for words in ("#W4189999", "On its way", "£64.00"))
    assert any(entity["type"] == "bold" for entity in card.entities)
    assert telegram.sandbox.bad_requests == []


def test_a_product_comes_as_a_card_with_a_picture(telegram: TelegramProduct) -> None:
    pam = telegram.sandbox.user("Pam")
    card = say(pam, "do you have a desk lamp?", "Alder desk lamp")
    assert card.photo
    assert any(entity["type"] == "text_link" for entity in card.entities)


@dataclass(frozen=True)
class Sent:
    """Something that is no text: how it is sent, what is answered, and how its attachment is kept."""

    name: str
    deed: Callable[[TelegramUser], object]
    answer: str
    kept: str | None


SENT = [
    Sent("photo", lambda user: user.sends_photo(), "I can only read text", "kept"),
    Sent("voice", lambda user: user.sends_voice(), "I can only read text", "kept"),
    Sent("document", lambda user: user.sends_document(), "I can only read text", "kept"),
    Sent("huge file", lambda user: user.sends_document(size=30_000_000), "neither open nor keep", "too_large"),
    Sent("sticker", lambda user: user.sends_sticker(), "I can't read stickers", None),
    Sent("location", lambda user: user.sends_location(), "I can't read a map", "none"),
    Sent("contact", lambda user: user.shares_contact(), "I keep that contact", "none"),
    Sent("poll", lambda user: user.sends_poll("Tea?", ["yes", "no"]), "neither open nor keep", None),
]


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: sent.name)
def test_what_is_no_text_is_answered_honestly_and_kept(telegram: TelegramProduct, sent: Sent) -> None:
    user = telegram.sandbox.user("Max")
    user.start()
    user.waits_for("Hello!", PATIENCE)
    sent.deed(user)
    user.waits_for(sent.answer, PATIENCE)
    if sent.kept is not None:
        assert wait_until(lambda: attachments(telegram, user) == [sent.kept]), attachments(telegram, user)


def attachments(telegram: TelegramProduct, user: TelegramUser) -> list[str]:
    """The states of all that a user has sent."""
    rows = telegram.facts.rows(
        "SELECT a.state FROM attachments a JOIN messages m ON m.id = a.message_id WHERE m.external_id LIKE :of",
        of=f"{user.id}:%",
    )
    return [row.state for row in rows]


def wait_until(holds: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.1)
    return holds()


def test_a_picture_with_words_has_a_turn_and_one_sentence_about_the_picture(telegram: TelegramProduct) -> None:
    kim = telegram.sandbox.user("Kim")
    kim.sends_photo(caption="where is my order?")
    kim.waits_for("I go by your words", PATIENCE)
    kim.waits_for("order number", PATIENCE)


def test_an_album_is_one_thing_to_answer(telegram: TelegramProduct) -> None:
    lea = telegram.sandbox.user("Lea")
    last = lea.sends_album(["", "", ""])[-1]
    lea.waits_for("I can only read text", PATIENCE)
    say(lea, "are you a robot?", lambda message: "only read" not in message.text)
    assert sum("I can only read text" in message.text for message in lea.heard) == 1
    assert last.id < lea.heard[0].id


def test_an_edit_is_kept_and_no_second_turn(telegram: TelegramProduct) -> None:
    eve = telegram.sandbox.user("Eve")
    said = eve.says("where is my order?")
    eve.waits_for("order number", PATIENCE)
    eve.edits(said, "where is my refund?")
    eve.waits_for("as it was first sent", PATIENCE)
    conversation = telegram.conversation_of(eve)
    assert conversation.turns == 1
    [kept] = telegram.facts.rows(
        "SELECT text, edited_text FROM messages WHERE conversation_id = :id AND seq = 1", id=conversation.id
    )
    assert tuple(kept) == ("where is my order?", "where is my refund?")


def test_which_message_a_reply_answers_is_kept(telegram: TelegramProduct) -> None:
    uma = telegram.sandbox.user("Uma")
    asked = say(uma, "where is my order?", "order number")
    uma.says("#W2092142", reply_to=asked)
    uma.waits_for("postcode", PATIENCE)
    [reply] = telegram.facts.rows(
        "SELECT q.text FROM messages m JOIN messages q ON q.id = m.quotes_id"
        " WHERE m.text = '#W2092142' AND m.external_id LIKE :of",
        of=f"{uma.id}:%",
    )
    assert reply.text == asked.text


def test_in_a_group_we_say_once_that_we_talk_in_private(telegram: TelegramProduct) -> None:
    sandbox, gus = telegram.sandbox, telegram.sandbox.user("Gus")
    group = sandbox.group("Friends", by=gus)
    gus.says("/help@sandbox_bot", place=group)
    gus.says("@sandbox_bot where is my order #W2092142?", place=group)
    assert wait_until(lambda: bool(said_in(sandbox, group.id)))
    say(gus, "/start", "Hello!")  # by now the others have had their effect
    assert ["https://t.me/sandbox_bot" in text for text in said_in(sandbox, group.id)] == [True]


def said_in(sandbox: Sandbox, chat: int) -> list[str]:
    calls = sandbox.calls_of("sendMessage")
    return [str(call.arguments["text"]) for call in calls if str(call.arguments["chat_id"]) == str(chat)]


def test_who_blocks_us_has_left_and_is_welcome_again(telegram: TelegramProduct) -> None:
    bob = telegram.sandbox.user("Bob")
    say(bob, "where is my order?", "order number")
    left = telegram.conversation_of(bob).id
    bob.blocks()
    assert wait_until(lambda: telegram.conversation_of(bob).state == "ended")
    [survey] = telegram.facts.rows("SELECT state FROM surveys WHERE conversation_id = :id", id=left)
    assert survey.state == "exempt"
    bob.unblocks()
    say(bob, "/start", "Hello!")
    assert telegram.conversation_of(bob).id != left


def test_a_button_counts_once_and_shows_that_it_was_tapped(telegram: TelegramProduct) -> None:
    tom = telegram.sandbox.user("Tom")
    menu = say(tom, "/start", has_button("Track an order"))
    for _ in range(3):
        tom.taps("Track an order", menu)
    tom.waits_for("order number", PATIENCE)

    def ticked(message: SeenMessage) -> bool:
        return message.id == menu.id and message.titles == ["✓ Track an order"]

    tom.waits_for(ticked, PATIENCE)
    assert wait_until(lambda: tom.unanswered_taps == [])
    say(tom, "#W2092142", "postcode")
    assert telegram.conversation_of(tom).turns == 3


def test_an_old_yes_under_one_change_does_not_carry_out_another(telegram: TelegramProduct) -> None:
    zoe, email = telegram.sandbox.user("Zoe"), "nadia.rahman@post.example"
    say(zoe, "cancel order #W7205189", "e-mail address")
    say(zoe, email, "six-digit code")
    assert wait_until(lambda: bool(telegram.facts.rows("SELECT id FROM mails WHERE recipient = :to", to=email)))
    say(zoe, telegram.facts.newest_code(email), has_button("I no longer need it"))
    first = tap(zoe, "I no longer need it", has_button("Yes, do it"))
    say(zoe, "stop", "let's leave that")
    say(zoe, "cancel order #W2095289", has_button("I no longer need it"))
    tap(zoe, "I no longer need it", has_button("Yes, do it"))
    zoe.taps("Yes, do it", first)
    zoe.waits_for("something that's over", PATIENCE, after=first)
    found = telegram.facts.rows(
        "SELECT status FROM shop_orders WHERE number IN (:one, :other)", one="#W7205189", other="#W2095289"
    )
    assert [row.status for row in found] == ["pending", "pending"]


def test_what_may_be_lost_is_shown_again_on_a_tap(telegram: TelegramProduct) -> None:
    liv = telegram.sandbox.user("Liv")
    say(liv, "/start", "Hello!")
    telegram.sandbox.fault(Ill.LOST, "sendMessage", chat=liv.id)
    offer = say(liv, "where is my order?", has_button("Show it again"))
    seen = [message for message in liv.heard if "order number" in message.text]
    assert len(seen) == 1, "nobody knows whether it arrived, so it is not sent again unasked"
    again = tap(liv, "Show it again", "order number")
    assert again.id > offer.id
    assert again.text == seen[0].text


def test_all_of_it_kept_telegrams_rules_and_the_ledger_balanced(telegram: TelegramProduct) -> None:
    """Last in this file: over everything above."""
    counters = telegram.sandbox.counters()
    assert (counters["ignored_retry_after"], counters["bad_requests"]) == (0, [])
    verified = telegram.command("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert [line for line in telegram.log().splitlines() if '"level": "error"' in line] == []
