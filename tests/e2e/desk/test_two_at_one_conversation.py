"""A conversation in real browsers: written in, watched by a second agent, taken over, lost and found again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from bot.desk.notes import add_note
from bot.handoff import owning
from bot.staff.models import Role
from bot.storage.channel_tables import attachment_contents
from bot.storage.desk_tables import canned_replies, desk_drafts
from bot.storage.tables import customers, messages
from tests.e2e.desk.conftest import DeskPage
from tests.e2e.widget.hostile import SCRIPTS
from tests.support.desk_house import RunningDesk

OpenDesk = Callable[..., DeskPage]


@pytest.fixture
def held(desk_page: DeskPage) -> str:
    """A conversation that Robin has, open on Robin's page."""
    conversation_id = desk_page.does(desk_page.house.waits(text="where is my parcel"))
    desk_page.does(desk_page.house.does(owning.claim, conversation_id, desk_page.agent))
    desk_page.go(f"/desk/c/{conversation_id}")
    expect(desk_page.find("#write-reply")).to_be_visible()
    return str(conversation_id)


def said_by_agents(page: DeskPage) -> list[str]:
    agents = sa.select(messages.c.text).where(messages.c.author_kind == "agent").order_by(messages.c.seq)
    return [row.text for row in page.house.read(agents)]


def write(page: DeskPage, text: str) -> None:
    page.find("#write-reply").fill(text)
    page.find("#write-reply").press("Enter")


def test_a_reply_goes_out_with_enter_and_stands_in_the_thread(desk_page: DeskPage, held: str) -> None:
    write(desk_page, "It is on its way.")
    expect(desk_page.find(".said.own:not(.sending) .bubble")).to_have_text("It is on its way.")
    expect(desk_page.find(".sending")).to_have_count(0)
    expect(desk_page.find("#write-reply")).to_have_value("")
    assert said_by_agents(desk_page) == ["It is on its way."]


def test_what_the_customer_writes_comes_by_itself(desk_page: DeskPage, held: str) -> None:
    desk_page.does(desk_page.house.wanda.types("are you there?"))
    expect(desk_page.find(".said.customer .bubble").last).to_have_text("are you there?", timeout=2000)
    expect(desk_page.find("#announce")).to_contain_text("are you there?")


def test_who_reads_further_up_stays_there_and_is_told(desk_page: DeskPage, held: str) -> None:
    for number in range(40):
        desk_page.does(desk_page.house.wanda.types(f"line {number}"))
    expect(desk_page.find(".said.customer .bubble").last).to_have_text("line 39")
    desk_page.page.evaluate("document.querySelector('[data-scroll]').scrollTop = 300")
    desk_page.page.wait_for_timeout(100)
    desk_page.does(desk_page.house.wanda.types("one more"))
    expect(desk_page.find("[data-new]")).to_have_text("1 new message")
    assert desk_page.page.evaluate("document.querySelector('[data-scroll]').scrollTop") == pytest.approx(300, abs=3)
    desk_page.find("[data-new]").click()
    expect(desk_page.find("[data-new]")).to_be_hidden()
    expect(desk_page.find(".said.customer .bubble").last).to_be_in_viewport()


def test_a_second_agent_sees_who_has_it_and_may_not_write(
    desk_page: DeskPage, held: str, open_desk: OpenDesk, running: RunningDesk
) -> None:
    kim = open_desk(running.at.agent("Kim Ode")).go(f"/desk/c/{held}")
    expect(kim.find(".not-mine strong")).to_have_text("Robin Hale has this conversation.")
    expect(desk_page.find(".talk-marks")).to_contain_text("Kim Ode is looking too")
    desk_page.find("#write-reply").press_sequentially("I am")
    expect(kim.find(".talk-marks")).to_contain_text("Robin Hale is typing here")


def test_taken_over_while_one_types_the_text_is_kept(
    desk_page: DeskPage, held: str, open_desk: OpenDesk, running: RunningDesk
) -> None:
    sam = open_desk(running.at.agent("Sam Super", role=Role.SUPERVISOR)).go(f"/desk/c/{held}")
    desk_page.find("#write-reply").press_sequentially("half a sentence")
    sam.find(".talk-do [data-key=c]").click()
    expect(sam.find("#write-reply")).to_be_visible()
    expect(desk_page.find(".not-mine strong")).to_have_text("Sam Super has this conversation.")
    expect(desk_page.find("[data-kept-words]")).to_have_text("half a sentence")
    # Whoever has it now can go on with it.
    sam.page.reload()
    sam.find(".left-behind summary").click()
    sam.find("[data-use-left]").click()
    expect(sam.find("#write-reply")).to_have_value("half a sentence")


