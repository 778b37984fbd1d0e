"""A conversation goes on where a link leads to: once, for whoever brings the token, with what was said and asked."""

from __future__ import annotations

from bot.conversations.blocking import blocked
from bot.conversations.models import Reply
from bot.conversations.phrases import Phrases, load_domain
from bot.conversations.unit import Rules
from bot.settings import ROOT
from bot.storage.channel_tables import link_tokens
from bot.storage.tables import surveys
from tests.support.linked import shop_of
from tests.support.telegram_customer import TelegramCustomer

# -- going on -----------------------------------------------------------------------------------------------


async def test_the_conversation_goes_on_at_whoever_brings_the_token(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    before = shop.conversation(conversation)

    followed = await shop.linked()

    now = shop.conversation(conversation)
    assert followed.conversation_id == conversation
    assert (now.channel, now.identity_id, now.shared) == ("telegram", shop.identity("42").id, True)
    assert (now.history, now.turns, now.state) == (before.history, before.turns, "open")
    assert shop.customer_of("42") == shop.customer_of("wanda") == followed.customer_id
    assert shop.taking_part(conversation) == {"42", "wanda"}


async def test_a_notice_and_the_open_question_are_said_where_it_goes_on(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    asked = (await shop.said(conversation))[-1]

    followed = await shop.linked()

    notice, again = (await shop.said(conversation))[-2:]
    assert (notice.kind, notice.response, notice.author_kind) == ("notice", "utter_app_linked", "system")
    assert [choice["title"] for choice in notice.choices] == ["Undo it"]
    assert (again.text, again.cards, again.expects, again.kind, again.response) == (
        asked.text,
        asked.cards,
        asked.expects,
        asked.kind,
        asked.response,
    )
    assert [(c["title"], c["value"]) for c in again.choices] == [(c["title"], c["value"]) for c in asked.choices]
    assert again.choices[0]["id"] != asked.choices[0]["id"]
    assert shop.sent_to("42", notice) == shop.sent_to("42", again) == ("waiting", False)
    (change,) = followed.changes
    assert change.moved
    assert [message.id for message in change.messages] == [notice.id, again.id]


async def test_the_button_of_the_question_said_again_is_the_engines_answer(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    await shop.linked()
    again = (await shop.said(conversation))[-1]

    await shop.tom.taps(again.choices[0]["id"])

    turn = await shop.service.next_turn(conversation)
    assert turn is not None
    assert (turn.payload, turn.channel) == ("/choose{}", "telegram")


async def test_a_half_filled_form_goes_along(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    await shop.linked()
    await shop.tom.types("W1")

    turn = await shop.service.next_turn(conversation)

    assert turn is not None
    assert turn.history == [{"event": "user", "text": "track"}]
    assert turn.customer_id == shop.customer_of("wanda")


async def test_what_was_said_last_is_said_again_where_nothing_was_asked(shop) -> None:
    conversation = await shop.asks(shop.wanda, reply=Reply("It is on its way."))
    await shop.linked()
    assert [m.text for m in (await shop.said(conversation))[-1:]] == ["It is on its way."]


async def test_while_an_answer_is_due_nothing_is_asked_again(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    await shop.wanda.types("W1")

    await shop.linked()

    assert [m.response for m in (await shop.said(conversation))[3:]] == ["utter_app_linked"]


async def test_a_turn_that_runs_meanwhile_is_answered_where_the_customer_is_now(shop) -> None:
    conversation = (await shop.wanda.types("track")).conversation_id
    due = await shop.service.next_turn(conversation)
    assert due is not None
    result = await shop.engine.run(due, due.history)

    await shop.linked()
    change = await shop.service.commit_turn(due, result, 1)

    (reply,) = change.messages
    assert (reply.channel, shop.sent_to("42", reply)) == ("telegram", ("waiting", False))
    assert change.customer_id == shop.customer_of("42")


async def test_what_waits_for_the_first_channel_stays_there(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    asked = (await shop.said(conversation))[-1]
    await shop.linked()
    assert shop.sent_to("wanda", asked) == ("waiting", False)
    assert shop.sent_to("42", asked) is None


async def test_the_way_back_to_the_website_shows_everything_on_telegram_as_well(shop) -> None:
    conversation = await shop.asks(shop.tom)
    token = await shop.link("42", "telegram", to="web")

    followed = await shop.follow(token, "wanda", "web")

    notice, again = (await shop.said(conversation))[-2:]
    assert followed.conversation_id == conversation
    assert shop.conversation(conversation).channel == "web"
    assert [shop.sent_to("42", message) for message in (notice, again)] == [("waiting", True)] * 2
    assert (await shop.service.status("web", "wanda")).conversation_id == conversation


async def test_the_website_is_reached_by_a_link_that_the_chat_is_given(database, clock, new_id) -> None:
    words = Phrases(load_domain(ROOT / "domain.yml")["responses"])
    shop = shop_of(database, clock, new_id, Rules(chat_page="https://shop.example/"), words)
    conversation = await shop.asks(shop.wanda)
    await shop.linked()
    await shop.wanda.types("W1")  # it speaks to the website again
    await shop.turn(conversation)

    await shop.tom.commands("web")

    answer = (await shop.said(conversation))[-1]
    assert (answer.response, answer.kind, answer.channel) == ("utter_app_web_link", "notice", "telegram")
    page, token = answer.text.rsplit(" ", 1)[1].split("#bellhop=")
    assert page == "https://shop.example/"
    assert shop.row(link_tokens, link_tokens.c.to_channel == "web").identity_id == shop.identity("42").id
    assert (await shop.follow(token, "laptop", "web")).conversation_id == conversation
    assert (await shop.said(conversation))[-1].text == "You said W1"


# -- without a conversation ---------------------------------------------------------------------------------


async def test_a_rating_that_is_still_open_is_asked_for_where_the_link_leads(shop) -> None:
    conversation = (await shop.wanda.types("bye")).conversation_id
    await shop.end(conversation)
    asked = (await shop.said(conversation))[-1]

    followed = await shop.linked()

    again = (await shop.said(conversation))[-1]
    assert followed.conversation_id == conversation
    assert (again.kind, again.text, again.expects) == ("rating", asked.text, "rating")
    assert shop.row(surveys).message_id == again.id
    await shop.tom.rates(again.choices[4]["id"])
    assert shop.row(surveys).score == 5


async def test_after_a_rating_the_channel_begins_anew_and_the_link_is_told_of(shop, clock) -> None:
    conversation = (await shop.wanda.types("bye")).conversation_id
    await shop.end(conversation)
    await shop.wanda.taps((await shop.said(conversation))[-1].choices[4]["id"])
    clock.forward(minutes=1)

    followed = await shop.linked()

    assert followed.conversation_id is None
    assert (await shop.said(conversation))[-1].response == "utter_app_linked_only"
    later = await shop.tom.types("it went well")
    assert later.conversation_id != conversation
    assert shop.row(surveys).comment is None


async def test_who_has_never_written_is_told_of_the_link_before_anything_is_said(shop) -> None:
    followed = await shop.linked()

    assert followed.conversation_id is None
    begun = await shop.tom.commands("start")
    assert [m.response or m.text for m in await shop.said(begun.conversation_id)] == ["utter_app_linked_only", "/start"]
    assert followed.changes[0].opened


async def test_who_is_that_customer_already_goes_on_without_a_second_link(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    first = await shop.linked()
    await shop.wanda.types("W1")
    await shop.turn(conversation)

    second = await shop.linked()

    assert shop.conversation(conversation).identity_id == shop.identity("42").id
    assert (second.conversation_id, second.link_id) == (conversation, first.link_id)
    assert len(shop.links()) == 1


# -- what is left behind ------------------------------------------------------------------------------------


async def test_the_conversation_that_was_open_on_the_other_channel_has_ended(shop) -> None:
    own = await shop.asks(shop.tom)
    goes_on = await shop.asks(shop.wanda)

    followed = await shop.linked()

    left = shop.conversation(own)
    assert (left.state, left.end_reason) == ("ended", "left")
    assert shop.row(surveys).conversation_id == own
    assert left.customer_id != shop.customer_of("42")
    before, now = followed.changes
    assert (before.conversation_id, before.customer_id, before.ended, before.moved) == (
        own,
        left.customer_id,
        True,
        True,
    )
    assert now.conversation_id == goes_on


async def test_what_waits_for_an_answer_in_a_conversation_that_is_left_is_to_be_written_again(shop) -> None:
    own = (await shop.tom.types("where is my lamp?")).conversation_id
    goes_on = await shop.asks(shop.wanda)

    followed = await shop.linked()

    assert [m.response for m in (await shop.said(goes_on))[2:]] == [
        "utter_app_linked",
        "utter_app_write_anew",
        "utter_which_order",
    ]
    assert [message.author_kind for message in await shop.said(own)] == ["customer"]
    survey = shop.row(surveys)
    assert (survey.conversation_id, survey.state, survey.exempt_reason) == (own, "exempt", "unanswered")
    assert (followed.changes[0].conversation_id, followed.changes[0].ended) == (own, True)


async def test_who_was_asked_for_a_rating_before_may_still_give_it(shop) -> None:
    own = (await shop.tom.types("bye")).conversation_id
    await shop.end(own)
    await shop.asks(shop.wanda)
    await shop.linked()

    await shop.tom.rates(await shop.button(own, "app:rate:4"))

    assert shop.row(surveys).score == 4
    assert shop.conversation(own).customer_id != shop.customer_of("42")


async def test_a_conversation_with_somebody_else_in_it_goes_on_there(shop) -> None:
    own = await shop.asks(shop.tom)
    await shop.follow(await shop.link("42", "telegram", to="web"), "home", "web")
    await shop.tom.types("W1")
    await shop.asks(shop.wanda)

    await shop.linked()

    left = shop.conversation(own)
    assert (left.state, left.channel, left.identity_id) == ("open", "web", shop.identity("home").id)
    assert shop.taking_part(own) == {"home"}
    assert shop.customer_of("home") != shop.customer_of("42")


async def test_who_was_linked_to_somebody_else_before_moves_on(shop, clock) -> None:
    await shop.asks(shop.wanda)
    await shop.linked()
    clock.forward(minutes=1)
    other = await shop.asks(TelegramCustomer(shop.service, "77"))

    followed = await shop.follow(await shop.link("77", "telegram", to="telegram"))

    assert followed.conversation_id == other
    assert shop.customer_of("42") == shop.customer_of("77") != shop.customer_of("wanda")
    assert [link.undone_at for link in shop.links()] == [None, None]


async def test_who_had_blocked_us_is_written_to_again(shop) -> None:
    await shop.tom.types("hello")
    await shop.service.changes(lambda unit: blocked(unit, "telegram", "42"))
    conversation = await shop.asks(shop.wanda)

    await shop.linked()

    assert shop.identity("42").blocked_at is None
    assert shop.sent_to("42", (await shop.said(conversation))[-1]) == ("waiting", False)
