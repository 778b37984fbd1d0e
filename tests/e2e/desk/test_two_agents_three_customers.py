"""A day of the whole product: two agents and a supervisor at the desk, two customers on the web, one on Telegram."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from bot.staff.demo import demo_password
from tests.e2e.product.conftest import screenshots  # noqa: F401  # a fixture
from tests.e2e.product.test_main_job import hear
from tests.e2e.product.test_main_job import say as write
from tests.support.at_work import AtWork
from tests.support.telegram_product import PATIENCE, TelegramProduct, has_button, say, telegram_product
from tests.telegram import TelegramUser

pytestmark = pytest.mark.e2e

PAGE_PATIENCE, USUAL_PATIENCE = 15_000, 5_000  # the second is Playwright's own
VANISHES_SECONDS = 6
SETTINGS = {
    "BELLHOP_AGENT_VANISHES_SECONDS": str(VANISHES_SECONDS),
    "BELLHOP_AGENT_CAPACITY": "4",
    "BELLHOP_ROUTING": "automatic",
}
LABEL: FilePayload = {"name": "return-label.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\nfor Wanda\n"}
NAMES = ("Robin Hale", "Ines Duarte", "Sam Okafor")
SECRET = "Colleagues only: she has phoned twice already"
FIRST_MISS, SECOND_MISS = "flurble the wibbly grommet sideways", "grommet wibbly flurble"
FIRST_ANGER, SECOND_ANGER = "this is a disgrace, I want to complain", "your service is terrible"


class OnTheWeb:
    """A customer with the widget in a browser of their own."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.locator("bellhop-chat .launcher").click()

    def says(self, text: str) -> None:
        write(self.page, text)

    def hears(self, text: str) -> None:
        hear(self.page, text)

    def talks_to(self, words: str) -> None:
        expect(self.page.locator("bellhop-chat .subtitle")).to_contain_text(words, timeout=PAGE_PATIENCE)

    def all_heard(self) -> str:
        return self.page.locator("bellhop-chat [role=log]").inner_text()

    def rates(self, score: int) -> None:
        self.page.locator("bellhop-chat .rating button").nth(score - 1).click(timeout=PAGE_PATIENCE)

    def fetches(self, name: str) -> bytes:
        """What is behind the link to a file."""
        link = self.page.locator("bellhop-chat a.file", has_text=name)
        expect(link).to_be_visible(timeout=PAGE_PATIENCE)
        return self.page.request.get(self.page.evaluate("a => a.href", link.element_handle())).body()


@dataclass
class Day:
    """Everybody who takes part, and where pictures are left."""

    product: TelegramProduct
    pictures: Path
    robin: AtWork
    ines: AtWork
    sam: AtWork
    visit: Callable[[], OnTheWeb]

    def at_work(self) -> tuple[AtWork, ...]:
        return (self.robin, self.ines, self.sam)

    def picture(self, number: str, page: Page | AtWork) -> None:
        (page.page if isinstance(page, AtWork) else page).screenshot(path=self.pictures / f"day-{number}.png")

    def conversation(self, text: str) -> str:
        """The conversation in which a customer wrote this."""
        [row] = self.product.facts.rows("SELECT conversation_id FROM messages WHERE text = :text", text=text)
        return str(row.conversation_id)

    def owner(self, conversation_id: str) -> str:
        [row] = self.product.facts.rows("SELECT owner FROM conversations WHERE id = :id", id=conversation_id)
        return str(row.owner)

    def given_to(self, conversation_id: str) -> AtWork:
        """Who was given it, by and by."""
        wanted = "SELECT a.email FROM conversations c JOIN agents a ON a.id = c.owner WHERE c.id = :id"
        for _ in range(100):
            for row in self.product.facts.rows(wanted, id=conversation_id):
                return next(person for person in self.at_work() if person.email == row.email)
            self.sam.page.wait_for_timeout(100)
        pytest.fail(f"nobody was given {conversation_id}")


