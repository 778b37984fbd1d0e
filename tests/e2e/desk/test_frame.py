"""The desk's frame in a real browser: what changes by itself, the keyboard, narrow screens, both themes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bot.conversations.models import Change
from bot.conversations.unit import Unit
from bot.handoff import owning
from bot.handoff.steps import changed, handoff_in, locked, set_in
from bot.staff.accounts import change_agent
from bot.staff.models import Presence, Role
from tests.e2e.desk.conftest import DeskPage
from tests.support.core import Visitor
from tests.support.desk_house import RunningDesk
from tests.support.staffed import PASSWORD

OpenDesk = Callable[..., DeskPage]
ENTRY = ".conversations a"


def customer(desk: DeskPage, name: str) -> Visitor:
    return Visitor(desk.house.service, name)


def wait_in_queue(desk: DeskPage, number: int) -> list[str]:
    """So many customers come into the queue, one after another."""
    return [desk.does(desk.house.waits(customer(desk, f"v{place}"), f"hello {place}")) for place in range(number)]


def test_somebody_signs_in_and_out(open_desk: OpenDesk, running: RunningDesk) -> None:
    desk = open_desk(running.at.agent())
    page = desk.page
    page.context.clear_cookies()
    page.goto(f"{running.url}/desk/account")
    assert desk.problems() == []
    page.get_by_label("E-mail address").fill("robin@shop.example")
    page.get_by_label("Password").fill("something else")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Robin Hale")).to_be_visible()
    desk.find("#presence summary").click()
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/desk/sign-in")


def test_who_comes_into_the_queue_appears_by_themselves(desk_page: DeskPage) -> None:
    desk_page.go("/desk/inbox?queue=waiting")
    expect(desk_page.find(ENTRY)).to_have_count(0)
    desk_page.does(desk_page.house.waits(text="my kettle leaks"))
    expect(desk_page.find(ENTRY)).to_have_count(1)
    expect(desk_page.find(".entry-preview")).to_contain_text("my kettle leaks")
    expect(desk_page.find("#announce")).to_contain_text("is waiting")
    expect(desk_page.page).to_have_title("(1) Waiting · Marlow & Finch")


def test_what_one_takes_goes_from_the_queue_of_the_other(open_desk: OpenDesk, running: RunningDesk) -> None:
    robin, kim = running.at.agent("Robin Hale"), running.at.agent("Kim Ode")
    at_robins, at_kims = (open_desk(agent).go("/desk/inbox?queue=waiting") for agent in (robin, kim))
    waiting = at_robins.does(at_robins.house.waits())
    expect(at_kims.find(ENTRY)).to_have_count(1)
    at_robins.does(at_robins.house.does(owning.claim, waiting, robin))
    expect(at_kims.find(ENTRY)).to_have_count(0)
    expect(at_kims.find(".queues a[data-queue=open] .count")).to_have_text("1")


def test_a_lost_connection_is_told_and_afterwards_nothing_is_missing(desk_page: DeskPage) -> None:
    desk_page.go("/desk/inbox?queue=waiting")
    desk_page.page.context.set_offline(True)
    desk_page.running.drop()
    expect(desk_page.find("body")).to_have_attribute("data-live", "off")
    desk_page.does(desk_page.house.waits())
    expect(desk_page.find("#banner")).to_contain_text("The connection is lost", timeout=10_000)
    desk_page.page.context.set_offline(False)
    expect(desk_page.find(ENTRY)).to_have_count(1, timeout=20_000)
    expect(desk_page.find("#banner")).to_be_hidden()


def test_a_page_of_an_older_version_says_so(desk_page: DeskPage) -> None:
    desk_page.page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { document.body.dataset.version = 'older' })"
    )
    desk_page.go()
    expect(desk_page.find("#banner")).to_contain_text("new version")
    expect(desk_page.find("#banner button")).to_have_text("Load it")


def test_a_disabled_agent_is_out_at_once(open_desk: OpenDesk, running: RunningDesk) -> None:
    running.at.agent("Ada Admin", role=Role.ADMIN)
    robin = running.at.agent()
    desk = open_desk(robin).go()
    running.at.database.write_now(
        lambda connection: change_agent(connection, robin.id, running.at.clock(), state="disabled")
    )
    desk.page.wait_for_url("**/desk/sign-in?ended=1")
    expect(desk.page.get_by_text("You were signed out")).to_be_visible()


def test_tabs_of_one_browser_share_one_stream(desk_page: DeskPage) -> None:
    desk_page.go("/desk/inbox?queue=waiting")
    others = [desk_page.page.context.new_page() for _ in range(7)]  # a browser opens six connections to a host
    for other in others:
        other.goto(f"{desk_page.running.url}/desk/inbox?queue=waiting")
    desk_page.does(desk_page.house.waits())
    for page in (desk_page.page, *others):
        expect(page.locator(ENTRY)).to_have_count(1)
    assert desk_page.at.tools.live.open_streams == 1
    desk_page.page.goto("about:blank")  # whoever had the stream goes: another takes it over
    desk_page.does(desk_page.house.waits(customer(desk_page, "later")))
    expect(others[3].locator(ENTRY)).to_have_count(2)


def test_the_list_is_walked_with_the_keyboard(desk_page: DeskPage) -> None:
    ids = wait_in_queue(desk_page, 3)
    desk_page.go("/desk/inbox?queue=waiting")
    press = desk_page.page.keyboard.press
    press("j")
    expect(desk_page.find(f"#row-{ids[0]}")).to_be_focused()
    press("j")
    press("ArrowDown")
    expect(desk_page.find(f"#row-{ids[2]}")).to_be_focused()
    press("k")
    expect(desk_page.find(f"#row-{ids[1]}")).to_be_focused()
    assert desk_page.find(f"{ENTRY}[tabindex='0']").count() == 1
    press("Enter")
    desk_page.page.wait_for_url(f"**/desk/c/{ids[1]}?queue=waiting")
    expect(desk_page.find(f"#row-{ids[1]}")).to_have_attribute("aria-current", "true")


def test_the_focus_stays_where_it_is_when_the_list_changes(desk_page: DeskPage) -> None:
    ids = wait_in_queue(desk_page, 2)
    desk_page.go("/desk/inbox?queue=waiting")
    desk_page.page.keyboard.press("j")
    desk_page.does(desk_page.house.waits(customer(desk_page, "one more")))
    expect(desk_page.find(ENTRY)).to_have_count(3)
    expect(desk_page.find(f"#row-{ids[0]}")).to_be_focused()


def test_a_filter_that_is_being_chosen_stays_open_when_the_list_changes(desk_page: DeskPage) -> None:
    desk_page.go("/desk/inbox?queue=waiting")
    desk_page.find("#filters summary").click()
    desk_page.page.get_by_label("Channel").select_option("telegram")
    desk_page.does(desk_page.house.waits())
    expect(desk_page.find(ENTRY)).to_have_count(1)
    expect(desk_page.page.get_by_label("Channel")).to_have_value("telegram")
    desk_page.page.get_by_role("button", name="Apply").click()
    expect(desk_page.page.get_by_text("Nothing fits these filters")).to_be_visible()


def test_keys_lead_everywhere_but_rest_while_somebody_types(desk_page: DeskPage) -> None:
    desk_page.go()
    press = desk_page.page.keyboard.press
    press("?")
    expect(desk_page.page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    press("Escape")
    expect(desk_page.page.get_by_role("heading", name="Keyboard shortcuts")).to_be_hidden()
    press("g")
    press("s")
    desk_page.page.wait_for_url("**/desk/search")
    desk_page.find("#q").click()
    desk_page.page.keyboard.type("g i ? j")
    expect(desk_page.find("#q")).to_have_value("g i ? j")
    assert desk_page.page.url.endswith("/desk/search")


def test_keys_of_one_letter_can_be_turned_off(desk_page: DeskPage) -> None:
    desk_page.go("/desk/account")
    desk_page.page.get_by_label("Shortcuts of one key").uncheck()
    expect(desk_page.find("body")).to_have_attribute("data-keys", "off")
    wait_in_queue(desk_page, 2)
    desk_page.go("/desk/inbox?queue=waiting")
    press = desk_page.page.keyboard.press
    for key in ("?", "j", "g", "s"):
        press(key)
    expect(desk_page.page.get_by_role("heading", name="Keyboard shortcuts")).to_be_hidden()
    assert "queue=waiting" in desk_page.page.url
    desk_page.find(ENTRY).first.focus()
    press("ArrowDown")
    expect(desk_page.find(ENTRY).nth(1)).to_be_focused()


def test_time_that_runs_out_is_announced(desk_page: DeskPage) -> None:
    desk_page.go("/desk/inbox?queue=waiting")
    waiting = desk_page.does(desk_page.house.waits())
    expect(desk_page.find("#announce")).to_contain_text("is waiting")

    def warn(unit: Unit) -> Change:
        set_in(unit, handoff_in(unit, waiting).id, warned_at=unit.now)
        return changed(locked(unit, waiting), desk=True)

    desk_page.does(desk_page.house.service.change(warn))
    expect(desk_page.find("#announce")).to_contain_text("time is running out")


def test_going_online_is_one_click_and_is_seen_by_itself(open_desk: OpenDesk, running: RunningDesk) -> None:
    desk = open_desk(running.at.agent(presence=Presence.AWAY)).go()
    desk.page.get_by_role("button", name="Go online").click()
    expect(desk.find("#toasts")).to_contain_text("You are online")
    expect(desk.find("#not-online")).to_have_count(0)
    expect(desk.find("#presence summary .dot")).to_have_class("dot online")


def test_the_theme_is_changed_at_once(desk_page: DeskPage) -> None:
    desk_page.go("/desk/account")
    desk_page.page.get_by_label("Dark").check()
    expect(desk_page.find("html")).to_have_attribute("data-theme", "dark")
    desk_page.page.reload()
    expect(desk_page.find("html")).to_have_attribute("data-theme", "dark")


def test_a_search_shows_what_was_found(desk_page: DeskPage) -> None:
    desk_page.does(desk_page.house.waits(text="my kettle leaks"))
    desk_page.go("/desk/search")
    desk_page.find("#q").fill("kettle")
    desk_page.page.keyboard.press("Enter")
    expect(desk_page.find(".results mark")).to_have_text("kettle")
    desk_page.page.wait_for_url("**/desk/search?q=kettle")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_desk: OpenDesk, running: RunningDesk, scheme: str) -> None:
    desk = open_desk(running.at.agent(), color_scheme=scheme, reduced_motion="reduce")
    desk.go()
    assert desk.problems() == []
    wait_in_queue(desk, 3)
    for path in ("/desk/inbox?queue=waiting", "/desk/account", "/desk/search?q=hello", "/desk/nowhere"):
        desk.go(path)
        assert desk.problems() == [], path
    desk.page.keyboard.press("?")
    assert desk.problems() == []


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (768, 1024), (640, 400), (390, 800)])
def test_it_fits_narrow_screens_and_large_zooms(
    open_desk: OpenDesk, running: RunningDesk, width: int, height: int
) -> None:
    desk = open_desk(running.at.agent(), viewport={"width": width, "height": height})
    (waiting, *_) = wait_in_queue(desk, 3)
    for path in (
        "/desk/inbox?queue=waiting",
        f"/desk/c/{waiting}?queue=waiting",
        "/desk/account",
        "/desk/search?q=hello",
    ):
        desk.go(path)
        assert desk.is_as_wide_as_its_window(), path
    desk.go("/desk/inbox?queue=waiting")
    desk.find(ENTRY).first.click()
    desk.page.wait_for_url("**/desk/c/**")
    expect(desk.find("#conversation")).to_be_visible()
    expect(desk.find("#inbox")).to_be_visible() if width > 860 else expect(desk.find("#inbox")).to_be_hidden()


def test_a_long_list_with_odd_names_keeps_its_shape(desk_page: DeskPage) -> None:
    wait_in_queue(desk_page, 60)
    desk_page.go("/desk/inbox?queue=waiting")
    expect(desk_page.find(ENTRY)).to_have_count(50)
    desk_page.page.get_by_role("link", name="Show more").click()
    expect(desk_page.find(ENTRY)).to_have_count(60)
    widths = desk_page.page.evaluate(
        "[...document.querySelectorAll('.entry')].map((entry) => entry.scrollWidth <= entry.clientWidth)"
    )
    assert all(widths)


def test_who_waits_is_heard_and_notified_in_the_background(desk_page: DeskPage) -> None:
    desk_page.page.context.grant_permissions(["notifications"])
    desk_page.page.add_init_script("""
        window.told = []; window.notes = 0;
        document.hasFocus = () => false;
        const create = AudioContext.prototype.createOscillator;
        AudioContext.prototype.createOscillator = function () { window.notes += 1; return create.call(this); };
        window.Notification = class extends EventTarget {
            static permission = "granted";
            constructor(title, options) { super(); window.told.push(`${title}: ${options.body}`); }
            close() {}
        };
    """)
    desk_page.go("/desk/account")
    desk_page.page.get_by_label("Notifications of the browser").check()
    expect(desk_page.page.get_by_text("This browser may show them.")).to_be_visible()
    desk_page.does(desk_page.house.waits())
    desk_page.wait_until(lambda: desk_page.page.evaluate("[window.told.length, window.notes]") == [1, 2])
    assert "is waiting: On Website" in desk_page.page.evaluate("window.told[0]")
    desk_page.page.get_by_label("Sound when").uncheck()
    expect(desk_page.find("body")).to_have_attribute("data-sound", "off")
    desk_page.does(desk_page.house.waits(customer(desk_page, "another")))
    desk_page.wait_until(lambda: desk_page.page.evaluate("window.told.length") == 2)
    assert desk_page.page.evaluate("window.notes") == 2
