"""What comes beside text: kept with its message, answered honestly, and once for an album."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from bot.conversations import attachments as kept
from bot.conversations.media import label
from bot.conversations.models import Attachment, Reply
from bot.conversations.phrases import Phrases
from bot.insights.ledger import verify
from bot.storage.channel_tables import attachments
from bot.storage.tables import conversations, customers
from tests.support.telegram_customer import TelegramCustomer, settled

PHOTO = Attachment("photo", file_id="photo-1", size=2000)
STICKER = Attachment("sticker", {"emoji": "👍"}, file_id="sticker-1")
OWN_NUMBER = Attachment("contact", {"own": True, "phone": "+491701234567", "name": "Tom"})
PHONE = "+491701234567"


@pytest.fixture
def tom(service) -> TelegramCustomer:
    return TelegramCustomer(service)


def said(received) -> list[str | None]:
    return [message.response for message in received.change.messages[1:]]


def owner_becomes(database, conversation_id: str, owner: str) -> None:
    change = sa.update(conversations).where(conversations.c.id == conversation_id).values(owner=owner)
    database.write_now(lambda connection: connection.execute(change))


def rows(database) -> list:
    wanted = sa.select(attachments).order_by(attachments.c.id)
    return list(database.read_now(lambda connection: connection.execute(wanted).all()))


# -- without words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attachment", "response", "label"),
    [
        (PHOTO, "utter_app_media_kept", "Photo"),
        (Attachment("document", file_id="d", name="invoice.pdf"), "utter_app_media_kept", "File"),
        (Attachment("voice", {"seconds": 4}, file_id="v"), "utter_app_media_kept", "Voice message"),
        (Attachment("video", file_id="v"), "utter_app_media_kept", "Video"),
        (STICKER, "utter_app_sticker", "Sticker"),
        (Attachment("location", {"latitude": 51.5, "longitude": -0.1}), "utter_app_location", "Location"),
        (Attachment("contact", {"phone": "+44 20 7946 0000"}), "utter_app_contact_kept", "Contact"),
        (Attachment("other"), "utter_app_media_unknown", "Something that is not text"),
        (Attachment("video"), "utter_app_media_unknown", "Video"),  # one that cannot be fetched is not kept either
        (Attachment("poll"), "utter_app_media_unknown", "Something that is not text"),
    ],
)
async def test_what_is_no_text_is_answered_at_once_by_what_it_is(tom, service, attachment, response, label) -> None:
    received = await tom.sends(attachment)
    assert not received.needs_turn
    assert said(received) == [response]
    (own, _) = await service.messages_after(received.conversation_id, 0)
    assert (own.kind, own.text) == ("media", label)
    assert own.attachments[0]["kind"] == attachment.kind


async def test_the_label_of_what_came_is_in_the_customers_language(service) -> None:
    received = await TelegramCustomer(service, locale="de").sends(PHOTO)
    assert received.change.messages[0].text == "Foto"


async def test_an_album_is_answered_once(tom) -> None:
    first = await tom.sends(PHOTO)
    others = [await tom.sends(PHOTO) for _ in range(3)]
    assert said(first) == ["utter_app_media_kept"]
    assert [said(other) for other in others] == [[], [], []]


async def test_an_album_with_words_is_answered_once(tom, worker) -> None:
    first = await tom.sends(PHOTO, words="this one is broken")
    await worker.stop(2)
    assert said(first) == ["utter_app_media_with_words"]
    assert said(await tom.sends(PHOTO)) == []


async def test_a_picture_after_other_words_is_answered_again(tom) -> None:
    await tom.sends(PHOTO)
    await tom.types("and this")
    assert said(await tom.sends(PHOTO)) == ["utter_app_media_kept"]


async def test_a_picture_a_while_later_is_answered_again(tom, clock) -> None:
    await tom.sends(PHOTO)
    clock.now += timedelta(seconds=61)
    assert said(await tom.sends(PHOTO)) == ["utter_app_media_kept"]


async def test_a_recording_after_we_went_on_is_answered_again(tom, worker, clock) -> None:
    await tom.sends(PHOTO, words="this one is broken")
    await worker.stop(2)
    await tom.sends(STICKER)
    clock.forward(seconds=6)
    assert said(await tom.sends(Attachment("voice", file_id="voice-1", size=2000))) == ["utter_app_media_kept"]


async def test_of_two_different_things_both_are_answered(tom) -> None:
    await tom.sends(PHOTO)
    assert said(await tom.sends(STICKER)) == ["utter_app_sticker"]


async def test_nothing_is_said_where_a_person_has_taken_over(tom, database) -> None:
    first = await tom.types("hello")
    owner_becomes(database, first.conversation_id, "agent-7")
    alone, with_words = await tom.sends(PHOTO), await tom.sends(PHOTO, words="look")
    assert said(alone) == said(with_words) == []
    assert not with_words.needs_turn  # whoever has taken over reads it
    assert len(rows(database)) == 2


async def test_a_sticker_after_the_end_begins_nothing_new_but_a_picture_does(tom) -> None:
    first = await tom.types("hello")
    await tom.commands("end")
    assert (await tom.sends(STICKER)).conversation_id == first.conversation_id
    assert (await tom.sends(PHOTO)).conversation_id != first.conversation_id


async def test_the_ledger_balances_over_all_of_it(tom, database, worker) -> None:
    await tom.sends(PHOTO)
    await tom.sends(STICKER)
    await tom.sends(PHOTO, words="look at this")
    await worker.stop(2)
    await tom.commands("end")
    await tom.sends(STICKER)
    assert database.read_now(verify).breaches == ()


# -- with words ------------------------------------------------------------------------------------------------------


async def test_words_with_a_picture_have_their_turn_after_a_notice(tom, engine, worker, service) -> None:
    received = await tom.sends(PHOTO, words=" is this mine? ")
    assert received.needs_turn
    await worker.stop(2)
    assert [turn.text for turn in engine.turns] == ["is this mine?"]
    stored = await service.messages_after(received.conversation_id, 0)
    assert [m.response or m.text for m in stored] == [
        "is this mine?",
        "utter_app_media_with_words",
        "You said is this mine?",
    ]
    assert stored[0].attachments == ({"kind": "photo"},)


async def test_words_with_a_picture_may_answer_what_the_app_asked(tom) -> None:
    first = await tom.types("hello")
    await tom.commands("end")
    received = await tom.sends(PHOTO, words="5")
    assert received.conversation_id == first.conversation_id
    assert said(received) == ["utter_app_rating_thanks"]


# -- the customer's own number ---------------------------------------------------------------------------------------


async def test_a_shared_number_is_the_contact_that_was_asked_for(tom, service, worker, engine) -> None:
    engine.scripted["a person"] = [(Reply("Where?", custom={"effects": [{"type": "request_callback"}]}),)]
    await tom.types("a person")
    await worker.stop(2)
    received = await tom.sends(OWN_NUMBER, words=PHONE)
    assert said(received) == ["utter_app_callback_stored"]
    assert PHONE in received.change.messages[1].text


async def test_a_shared_number_that_nobody_asked_for_is_kept(tom) -> None:
    received = await tom.sends(OWN_NUMBER, words=PHONE)
    assert said(received) == ["utter_app_contact_kept"]
    assert received.change.messages[0].text == PHONE


async def test_a_shared_number_that_is_known_is_greeted_where_nothing_was_asked(tom, clock) -> None:
    await tom.types("hello")
    until = clock.now + timedelta(minutes=30)
    known = await tom.sends(OWN_NUMBER, words=PHONE, shop_customer_id="jo", proven_until=until, proven_by="phone")
    assert said(known) == ["utter_app_phone_known"]


async def test_a_shared_number_that_is_known_answers_the_question_who_it_is(
    tom, engine, worker, clock, database
) -> None:
    engine.scripted["my orders"] = [(Reply("Which e-mail?", metadata={"expects": "email"}),)]
    await tom.types("my orders")
    await settled(worker)
    until = clock.now + timedelta(minutes=30)
    known = await tom.sends(OWN_NUMBER, words=PHONE, shop_customer_id="jo", proven_until=until, proven_by="phone")
    assert known.needs_turn
    await worker.stop(2)
    assert (engine.turns[-1].text, engine.turns[-1].payload) == (PHONE, "/resume")
    remembered = sa.select(customers.c.shop_customer_id)
    assert database.read_now(lambda connection: connection.execute(remembered).scalar_one()) == "jo"


# -- files -----------------------------------------------------------------------------------------------------------


async def test_a_file_is_fetched_and_kept_once(tom, service, database) -> None:
    await tom.sends(PHOTO)
    (due,) = await service.transact(lambda unit: kept.due_attachments(unit, "telegram", 10))
    assert (due.kind, due.file_id, due.size, due.attempts) == ("photo", "photo-1", 2000, 0)
    for content in (b"picture", b"picture again"):
        await service.transact(lambda unit, content=content: kept.keep(unit, due.id, content))
    assert await service.transact(lambda unit: kept.due_attachments(unit, "telegram", 10)) == []
    assert database.read_now(lambda connection: kept.read_content(connection, due.id)) == b"picture"


async def test_only_files_of_the_channel_are_due(tom, service) -> None:
    await tom.sends(PHOTO)
    await tom.sends(Attachment("location", {"latitude": 1.0, "longitude": 2.0}))
    assert len(await service.transact(lambda unit: kept.due_attachments(unit, "telegram", 10))) == 1
    assert await service.transact(lambda unit: kept.due_attachments(unit, "web", 10)) == []


async def test_what_cannot_be_fetched_waits_longer_each_time_and_counts_as_gone_in_the_end(
    tom, service, database, clock
) -> None:
    await tom.sends(PHOTO)
    pauses = []
    while rows(database)[0].state == "waiting":
        (due,) = await service.transact(lambda unit: kept.due_attachments(unit, "telegram", 10))
        await service.transact(lambda unit, due=due: kept.postpone(unit, due.id))
        (row,) = rows(database)
        pauses.append(row.next_at - clock.now)
        clock.now = max(clock.now, row.next_at)
    assert len(pauses) == kept.MOST_ATTEMPTS
    assert pauses[:3] == [timedelta(seconds=15), timedelta(seconds=45), timedelta(seconds=135)]
    assert max(pauses) == kept.LONGEST_PAUSE
    assert rows(database)[0].state == "gone"


async def test_a_file_that_is_too_large_is_not_tried_again(tom, service, database) -> None:
    await tom.sends(PHOTO)
    (due,) = await service.transact(lambda unit: kept.due_attachments(unit, "telegram", 10))
    await service.transact(lambda unit: kept.give_up(unit, due.id, "too_large"))
    assert rows(database)[0].state == "too_large"
    assert database.read_now(lambda connection: kept.read_content(connection, due.id)) is None


def test_each_kind_has_a_name_in_every_language(phrases: Phrases) -> None:
    kinds = ("photo", "document", "voice", "audio", "video", "sticker", "location", "contact", "other")
    for code in phrases.languages.codes:
        assert all(label(SimpleNamespace(phrases=phrases), code, [Attachment(kind)]) for kind in kinds)