@pytest.fixture
def day(tmp_path: Path, browser: Browser, screenshots: Path) -> Iterator[Day]:  # noqa: F811
    """The product with its people at work: Robin and Ines take conversations, Sam looks after them."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []
    expect.set_options(timeout=PAGE_PATIENCE)
    with telegram_product(tmp_path / "data", SETTINGS) as product:
        base_url, password = product.product.base_url, demo_password(product.product.data_dir)

        def visit() -> OnTheWeb:
            contexts.append(browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB"))
            page = contexts[-1].new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(base_url + "/")
            return OnTheWeb(page)

        robin, ines, sam = (AtWork(browser, base_url, name, password) for name in NAMES)
        people = (robin, ines, sam)
        for person in people:
            person.comes()
        yield Day(product, screenshots, robin, ines, sam, visit)
        for person in people:
            person.goes_home()
        for context in contexts:
            context.close()
        expect.set_options(timeout=USUAL_PATIENCE)
        assert errors + [error for person in people for error in person.errors] == []


def test_a_day_of_two_agents_and_three_customers(day: Day) -> None:
    day.robin.is_now("online")
    day.ines.is_now("online")
    wanda, tom, ada = day.visit(), day.visit(), day.product.sandbox.user("Ada")

    order = asks_for_a_person(day, wanda)
    is_not_understood(day, tom)
    is_angry(day, ada)
    of_wanda, of_tom = day.conversation("can I talk to a person please"), day.conversation(FIRST_MISS)
    of_ada = day.conversation(FIRST_ANGER)
    first = day.given_to(of_wanda)
    other = day.ines if first is day.robin else day.robin
    assert (day.given_to(of_tom), day.given_to(of_ada)) == (other, first), "by turns"

    each_sees_why(day, first, other, order, of_wanda, of_tom, of_ada)
    all_talk(day, first, other, wanda, tom, ada, of_wanda, of_tom, of_ada)
    first_passes_ada_on(day, first, other, ada, of_ada)
    both_type_at_once(day, first, other, tom, of_tom)
    first_vanishes(day, first, other, tom, of_tom)
    the_assistant_goes_on(day, first, wanda, of_wanda, order)
    others_are_resolved(day, other, tom, ada, of_tom, of_ada)
    first_is_disabled(day, first, other, wanda)

    assert SECRET not in wanda.all_heard()
    verified = day.product.command("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert day.product.sandbox.counters()["ignored_retry_after"] == 0


def asks_for_a_person(day: Day, wanda: OnTheWeb) -> dict[str, str]:
    """By saying so, after the assistant has shown an order."""
    order = day.product.facts.order("shipped")
    wanda.says(f"where is my order {order['number']}?")
    wanda.hears("e-mail")
    wanda.says(order["email"])
    wanda.hears("Royal Mail")
    wanda.says("can I talk to a person please")
    wanda.hears("getting one of our people")
    wanda.hears("in line")
    wanda.hears("is with you now")
    day.picture("01-wanda-is-taken", wanda.page)
    return order


def is_not_understood(day: Day, tom: OnTheWeb) -> None:
    """Twice in a row."""
    tom.says(FIRST_MISS)
    tom.hears(FIRST_MISS)  # with it the greeting goes
    expect(tom.page.locator("bellhop-chat .message.bot")).to_have_count(1, timeout=PAGE_PATIENCE)
    tom.says(SECOND_MISS)
    tom.hears("in line")
    tom.hears("is with you now")
    day.picture("02-tom-is-taken", tom.page)


def is_angry(day: Day, ada: TelegramUser) -> None:
    """Twice, on Telegram."""
    say(ada, FIRST_ANGER, "not how it should be")
    said = ada.says(SECOND_ANGER)
    ada.waits_for("sorry it has come to this", PATIENCE, after=said)
    place = ada.waits_for(has_button("Go on with the assistant"), PATIENCE, after=said)
    assert "line" in place.text or "next" in place.text
    ada.waits_for("is with you now", PATIENCE, after=said)


def each_sees_why(
    day: Day, first: AtWork, other: AtWork, order: dict[str, str], of_wanda: str, of_tom: str, of_ada: str
) -> None:
    """The reason, and all that was said, stand before whoever has it."""
    first.has(of_ada)
    day.picture("03-first-has-two", first)
    first.opens(of_ada)
    first.sees_at_the_side("They wrote in anger, more than once.")
    for words in (FIRST_ANGER, SECOND_ANGER):
        first.reads(words)
    day.picture("04-ada-at-the-desk", first)
    first.opens(of_wanda)
    first.sees_at_the_side("They asked for a person.", order["number"])
    first.reads("can I talk to a person please")
    day.picture("05-wanda-at-the-desk", first)
    other.opens(of_tom)
    other.sees_at_the_side("The assistant did not understand them twice in a row.", FIRST_MISS, SECOND_MISS)
    other.reads(SECOND_MISS)
    day.picture("06-tom-at-the-desk", other)


def all_talk(
    day: Day,
    first: AtWork,
    other: AtWork,
    wanda: OnTheWeb,
    tom: OnTheWeb,
    ada: TelegramUser,
    of_wanda: str,
    of_tom: str,
    of_ada: str,
) -> None:
    """Both ways, at once, with files; a note stays inside."""
    first.notes(SECRET)
    first.replies("Good morning, here is your label.", LABEL)
    other.replies("Hello, I am a person. What do you need?")
    wanda.hears("here is your label")
    assert wanda.fetches(LABEL["name"]) == LABEL["buffer"]
    tom.hears("I am a person")
    wanda.says("thank you, that is the right one")
    tom.says("my parcel has a dent")
    first.reads("that is the right one")
    other.reads("my parcel has a dent")
    first.replies("Gladly.")
    wanda.hears("Gladly.")
    wanda.talks_to(first.name)
    day.picture("07-wanda-has-a-label", wanda.page)
    day.picture("08-wanda-with-a-note", first)

    first.opens(of_ada)
    first.replies("I am sorry, Ada. This is what we found.", LABEL)
    came = ada.waits_for("This is what we found.", PATIENCE)
    filed = ada.waits_for(lambda message: message.file_name == LABEL["name"], PATIENCE)
    assert ada.picture(filed) == LABEL["buffer"]
    assert first.name.split()[0] in came.text or first.name.split()[0] in filed.text
    ada.says("it is still late though")
    first.reads("it is still late though")
    day.picture("09-ada-answers", first)


def first_passes_ada_on(day: Day, first: AtWork, other: AtWork, ada: TelegramUser, of_ada: str) -> None:
    """With a note, which she does not read."""
    first.find(".talk-do [data-opens=transfer]").click()
    first.find("#transfer").locator(".pick-one").first.wait_for()
    day.picture("10-transfer", first)
    first.find("#transfer [data-closes]").first.click()
    first.passes_on(other, f"{SECRET}; please look at the carrier")
    ada.waits_for(f"{other.name} takes over from here", PATIENCE)
    other.has(of_ada)
    day.picture("11-other-has-ada", other)
    other.opens(of_ada)
    other.reads("please look at the carrier")
    other.reads("it is still late though")
    day.picture("12-ada-at-others", other)
    other.replies("It comes tomorrow, I have asked the carrier.")
    ada.waits_for("It comes tomorrow", PATIENCE)
    assert not any(SECRET in message.text for message in ada.chat)


def both_type_at_once(day: Day, first: AtWork, other: AtWork, tom: OnTheWeb, of_tom: str) -> None:
    """Sam gives Tom's to somebody else while the one who had it writes, and has not heard of it."""
    other.opens(of_tom)
    other.begins("I will send a new")
    other.page.route("**/desk/c/*/thread?*", lambda route: route.abort())
    day.sam.goes("/desk/supervise")
    expect(day.sam.find("#load-title")).to_be_visible()
    expect(day.sam.find(".load-list li").filter(has_text=first.name)).to_contain_text("1 of 4")
    expect(day.sam.find(".load-list li").filter(has_text=other.name)).to_contain_text("2 of 4")
    day.picture("13-supervise", day.sam)
    day.sam.reassigns(of_tom, first, "You know dents")
    day.picture("14-reassigned", day.sam)
    first.opens(of_tom)
    first.begins("A new one is")
    other.find("#write-reply").press_sequentially(" one")
    expect(first.find(".talk-marks")).to_contain_text(f"{other.name} is")
    day.picture("15-both-type", first)
    first.find("#write-reply").press_sequentially(" on its way.")
    with other.page.expect_response("**/reply") as refused:
        first.find("#write-reply").press("Enter")
        other.find("#write-reply").press("Enter")
    assert refused.value.status == 409
    assert f"{first.name} has this conversation now" in refused.value.text()
    day.picture("16-told-409", other)
    other.page.unroute("**/desk/c/*/thread?*")
    tom.hears("A new one is on its way.")
    other.reads("A new one is on its way.")
    expect(other.find(".not-mine strong")).to_have_text(f"{first.name} has this conversation.")
    expect(other.find("[data-kept-words]")).to_have_text("I will send a new one")
    day.picture("17-not-mine", other)
    assert "I will send" not in tom.all_heard()


