"""The side panel, order actions, promises, follow-ups, supervising and administration, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from bot.cases.cases import CaseKind
from bot.conversations.phrases import Phrases, load_domain
from bot.languages.languages import shipped_languages
from bot.settings import ROOT
from bot.staff.models import Agent, Role
from bot.staff.presence import choose
from bot.storage.shop_tables import shop_changes
from tests.e2e.desk.conftest import DeskPage
from tests.support.desk_house import RunningDesk
from tests.support.desk_scene import Scene
from tests.support.hostile_desk import NOW, HostileShop, conversation_of, fill, order_of
from tests.support.hostile_words import PAYLOADS

OpenDesk = Callable[..., DeskPage]
TUNDE, PENDING = "tunde-okafor", "#W4401827"
PLACES = ("promises", "follow-ups", "supervise", "supervise/day", "people", "canned", "audit")


@pytest.fixture
def boss(running: RunningDesk) -> Agent:
    return running.at.agent("Bea Boss", role=Role.ADMIN)


@pytest.fixture
def scene(running: RunningDesk) -> Scene:
    return Scene(running.at)


def customer(scene: Scene, running: RunningDesk, agent: Agent) -> str:
    """A verified customer's conversation of that agent's."""
    conversation = running.does(scene.held(agent))
    scene.named(conversation, "Tunde Okafor")
    scene.proven(conversation, TUNDE)
    return conversation


def test_an_order_is_cancelled_in_the_panel_and_the_sentence_goes_into_the_reply(
    open_desk: OpenDesk, scene: Scene, running: RunningDesk, boss: Agent
) -> None:
    responses = load_domain(ROOT / "domain.yml")["responses"]
    running.at.house.service.phrases = Phrases(responses, shipped_languages(), "en-GB")
    desk = open_desk(boss)
    desk.go(f"/desk/c/{customer(scene, running, boss)}")
    order = desk.find(
        ".side-order",
    ).filter(has_text=PENDING)
    order.get_by_role("button", name="Cancel").click()
    dialog = desk.find("#order-dialog")
    dialog.get_by_label("No longer needed").check()
    dialog.get_by_role("button", name="See what would happen").click()
    expect(dialog).to_contain_text("£234.00 to Visa ending in 3333")
    dialog.get_by_role("button", name="Cancel the order").dblclick()
    expect(dialog).to_contain_text("Done.")
    assert desk.problems() == []
    dialog.get_by_role("button", name="Put it into the reply").click()
    expect(dialog).to_be_hidden()
    expect(desk.find("#write-reply")).to_have_value(
        f"Done: order {PENDING} is cancelled. £234.00 is on its way back to you; it takes 5 to 7 working days."
    )
    expect(order).to_contain_text("Cancelled")
    expect(desk.find(".talk-body")).to_contain_text(f"Order {PENDING} cancelled.")
    assert len(running.at.house.read(sa.select(shop_changes))) == 1


def test_an_order_is_looked_up_by_what_the_customer_says(
    open_desk: OpenDesk, scene: Scene, running: RunningDesk, boss: Agent
) -> None:
    conversation = running.does(scene.held(boss))
    desk = open_desk(boss)
    desk.go(f"/desk/c/{conversation}")
    desk.page.get_by_label("Order number").fill("W5093341")
    desk.page.get_by_label("E-mail address or postcode on it").fill("M1 1AA")
    desk.page.get_by_role("button", name="Look it up").click()
    expect(desk.find(".side-shop")).to_contain_text("No order has that number together with")
    desk.page.get_by_label("E-mail address or postcode on it").fill("m1 3he")
    desk.page.get_by_role("button", name="Look it up").click()
    expect(desk.find(".side-orders, .side-order")).to_contain_text("#W5093341")
    desk.find(".side-order").get_by_role("button", name="Change address").click()
    expect(desk.find("#order-dialog")).to_be_visible()


def test_what_is_promised_is_taken_on_and_done(
    open_desk: OpenDesk, scene: Scene, running: RunningDesk, boss: Agent
) -> None:
    talk = running.does(running.at.house.talks())
    running.does(scene.case(talk, CaseKind.DAMAGED, hours=-1, words="My lamp came broken"))
    desk = open_desk(boss).go("/desk/promises")
    expect(desk.find("#count-promises")).to_contain_text("1")
    desk.page.get_by_role("button", name="Take on", exact=True).click()
    desk.page.get_by_role("button", name="Done", exact=True).click()
    desk.page.get_by_label("In a word").fill("Sent a new one")
    desk.find("#todo-dialog").get_by_role("button", name="Done").click()
    expect(desk.find("#todos")).to_contain_text("Every promise is kept")
    expect(desk.find("#count-promises")).to_be_empty()


def test_a_supervisor_gives_a_conversation_to_somebody_else(
    open_desk: OpenDesk, scene: Scene, running: RunningDesk, boss: Agent
) -> None:
    sam, talk = running.at.agent("Sam Okoro"), running.does(running.at.house.waits())
    desk = open_desk(boss).go("/desk/supervise")
    desk.find(f"#open-{talk}").get_by_role("button", name="Reassign").click()
    desk.find("#reassign").get_by_label("Sam Okoro").check()
    desk.find("#reassign").get_by_role("button", name="Pass it on").click()
    expect(desk.find(f"#open-{talk}")).to_contain_text("Sam Okoro")
    assert running.at.house.owner(talk) == sam.id


def test_somebody_is_added_and_their_password_shown_once(open_desk: OpenDesk, boss: Agent) -> None:
    desk = open_desk(boss).go("/desk/people")
    desk.page.get_by_role("button", name="Add somebody").click()
    dialog = desk.find("#people-dialog")
    dialog.get_by_label("Name").fill("Kim Lo")
    dialog.get_by_label("E-mail address").fill("kim@shop.example")
    dialog.get_by_role("button", name="Add").click()
    expect(desk.find("[data-password]")).to_be_visible()
    dialog.get_by_role("button", name="I have it").click()
    expect(desk.find("#people")).to_contain_text("kim@shop.example")
    desk.page.reload()
    expect(desk.find("[data-password]")).to_have_count(0)


def test_a_canned_reply_is_written_with_its_preview(open_desk: OpenDesk, boss: Agent) -> None:
    desk = open_desk(boss).go("/desk/canned")
    desk.page.get_by_role("button", name="Add one").click()
    dialog = desk.find("#canned-dialog")
    dialog.get_by_label("Shortcut").fill("hello")
    dialog.get_by_label("Title").fill("A greeting")
    dialog.get_by_label("Text").fill("Hi ")
    dialog.get_by_role("button", name="{customer_name}").click()
    expect(desk.find("#canned-preview")).to_contain_text("Hi Ada")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog).to_be_hidden()
    expect(desk.find("#canned")).to_contain_text("/hello")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_can_be_used_by_everybody(
    open_desk: OpenDesk, scene: Scene, running: RunningDesk, boss: Agent, scheme: str
) -> None:
    talk = customer(scene, running, boss)
    running.does(scene.case(talk, hours=-1, contact="07700 900115"))
    running.does(scene.rated(running.does(running.at.house.talks(scene.visitor("kim"))), 1, "No"))
    running.does(running.at.house.waits(scene.visitor("lou")))
    desk = open_desk(boss, color_scheme=scheme)
    for place in PLACES:
        desk.go(f"/desk/{place}")
        assert desk.problems() == [], place
    desk.go(f"/desk/c/{talk}")
    desk.find(".side-order").first.wait_for()
    assert desk.problems() == []


def test_a_tablet_shows_them_whole(open_desk: OpenDesk, scene: Scene, running: RunningDesk, boss: Agent) -> None:
    running.does(scene.case(running.does(running.at.house.talks()), words="w" * 300, contact="x" * 200))
    running.does(running.at.house.waits(scene.visitor("lou")))
    desk = open_desk(boss, viewport={"width": 820, "height": 1180}, has_touch=True)
    for place in PLACES:
        desk.go(f"/desk/{place}")
        assert desk.is_as_wide_as_its_window(), place


def test_no_payload_becomes_a_script(open_desk: OpenDesk, running: RunningDesk, boss: Agent) -> None:
    def here(connection: sa.Connection) -> None:
        fill(connection, boss.id)
        choose(connection, boss.id, boss.presence, NOW)

    running.at.database.write_now(here)
    running.at.rebuilt(replace(running.at.tools, shop=HostileShop()))  # type: ignore[arg-type]  # as much as pages ask
    desk = open_desk(boss)

    def nothing_ran(where: str) -> None:
        desk.page.wait_for_timeout(150)
        assert desk.page.evaluate("window.hit") is None, where

    for place in PLACES:
        desk.go(f"/desk/{place}")
        nothing_ran(place)
    for number in range(0, len(PAYLOADS), 12):
        desk.go(f"/desk/c/{conversation_of(number)}")
        desk.find(".side-order").first.wait_for()
        desk.page.evaluate("for (const order of document.querySelectorAll('.side-panel details')) order.open = true")
        desk.find(".side-order").filter(has_text=order_of(number)[:6]).get_by_role(
            "button", name="Change items"
        ).first.click()
        desk.find("#order-dialog").get_by_role("button", name="See what would happen").wait_for()
        nothing_ran(PAYLOADS[number])


def test_after_the_end_one_tap_says_how_it_was(
    open_desk: OpenDesk, scene: Scene, running: RunningDesk, boss: Agent
) -> None:
    talk = running.does(scene.held(boss))
    desk = open_desk(boss).go(f"/desk/c/{talk}")
    desk.page.keyboard.press("e")
    desk.page.get_by_role("button", name="End it", exact=True).click()
    desk.page.get_by_role("button", name="Easy").click()
    expect(desk.find("#wrap-up")).to_contain_text("Thank you.")
    assert running.at.house.handoff(talk).wrap_up == 3