def test_a_page_that_has_heard_of_nothing_is_told_by_its_reply(
    desk_page: DeskPage, held: str, running: RunningDesk
) -> None:
    sam = running.at.agent("Sam Super", role=Role.SUPERVISOR)
    deaf = "Object.assign(document.querySelector('desk-conversation'), {refresh() {}, apply() {}})"
    desk_page.page.evaluate(f"void {deaf}")
    desk_page.does(desk_page.house.does(owning.transfer, held, sam, to_agent=sam))
    write(desk_page, "too late")
    expect(desk_page.find("#pane-reply .write-said")).to_have_text(
        "Sam Super has this conversation now. Leave a note, or ask them to pass it on."
    )
    expect(desk_page.find("#write-reply")).to_have_value("too late")
    assert said_by_agents(desk_page) == []


def test_a_reply_without_a_connection_is_sent_once_when_it_is_back(desk_page: DeskPage, held: str) -> None:
    desk_page.page.context.set_offline(True)
    write(desk_page, "through the tunnel")
    expect(desk_page.find(".sending .meta")).to_have_text("Not sent yet. Trying again …")
    desk_page.page.context.set_offline(False)
    expect(desk_page.find(".said.own:not(.sending) .bubble")).to_have_text("through the tunnel")
    assert said_by_agents(desk_page) == ["through the tunnel"]


def test_an_answer_that_was_lost_does_not_double_the_reply(desk_page: DeskPage, held: str) -> None:
    lost = {"left": 1}

    def lose(route):  # type: ignore[no-untyped-def]
        if lost["left"]:
            lost["left"] -= 1
            route.fetch()  # it arrives …
            route.abort()  # … and nobody hears so
        else:
            route.continue_()

    desk_page.page.route("**/reply", lose)
    write(desk_page, "only once")
    expect(desk_page.find(".sending")).to_have_count(0)
    expect(desk_page.find(".said.own .bubble")).to_have_text(["only once"])
    assert said_by_agents(desk_page) == ["only once"]


def test_what_is_typed_survives_a_reload(desk_page: DeskPage, held: str) -> None:
    desk_page.find("#write-reply").press_sequentially("not done ye")
    expect(desk_page.find("#pane-reply [data-kept]")).to_have_text("Draft kept")
    desk_page.find("#write-reply").press_sequentially("t")
    desk_page.page.reload()
    expect(desk_page.find("#write-reply")).to_have_value("not done yet")
    write(desk_page, "done")
    expect(desk_page.find(".said.own:not(.sending) .bubble")).to_have_text("done")
    desk_page.page.reload()
    expect(desk_page.find("#write-reply")).to_have_value("")
    assert desk_page.house.read(sa.select(desk_drafts)) == []


def test_a_note_is_for_colleagues_alone(desk_page: DeskPage, held: str) -> None:
    desk_page.page.keyboard.press("n")
    desk_page.find("#write-note").fill("Check with the depot")
    desk_page.find("#write-note").press("Control+Enter")
    expect(desk_page.find(".noted:not(.sending) .note-words")).to_have_text("Check with the depot")
    assert said_by_agents(desk_page) == []


def test_a_canned_reply_is_found_by_a_stroke_and_filled_in(desk_page: DeskPage, held: str) -> None:
    def keep(connection: sa.engine.Connection) -> None:
        row = {"id": "c1", "shortcut": "late", "title": "Late parcel", "updated_at": datetime.now(UTC)}
        text = "I am {agent_name}; {order_number} is late."
        connection.execute(sa.insert(canned_replies).values(**row, text=text))

    desk_page.at.database.write_now(keep)
    desk_page.find("#write-reply").press_sequentially("/la")
    expect(desk_page.find(".canned [role=option]")).to_have_count(1)
    desk_page.find("#write-reply").press("Enter")
    expect(desk_page.find("#write-reply")).to_have_value("I am Robin Hale; {order_number} is late.")
    desk_page.find("#write-reply").press("End")
    desk_page.find("#write-reply").press("Enter")
    expect(desk_page.find("#pane-reply .write-said")).to_contain_text("{order_number} still stands in the text")
    expect(desk_page.find("#write-reply")).to_have_value("I am Robin Hale; {order_number} is late.")