def first_vanishes(day: Day, first: AtWork, other: AtWork, tom: OnTheWeb, of_tom: str) -> None:
    """The browser is gone while Tom waits and the other is away; when the other is back, Tom is theirs."""
    tom.says("when will it be here?")
    first.reads("when will it be here?")
    first.begins("On Thursday, I thi")
    other.is_now("away")
    first.vanishes()
    tom.hears("had to leave")
    expect(tom.page.locator("bellhop-chat .wait")).to_contain_text("You are next", timeout=PAGE_PATIENCE)
    tom.talks_to("Waiting for a person")
    day.picture("18-tom-waits", tom.page)
    day.sam.goes("/desk/supervise")
    expect(day.sam.find(f"#open-{of_tom}")).to_contain_text("Waiting")
    expect(day.sam.find(".load-list li").filter(has_text=first.name)).to_contain_text("away")
    day.picture("19-supervise-vanished", day.sam)
    assert day.owner(of_tom) == "queue"

    other.is_now("online")
    tom.talks_to(other.name)
    day.picture("20-tom-with-other", tom.page)
    other.opens(of_tom)
    other.find(".left-behind summary").click()
    expect(other.find("[data-left]")).to_have_text("On Thursday, I thi")
    day.picture("21-left-behind", other)

    first.comes()
    first.goes(f"/desk/c/{of_tom}")
    expect(first.find("[data-kept-words]")).to_have_text("On Thursday, I thi")
    day.picture("22-first-is-back", first)


