"""Waiting for a person, the person who comes, and what they send: shown in place, said once, also after a reload."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.widget.conftest import Widget, problems
from tests.e2e.widget.scripted_bot import Reply

GO_BACK = {"id": "back", "title": "Go on with the assistant"}
PDF = {
    "kind": "file",
    "title": "return-label.pdf",
    "subtitle": "PDF · 24 KB",
    "href": "/api/web/files/f1?until=1&signature=s",
    "image": None,
}
PHOTO = {**PDF, "title": "cup.png", "subtitle": "PNG · 1 MB", "image": "/images/finch-mugs.svg"}


def stands(widget: Widget, status: str, *, told: bool = True, **more: Any) -> None:
    """Another owner of the conversation, from now on; told at once, or with the next connection."""
    nothing = {"position": None, "eta_seconds": None, "wait": None, "agent": None, "choices": []}
    widget.server.stand({"type": "status", "status": status, **nothing, **more}, told=told)


def queue(widget: Widget, position: int | None = 2, wait: str | None = "about 3 minutes") -> None:
    stands(widget, "queue", position=position, wait=wait, choices=[GO_BACK])


def waits(widget: Widget) -> str:
    return widget.find(".wait").inner_text()


def test_who_waits_sees_their_place_and_the_time_change_in_place(widget: Widget) -> None:
    widget.say("hello")
    queue(widget)
    widget.find(".wait").get_by_text("You are number 2 in line").wait_for()
    assert "It should take about 3 minutes." in waits(widget)
    assert widget.find(".subtitle").inner_text() == "Waiting for a person"
    queue(widget, 1, "less than a minute")
    widget.find(".wait").get_by_text("You are next").wait_for()
    assert "It should take less than a minute." in waits(widget)
    queue(widget, None, None)
    widget.find(".wait").get_by_text("as soon as possible").wait_for()
    assert widget.find(".wait").count() == 1
    assert widget.find(".wait button").count() == 1


def test_a_new_place_is_read_out_and_that_minutes_go_by_is_not(widget: Widget) -> None:
    widget.say("hello")
    queue(widget, 3, "about 5 minutes")
    voice = widget.find(".wait + .sr")
    widget.wait_until(lambda: voice.inner_text() == "You are number 3 in line. It should take about 5 minutes.")
    for minutes in (4, 3, 2):
        queue(widget, 3, f"about {minutes} minutes")
    queue(widget, 2, "about 2 minutes")  # too soon after the first: it is shown, and said later
    widget.find(".wait").get_by_text("You are number 2 in line").wait_for()
    assert voice.inner_text() == "You are number 3 in line. It should take about 5 minutes."
    assert widget.find(".wait").get_attribute("role") is None


def test_the_customer_can_go_on_with_the_assistant_instead_though_they_wrote_meanwhile(widget: Widget) -> None:
    widget.say("hello")
    widget.server.say(Reply("You are number 2.", choices=({**GO_BACK, "id": "first"},)), author="system")
    queue(widget)
    widget.find(".wait").wait_for()
    assert widget.find(".system .choices").is_hidden()  # one button for one thing
    widget.type("are you there?")
    widget.find(".wait").get_by_role("button", name="Go on with the assistant").click()
    widget.wait_until(lambda: [frame.get("choice") for frame in widget.server.received][-1] == "back")
    stands(widget, "open")
    widget.find(".wait").wait_for(state="hidden")
    assert widget.find(".subtitle").inner_text() == "Usually replies at once"


def test_the_wait_survives_a_reload_and_a_reconnect(widget: Widget) -> None:
    widget.say("hello")
    queue(widget)
    widget.find(".wait").wait_for()
    widget.reload().open()
    widget.find(".wait").get_by_text("You are number 2 in line").wait_for()
    widget.server.drop_sockets()
    widget.find(".wait").get_by_text("You are number 2 in line").wait_for()
    assert widget.find(".wait").get_by_role("button", name="Go on with the assistant").is_visible()


def test_who_was_taken_while_the_connection_was_lost_is_shown_as_taken(widget: Widget) -> None:
    widget.say("hello")
    queue(widget)
    widget.find(".wait").wait_for()
    stands(widget, "agent", agent="Robin Hale", told=False)
    widget.server.drop_sockets()
    widget.find(".subtitle").get_by_text("You are talking to Robin Hale").wait_for()
    assert widget.find(".wait").is_hidden()


def test_the_person_who_came_is_told_apart_from_the_assistant(widget: Widget) -> None:
    widget.say("hello")
    stands(widget, "agent", agent="Robin Hale")
    widget.server.say(Reply("Robin here."), author="agent", name="Robin Hale")
    widget.find(".subtitle").get_by_text("You are talking to Robin Hale").wait_for()
    assert widget.find(".head .avatar").inner_text() == "RH"
    message = widget.find(".message.agent").last
    assert (message.locator(".avatar").inner_text(), message.locator(".name").inner_text()) == ("RH", "Robin Hale")
    colours = [
        widget.find(f".message.{kind} > .avatar").last.evaluate("node => getComputedStyle(node).backgroundColor")
        for kind in ("agent", "bot")
    ]
    assert colours[0] != colours[1]
    stands(widget, "open")
    widget.wait_until(lambda: widget.find(".head .avatar .icon").count() == 1)


def test_an_agent_without_a_name_is_the_team(widget: Widget) -> None:
    widget.say("hello")
    stands(widget, "agent")
    widget.find(".subtitle").get_by_text("You are talking to our team").wait_for()
    assert widget.find(".head .avatar").inner_text() == "S"


def test_an_agent_who_types_is_named_until_the_message_is_there(widget: Widget) -> None:
    widget.say("hello")
    stands(widget, "agent", agent="Robin")
    widget.find(".subtitle").get_by_text("You are talking to Robin").wait_for()
    widget.server.broadcast({"type": "typing", "agent": "Robin"})
    widget.find(".writes").get_by_text("Robin is typing…").wait_for()
    widget.server.say(Reply("Done."), author="agent", name="Robin")
    widget.find(".writes").wait_for(state="hidden")


def test_files_are_links_with_a_picture_where_there_is_one(widget: Widget) -> None:
    widget.say("hello")
    widget.server.say(Reply("Here.", cards=(PDF, PHOTO)), author="agent", name="Robin")
    files = widget.find("a.file")
    files.nth(1).wait_for()
    assert files.all_inner_texts() == ["return-label.pdf\nPDF · 24 KB", "cup.png\nPNG · 1 MB"]
    links = files.evaluate_all("nodes => nodes.map(a => [a.pathname + a.search, a.target, a.rel])")
    assert links == [["/api/web/files/f1?until=1&signature=s", "_blank", "noopener noreferrer"]] * 2
    assert [files.nth(n).locator("img").count() for n in (0, 1)] == [0, 1]


def test_without_the_part_that_shows_people_the_chat_goes_on_and_loads_it_later(widget: Widget) -> None:
    widget.server.lazy = False
    widget.say("hello")
    queue(widget)
    widget.type("still there?")
    widget.find(".customer").nth(1).wait_for()
    assert widget.find(".wait").count() == 0
    widget.server.lazy = True
    queue(widget, 1)
    widget.find(".wait").get_by_text("You are next").wait_for()


def test_a_question_asked_once_more_is_answered_there(widget: Widget) -> None:
    widget.say("hello")
    for numbers in ("ab", "cd"):
        choices = tuple({"id": number, "title": f"Yes {number > 'b'}"} for number in numbers)
        widget.server.say(Reply("Shall I?", choices=choices, expects="confirmation"))
    widget.find(".message.bot").nth(2).wait_for()
    widget.wait_until(lambda: widget.find(".choices").count() == 1)
    widget.find(".message.bot").last.get_by_role("button").first.click()
    widget.wait_until(lambda: widget.server.received[-1].get("choice") == "c")


@pytest.mark.parametrize("width", [320, 1280])
def test_people_have_no_accessibility_problem_and_fit(themed: Widget, width: int) -> None:
    themed.page.set_viewport_size({"width": width, "height": 700})
    themed.say("hello")
    themed.server.say(Reply("Here.", cards=(PDF, PHOTO)), author="agent", name="Robin Hale")
    queue(themed, 12, "about half an hour")
    themed.find(".wait").wait_for()
    themed.server.broadcast({"type": "typing", "agent": "Robin Hale"})
    themed.find(".writes").wait_for()
    assert problems(themed) == []
    for part in (".log", ".panel"):
        assert themed.find(part).evaluate("n => n.scrollWidth - n.clientWidth") == 0