def test_files_are_sent_and_refused_in_words(desk_page: DeskPage, held: str) -> None:
    field = desk_page.find("#pane-reply [data-file]")
    field.set_input_files({"name": "page.html", "mimeType": "text/html", "buffer": b"<script>alert(1)</script>"})
    desk_page.find("#pane-reply [data-send]").click()
    expect(desk_page.find("#pane-reply .write-said")).to_contain_text("“page.html” was not sent")
    desk_page.find("#pane-reply .write-files button").click()
    field.set_input_files({"name": "label.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 a label"})
    write(desk_page, "Here is your label")
    expect(desk_page.find(".said.own:not(.sending) .file")).to_contain_text("label.pdf")
    assert [row.content for row in desk_page.house.read(sa.select(attachment_contents))] == [b"%PDF-1.4 a label"]


def test_ended_while_one_types_one_may_write_again(desk_page: DeskPage, held: str) -> None:
    desk_page.find("#write-reply").press_sequentially("one last thing")
    desk_page.does(desk_page.house.does(owning.resolve, held, desk_page.agent))
    expect(desk_page.find(".not-mine strong")).to_have_text("This conversation has ended.")
    expect(desk_page.find("[data-kept-words]")).to_have_text("one last thing")
    desk_page.page.wait_for_timeout(300)
    desk_page.find(".not-mine button").click()
    expect(desk_page.find("#write-reply")).to_have_value("one last thing")
    assert held not in desk_page.page.url


def test_ended_by_oneself_one_is_asked_how_it_was(desk_page: DeskPage, held: str) -> None:
    desk_page.find(".talk-who").click()
    desk_page.page.keyboard.press("e")
    desk_page.find("#end .primary").click()
    expect(desk_page.find(".not-mine strong")).to_have_text("This conversation has ended.")
    desk_page.find(".wrap-up button").first.click()
    expect(desk_page.find("#wrap-up")).to_contain_text("Thank you")


def test_it_is_put_off_passed_on_and_tagged_by_keys(
    desk_page: DeskPage, held: str, open_desk: OpenDesk, running: RunningDesk
) -> None:
    kim = running.at.agent("Kim Ode")
    desk_page.find(".talk-who").click()
    desk_page.page.keyboard.press("l")
    desk_page.page.keyboard.type("Late Parcel")
    desk_page.page.keyboard.press("Enter")
    expect(desk_page.find(".talk-tag")).to_contain_text("late parcel")
    desk_page.find(".talk-who").click()
    desk_page.page.keyboard.press("z")
    desk_page.find("#snooze .choices button").first.click()
    expect(desk_page.find(".talk-facts")).to_contain_text("Until")
    desk_page.find(".talk-who").click()
    desk_page.page.keyboard.press("t")
    desk_page.find(f"#transfer input[value='agent:{kim.id}']").check()
    desk_page.find("#transfer textarea").fill("Please look")
    desk_page.find("#transfer .primary").click()
    expect(desk_page.find(".not-mine strong")).to_have_text("Kim Ode has this conversation.")
    kims = open_desk(kim).go(f"/desk/c/{held}")
    expect(kims.find(".noted .note-words")).to_have_text("Please look")
    expect(kims.find("#write-reply")).to_be_visible()


def test_a_long_conversation_is_read_back_without_losing_the_place(desk_page: DeskPage, held: str) -> None:
    def many(connection: sa.engine.Connection) -> None:
        row = dict(connection.execute(sa.select(messages).where(messages.c.seq == 1)).mappings().one())
        last = connection.execute(sa.select(sa.func.max(messages.c.seq))).scalar_one()
        rows = [
            row | {"id": f"x{seq}", "external_id": f"x{seq}", "seq": seq, "text": f"message {seq}"}
            for seq in range(last + 1, 1001)
        ]
        connection.execute(sa.insert(messages), rows)
        connection.execute(sa.text("UPDATE conversations SET last_seq = 1000"))

    desk_page.at.database.write_now(many)
    desk_page.page.reload()
    expect(desk_page.find(".said")).to_have_count(100)
    expect(desk_page.find("#m1000")).to_be_in_viewport()
    desk_page.page.evaluate("document.querySelector('[data-scroll]').scrollTop = 0")
    expect(desk_page.find(".said")).to_have_count(200)
    expect(desk_page.find("#m901")).to_be_in_viewport()