def the_assistant_goes_on(day: Day, first: AtWork, wanda: OnTheWeb, of_wanda: str, order: dict[str, str]) -> None:
    """Given back, it knows which order they spoke of."""
    first.opens(of_wanda)
    first.gives_back()
    wanda.hears("It's me again, the assistant.")
    cards = wanda.page.locator("bellhop-chat .message.bot", has_text=order["number"])
    before = cards.count()
    wanda.says("where is it?")
    expect(cards).to_have_count(before + 1, timeout=PAGE_PATIENCE)
    day.picture("23-wanda-with-the-assistant", wanda.page)
    day.picture("24-given-back", first)


def others_are_resolved(day: Day, other: AtWork, tom: OnTheWeb, ada: TelegramUser, of_tom: str, of_ada: str) -> None:
    """The survey on both channels; a 2 becomes something to follow up."""
    other.opens(of_tom)
    other.replies("On Thursday.")
    other.ends("Easy")
    day.picture("25-ended", other)
    tom.hears(f"how was it with {other.name}")
    day.picture("26-tom-is-asked", tom.page)
    tom.rates(5)
    tom.hears("Thank you")

    other.opens(of_ada)
    other.ends("Hard")
    question = ada.waits_for(has_button("5"), PATIENCE)
    assert other.name in question.text
    ada.taps("2", question)
    sorry = ada.waits_for(has_button("Talk to a person now"), PATIENCE)
    say(ada, "nobody told me it was late", lambda message: message.id > sorry.id)

    day.sam.goes("/desk/follow-ups")
    todo = day.sam.find(".todo").filter(has_text="nobody told me it was late")
    expect(todo).to_contain_text("2/5")
    day.picture("27-follow-ups", day.sam)
    scores = day.product.facts.rows("SELECT score, about FROM surveys WHERE state = 'answered' ORDER BY score")
    assert [tuple(row) for row in scores] == [(2, "agent"), (5, "agent")]


def first_is_disabled(day: Day, first: AtWork, other: AtWork, wanda: OnTheWeb) -> None:
    """Out at once, in the middle of a conversation, which goes to whoever else is there."""
    other.is_now("away")
    wanda.says("I would like to speak to a human after all")
    wanda.talks_to(first.name)
    other.is_now("online")
    disabled = day.product.command("agents", "disable", first.email)
    assert disabled.returncode == 0, disabled.stdout + disabled.stderr
    first.page.wait_for_url("**/desk/sign-in?ended=1", timeout=5_000)
    day.picture("28-disabled", first)
    wanda.talks_to(other.name)
    day.picture("29-wanda-with-other", wanda.page)
