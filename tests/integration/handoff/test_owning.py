"""What agents do with conversations: who owns them then, what the customer reads, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.handoff import owning, upkeep
from bot.handoff.errors import ConversationOver, NotOwner, NotPossible, UnknownConversation
from bot.handoff.files import NewFile
from bot.handoff.models import QUEUE
from bot.staff.models import Presence, Role
from bot.storage.channel_tables import attachment_contents, attachments
from bot.storage.desk_tables import audit, notes, team_members, teams

pytestmark = pytest.mark.integration


async def test_who_is_claimed_from_the_queue_hears_who_is_with_them(house, robin) -> None:
    waiting = await house.waits()
    change = await house.does(owning.claim, waiting, robin)
    assert house.owner(waiting) == change.owner == robin.id
    assert [message.text.strip() for message in change.messages] == ["utter_app_handoff_taken Robin"]
    handoff = house.handoff(waiting)
    assert (handoff.state, handoff.held_by, handoff.reason) == ("held", robin.id, "asked")
    assert house.kinds(waiting) == ["requested", "claimed"]


async def test_claiming_ones_own_changes_nothing(house, robin) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    again = await house.does(owning.claim, waiting, robin)
    assert (again.messages, again.owner) == ((), None)
    assert house.kinds(waiting) == ["requested", "claimed"]


async def test_who_comes_second_is_told_who_has_it(house, robin, noor) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    with pytest.raises(NotOwner, match="Robin has") as refused:
        await house.does(owning.claim, waiting, noor)
    assert (refused.value.owner, refused.value.name) == (robin.id, "Robin")


async def test_taking_over_from_the_bot_leaves_what_waits_to_the_agent(house, robin) -> None:
    conversation = await house.talks()
    sent = await house.wanda.types("this is taking too long")
    change = await house.does(owning.claim, conversation, robin)
    assert change.handled == ("wanda:2",)
    assert sent.needs_turn
    assert await house.service.next_turn(conversation) is None
    handoff = house.handoff(conversation)
    assert (handoff.reason, handoff.held_by) == ("taken_over", robin.id)
    assert handoff.waiting_since is not None  # nobody has answered that yet


async def test_what_a_screen_showed_can_be_insisted_on(house, robin) -> None:
    conversation = await house.talks()
    with pytest.raises(NotOwner, match="The assistant has"):
        await house.does(owning.claim, conversation, robin, expected_owner=QUEUE)
    with pytest.raises(NotOwner):
        await house.does(owning.assign, conversation, robin)
    assert house.owner(conversation) == "bot"


async def test_only_who_answers_customers_can_claim(house) -> None:
    waiting = await house.waits()
    analyst = house.agent("Ada", Role.ANALYST)
    with pytest.raises(NotPossible):
        await house.does(owning.claim, waiting, analyst)


async def test_nothing_can_be_done_with_what_is_not_there_or_over(house, robin) -> None:
    with pytest.raises(UnknownConversation):
        await house.does(owning.claim, "no-such", robin)
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    await house.does(owning.resolve, waiting, robin)
    for work in (owning.claim, owning.hand_back, owning.resolve):
        with pytest.raises(ConversationOver):
            await house.does(work, waiting, robin)
    with pytest.raises(ConversationOver):
        await house.does(owning.reply, waiting, robin, "too late", key="late")


async def test_a_reply_is_the_owners_alone(house, robin, noor) -> None:
    waiting = await house.waits()
    with pytest.raises(NotOwner, match="Nobody has"):
        await house.does(owning.reply, waiting, robin, "hello", key=house.key())
    await house.does(owning.claim, waiting, robin)
    with pytest.raises(NotOwner, match="Robin has"):
        await house.does(owning.reply, waiting, noor, "hello", key=house.key())
    change = await house.does(owning.reply, waiting, robin, " Hello Wanda. ", key=house.key())
    (message,) = change.messages
    assert (message.author_kind, message.author_name, message.agent_id) == ("agent", "Robin", robin.id)
    assert message.text == "Hello Wanda."
    handoff = house.handoff(waiting)
    assert handoff.first_reply_at is not None
    assert handoff.waiting_since is None


async def test_a_reply_with_the_same_key_is_said_once_even_when_the_conversation_is_over(house, robin) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    for _ in range(3):
        await house.does(owning.reply, waiting, robin, "Hello.", key="the same")
    await house.does(owning.resolve, waiting, robin)
    again = await house.does(owning.reply, waiting, robin, "Hello.", key="the same")
    assert again.messages == ()
    assert (await house.said(waiting)).count("Hello.") == 1


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x07", "x" * 10_001])
async def test_nothing_and_too_much_is_no_reply(house, robin, text) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    with pytest.raises(NotPossible):
        await house.does(owning.reply, waiting, robin, text, key=house.key())


async def test_files_go_with_a_reply(house, robin) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    files = [NewFile("../../etc/label.pdf", "application/pdf", b"%PDF"), NewFile("cup.png", "image/png", b"\x89PNG")]
    change = await house.does(owning.reply, waiting, robin, "", key="k", attachments=files)
    (message,) = change.messages
    rows = house.read(sa.select(attachments).order_by(attachments.c.position))
    assert [(row.name, row.kind, row.state, row.channel, row.size) for row in rows] == [
        ("label.pdf", "document", "kept", "desk", 4),
        ("cup.png", "photo", "kept", "desk", 4),
    ]
    assert {row.message_id for row in rows} == {message.id}
    assert [(card["kind"], card["title"], card["attachment"]) for card in message.cards] == [
        ("file", row.name, row.id) for row in rows
    ]
    kept = house.read(sa.select(attachment_contents.c.content))
    assert sorted(bytes(row.content) for row in kept) == [b"%PDF", b"\x89PNG"]
    stored = await house.messages(waiting)
    assert stored[-1].cards == message.cards


async def test_what_an_agent_releases_goes_to_the_front_of_the_queue(house, robin, clock) -> None:
    waiting = await house.waits()
    requested = house.handoff(waiting).requested_at
    await house.does(owning.claim, waiting, robin)
    clock.forward(minutes=3)
    change = await house.does(owning.release, waiting, by=robin, why="released")
    assert (change.owner, house.owner(waiting)) == (QUEUE, QUEUE)
    handoff = house.handoff(waiting)
    assert (handoff.state, handoff.held_by, handoff.priority, handoff.requested_at) == ("queued", None, 1, requested)
    assert handoff.queued_at == clock()
    assert (await house.said(waiting))[-1] == "utter_app_handoff_waits_again"
    assert house.kinds(waiting)[-1] == "returned_to_queue"


async def test_who_stands_behind_others_that_were_let_go_is_told_the_true_place(house, robin, clock) -> None:
    first = await house.waits()
    clock.forward(seconds=1)
    second = await house.waits(house.tom)
    for waiting in (first, second):
        await house.does(owning.claim, waiting, robin)
    for waiting in (first, second):
        await house.does(owning.release, waiting, by=robin, why="released")
    assert (await house.said(first))[-1] == "utter_app_handoff_waits_again"
    assert (await house.said(second))[-1] == "utter_app_handoff_queued_unknown 2"
    assert (await house.said(second))[-2] == "utter_app_handoff_had_to_leave"
    assert house.kinds(second)[-1] == "returned_to_queue"


async def test_only_the_owner_and_a_supervisor_release(house, robin, noor) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    with pytest.raises(NotOwner):
        await house.does(owning.release, waiting, by=noor, why="released")
    await house.does(owning.release, waiting, by=house.agent("Sam", Role.SUPERVISOR), why="released")
    assert house.owner(waiting) == QUEUE


async def test_who_was_found_gone_loses_only_what_is_still_theirs(house, robin, noor) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    await house.does(owning.transfer, waiting, robin, to_agent=noor)
    with pytest.raises(NotOwner):
        await house.does(owning.release, waiting, by=None, why="vanished", of=robin.id)
    await house.does(owning.release, waiting, by=None, why="vanished", of=noor.id)
    assert (house.owner(waiting), house.kinds(waiting)[-1]) == (QUEUE, "vanished")


async def test_a_transfer_to_an_agent_is_theirs_at_once_with_the_note(house, robin, noor) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    change = await house.does(owning.transfer, waiting, robin, to_agent=noor, note="She wants the blue one.")
    assert house.owner(waiting) == change.owner == noor.id
    assert (await house.said(waiting))[-1] == "utter_app_handoff_moved Noor"
    with pytest.raises(NotOwner, match="Noor has"):
        await house.does(owning.reply, waiting, robin, "one more thing", key=house.key())
    (note,) = house.read(sa.select(notes))
    assert (note.text, note.agent_id, note.conversation_id) == ("She wants the blue one.", robin.id, waiting)
    event = house.events(waiting)[-1]
    assert (event.kind, event.agent_id, event.to_agent_id) == ("transferred", robin.id, noor.id)
    (line,) = house.read(sa.select(audit).where(audit.c.action == "note"))
    assert (line.agent_id, line.conversation_id) == (robin.id, waiting)


async def test_a_note_that_is_too_long_is_not_cut_but_refused(house, robin, noor) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    with pytest.raises(NotPossible, match="4,001 characters"):
        await house.does(owning.transfer, waiting, robin, to_agent=noor, note="x" * 4001)
    assert house.owner(waiting) == robin.id


async def test_a_transfer_to_a_team_waits_for_it(house, robin, clock) -> None:
    house.database.write_now(
        lambda connection: connection.execute(sa.insert(teams).values(id="t1", name="Returns", created_at=clock()))
    )
    house.database.write_now(
        lambda connection: connection.execute(sa.insert(team_members).values(team_id="t1", agent_id=robin.id))
    )
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    await house.does(owning.transfer, waiting, robin, to_team="t1")
    handoff = house.handoff(waiting)
    assert (handoff.state, handoff.team_id, handoff.priority) == ("queued", "t1", 1)
    assert (await house.said(waiting))[-1] == "utter_app_handoff_moved_team"
    supervisor = house.agent("Sam", Role.SUPERVISOR)
    with pytest.raises(NotPossible):
        await house.does(owning.transfer, waiting, supervisor, to_team="gone")


async def test_who_is_away_for_good_gets_nothing_passed_on(house, robin) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    away = house.agent("Al", presence=Presence.OFFLINE)
    with pytest.raises(NotPossible, match="not there"):
        await house.does(owning.transfer, waiting, robin, to_agent=away)
    with pytest.raises(ValueError, match="agent or to a team"):
        await house.does(owning.transfer, waiting, robin)


async def test_nothing_is_passed_on_to_a_desk_that_is_silent(house, robin, noor, clock) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    clock.forward(seconds=61)
    with pytest.raises(NotPossible, match="not there"):
        await house.does(owning.transfer, waiting, robin, to_agent=noor)
    await house.does(owning.transfer, waiting, robin, to_agent=noor, vanishes_after=timedelta(minutes=5))
    assert house.owner(waiting) == noor.id


async def test_who_chose_to_be_away_can_be_given_something(house, robin) -> None:
    waiting = await house.waits()
    away = house.agent("Al", presence=Presence.AWAY)
    await house.does(owning.claim, waiting, robin)
    await house.does(owning.transfer, waiting, robin, to_agent=away)
    assert house.owner(waiting) == away.id


async def test_whose_words_the_bot_left_unanswered_waits_for_whom_they_are_given_to(house, robin, clock) -> None:
    supervisor = house.agent("Sam", Role.SUPERVISOR)
    talk = await house.talks()
    await house.wanda.types("and my parcel?")
    change = await house.does(owning.transfer, talk, supervisor, to_agent=robin)
    assert change.handled
    handoff = house.handoff(talk)
    assert handoff.waiting_since == clock()
    assert handoff.first_reply_due is not None


async def test_a_supervisor_takes_what_another_has_and_gives_what_waits(house, robin, noor) -> None:
    supervisor = house.agent("Sam", Role.SUPERVISOR)
    waiting = await house.waits()
    await house.does(owning.transfer, waiting, supervisor, to_agent=robin)
    assert (house.owner(waiting), (await house.said(waiting))[-1]) == (robin.id, "utter_app_handoff_taken Robin")
    with pytest.raises(NotOwner):
        await house.does(owning.transfer, waiting, noor, to_agent=noor)
    await house.does(owning.transfer, waiting, supervisor, to_agent=supervisor)
    assert house.owner(waiting) == supervisor.id


async def test_handed_back_the_bot_answers_again(house, robin) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    change = await house.does(owning.hand_back, waiting, robin)
    assert (change.owner, house.owner(waiting)) == ("bot", "bot")
    assert (await house.said(waiting))[-1] == "utter_app_handed_back Robin"
    handoff = house.handoff(waiting)
    assert (handoff.state, handoff.outcome) == ("closed", "handed_back")
    await house.talks(text="thanks, and my parcel?")
    assert (await house.said(waiting))[-1] == "You said thanks, and my parcel?"


async def test_resolved_the_survey_is_about_the_agent(house, robin) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    await house.does(owning.reply, waiting, robin, "Done.", key=house.key())
    change = await house.does(owning.resolve, waiting, robin)
    assert change.ended
    assert [message.kind for message in change.messages] == ["rating"]
    assert change.messages[0].text.strip() == "utter_app_rating_question_agent Robin"
    (survey,) = house.surveys(waiting)
    assert (survey.about, survey.state) == ("agent", "due")
    handoff = house.handoff(waiting)
    assert (handoff.state, handoff.outcome, house.kinds(waiting)[-1]) == ("closed", "resolved", "resolved")
    conversation = house.conversation(waiting)
    assert (conversation.state, conversation.end_reason, conversation.owner) == ("ended", "resolved", "bot")


async def test_what_is_put_off_comes_back_when_the_customer_writes(house, robin, clock) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    with pytest.raises(NotPossible):
        await house.does(owning.snooze, waiting, robin, clock())
    change = await house.does(owning.snooze, waiting, robin, clock() + timedelta(hours=2))
    assert change.desk
    assert house.handoff(waiting).snoozed_until == clock() + timedelta(hours=2)
    await house.wanda.types("are you still there?")
    assert house.handoff(waiting).snoozed_until is None


async def test_how_it_was_is_noted_by_who_had_it(house, robin, noor) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    await house.does(owning.resolve, waiting, robin)
    handoff = house.handoff(waiting)
    assert await house.does(owning.wrap_up, handoff.id, noor, 1) is None
    await house.does(owning.wrap_up, handoff.id, robin, 3)
    assert house.handoff(waiting).wrap_up == 3
    with pytest.raises(ValueError, match="hard"):
        await house.does(owning.wrap_up, handoff.id, robin, 4)


async def test_how_it_was_is_said_after_the_end_by_who_had_it_last(house, robin, noor) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    await house.does(owning.transfer, waiting, robin, to_agent=noor)
    handoff_id = house.handoff(waiting).id
    assert await house.does(owning.wrap_up, handoff_id, noor, 1) is None, "it is not over"
    await house.does(owning.resolve, waiting, noor)
    assert await house.does(owning.wrap_up, handoff_id, robin, 1) is None, "others had it after them"
    await house.does(owning.wrap_up, handoff_id, noor, 2)
    assert house.handoff(waiting).wrap_up == 2


async def test_what_is_silent_with_an_agent_is_ended_only_while_it_is(house, robin, clock) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    clock.forward(hours=25)
    assert await house.service.end_idle() == 0
    await house.wanda.types("hello?")
    idle = timedelta(hours=24)
    assert await house.does(upkeep.end_silent, waiting, robin.id, idle) is None
    await house.does(owning.reply, waiting, robin, "Yes.", key=house.key())
    clock.forward(hours=25)
    change = await house.does(upkeep.end_silent, waiting, robin.id, idle)
    assert change.ended
    assert house.handoff(waiting).outcome == "idle"


async def test_nothing_ends_over_a_word_that_was_not_read(house, robin) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    seen = house.conversation(waiting).last_seq
    await house.wanda.types("one more thing")
    with pytest.raises(NotPossible, match="just written"):
        await house.does(owning.resolve, waiting, robin, seen=seen)
    assert house.conversation(waiting).state == "open"
    seen = house.conversation(waiting).last_seq
    await house.does(owning.reply, waiting, robin, "Yes?", key=house.key())
    assert (await house.does(owning.resolve, waiting, robin, seen=seen)).ended


@pytest.mark.parametrize(
    "goes", [owning.hand_back, lambda *args, **seen: owning.release(*args[:2], by=args[2], why="released", **seen)]
)
async def test_nothing_is_let_go_over_a_word_that_was_not_read(house, robin, goes) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    seen = house.conversation(waiting).last_seq
    await house.wanda.types("one more thing")
    with pytest.raises(NotPossible, match="just written"):
        await house.does(goes, waiting, robin, seen=seen)
    assert house.owner(waiting) == robin.id
    await house.does(goes, waiting, robin, seen=house.conversation(waiting).last_seq)
    assert house.owner(waiting) != robin.id