def test_nothing_that_anybody_wrote_runs(desk_page: DeskPage, held: str) -> None:
    shown = []
    desk_page.page.on("dialog", lambda dialog: (shown.append(dialog.message), dialog.dismiss()))
    for payload in SCRIPTS:
        desk_page.does(desk_page.house.wanda.types(payload))
    hostile = SCRIPTS[2]
    desk_page.does(desk_page.house.does(add_note, held, desk_page.agent, hostile, key="a" * 32))
    desk_page.at.database.write_now(lambda connection: connection.execute(sa.update(customers).values(name=hostile)))
    desk_page.page.reload()
    expect(desk_page.find(".talk-who h1")).to_have_text(hostile)
    desk_page.page.wait_for_timeout(500)
    assert shown == []
    assert desk_page.page.evaluate("window.hit") is None
    assert desk_page.find(".entries script, .entries img, .entries iframe, .entries svg:not(.icon)").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(open_desk: OpenDesk, running: RunningDesk, theme: str) -> None:
    robin = running.at.agent()
    page = open_desk(robin, color_scheme=theme, reduced_motion="reduce")
    conversation_id = page.does(page.house.waits(text="where is my parcel"))
    page.does(page.house.does(owning.claim, conversation_id, robin))
    page.does(page.house.does(owning.reply, conversation_id, robin, "It is on its way.", key="k"))
    page.does(page.house.does(add_note, conversation_id, robin, "a note", key="b" * 32))
    page.go(f"/desk/c/{conversation_id}")
    assert page.problems() == []
    page.find("[data-opens=transfer]").click()
    expect(page.find("#transfer textarea")).to_be_visible()
    assert page.problems() == []


@pytest.mark.parametrize("size", [(1024, 768), (768, 1024), (390, 844)])
def test_it_fits_smaller_screens(open_desk: OpenDesk, running: RunningDesk, size: tuple[int, int]) -> None:
    robin = running.at.agent()
    page = open_desk(robin, viewport={"width": size[0], "height": size[1]})
    conversation_id = page.does(page.house.waits(text="Donaudampfschifffahrtsgesellschaft" * 9))
    page.does(page.house.does(owning.claim, conversation_id, robin))
    page.go(f"/desk/c/{conversation_id}")
    expect(page.find("#write-reply")).to_be_in_viewport()
    assert page.is_as_wide_as_its_window()


@pytest.mark.parametrize(("width", "shown"), [(1440, True), (1280, True), (1100, False)])
def test_on_a_wide_screen_what_can_be_done_stands_there_in_words(
    desk_page: DeskPage, held: str, width: int, *, shown: bool
) -> None:
    desk_page.page.set_viewport_size({"width": width, "height": 900})
    for words in ("Transfer", "Snooze", "Give back"):
        button = desk_page.page.locator(".talk-do").get_by_role("button", name=words)
        box = button.locator("span").bounding_box()
        assert box is not None
        assert (box["width"] > 20) is shown, words
        inside = desk_page.find(".talk-head").bounding_box()
        whole = button.bounding_box()
        assert inside is not None
        assert whole is not None
        assert whole["x"] + whole["width"] <= inside["x"] + inside["width"]


def test_a_conversation_is_not_given_back_over_words_that_came_meanwhile(desk_page: DeskPage, held: str) -> None:
    desk_page.find("[data-opens=hand-back]").click()
    desk_page.does(desk_page.house.wanda.types("wait, one more thing"))
    expect(desk_page.find(".said.customer .bubble").last).to_have_text("wait, one more thing")
    desk_page.find("#hand-back .primary").click()
    expect(desk_page.page.get_by_text("They have just written; read it first.")).to_be_visible()
    assert desk_page.house.owner(held) == desk_page.agent.id
    desk_page.find("[data-opens=hand-back]").click()
    desk_page.find("#hand-back .primary").click()
    expect(desk_page.find(".not-mine strong")).to_have_text("The assistant has this conversation.")
