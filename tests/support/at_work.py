"""One of the demo's people at the desk of a whole running product, in a browser of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, ViewportSize, expect

WINDOW: ViewportSize = {"width": 1440, "height": 900}
PATIENCE = 15_000  # for what the desk does at once


class AtWork:
    """Somebody who works at the desk, and what they do there; errors of their pages are kept in `errors`.

    Args:
        base_url: of the product.
        password: what all of the demo's people sign in with.
    """

    def __init__(self, browser: Browser, base_url: str, name: str, password: str) -> None:
        self.name = name
        self.email = f"{name.split()[0].lower()}@marlow-finch.example"
        self.errors: list[str] = []
        self._browser = browser
        self._base_url = base_url
        self._password = password
        self._context: BrowserContext | None = None
        self.page: Page

    def comes(self) -> AtWork:
        """Opens a browser that knows nothing of before, and signs in."""
        self._context = self._browser.new_context(
            viewport=WINDOW,
            locale="en-GB",
            timezone_id="Europe/London",
        )
        self._context.set_default_timeout(PATIENCE)
        self.page = self._context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(f"{self.name}: {error}"))
        self.page.on("console", self._hears)
        self.page.goto(f"{self._base_url}/desk")
        self.page.get_by_label("E-mail address").fill(self.email)
        self.page.get_by_label("Password").fill(self._password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.find("#inbox")).to_be_visible()
        return self

    def vanishes(self) -> None:
        """The browser is closed without a word."""
        assert self._context is not None
        self._context.close()
        self._context = None

    def goes_home(self) -> None:
        """The same, where it may have happened already."""
        if self._context is not None:
            self.vanishes()

    def is_now(self, presence: str) -> None:
        """Chooses whether they take conversations: `online`, `away`."""
        self.find("#presence summary").click()
        self.find(f"#presence button[value={presence}]").click()
        expect(self.find("#presence summary .dot")).to_have_class(f"dot {presence}")

    def find(self, selector: str) -> Locator:
        """A part of the page."""
        return self.page.locator(selector)

    def opens(self, conversation_id: str) -> None:
        """Clicks a conversation that the list of their own shows."""
        self.find("#inbox [data-queue=mine]").click()
        self.find(f"#row-{conversation_id}").click()
        expect(self.find(f"desk-conversation[data-id='{conversation_id}']")).to_be_visible()

    def has(self, conversation_id: str) -> None:
        """Waits until the list of their own has it."""
        if "queue=mine" not in self.page.url:
            self.find("#inbox [data-queue=mine]").click()
        expect(self.find(f"#row-{conversation_id}")).to_be_visible()

    def reads(self, text: str) -> None:
        """Waits until the open conversation has it."""
        expect(self.find("[data-entries]")).to_contain_text(text)

    def sees_at_the_side(self, *texts: str) -> None:
        """Waits until the panel beside the conversation has all of them."""
        for text in texts:
            expect(self.find("#side")).to_contain_text(text)

    def begins(self, text: str) -> None:
        """Types into the reply, and the desk keeps it."""
        self.find("#write-reply").press_sequentially(text)
        expect(self.find("#pane-reply [data-kept]")).to_have_text("Draft kept")

    def replies(self, text: str, *files: FilePayload) -> None:
        """Sends a reply, and sees it in the conversation."""
        if files:
            self.find("#pane-reply [data-file]").set_input_files(list(files))
        self.find("#write-reply").fill(text)
        self.find("#write-reply").press("Enter")
        expect(self.find(".said.own:not(.sending) .bubble").last).to_have_text(text)

    def notes(self, text: str) -> None:
        """Leaves an internal note."""
        self.find("#tab-note").click()
        self.find("#write-note").fill(text)
        self.find("#pane-note [data-send]").click()
        expect(self.find(".noted:not(.sending) .note-words").last).to_have_text(text)
        self.find("#tab-reply").click()

    def passes_on(self, to: AtWork, note: str) -> None:
        """Transfers the open conversation."""
        self.find(".talk-do [data-opens=transfer]").click()
        self._picks(self.find("#transfer"), to, note)
        expect(self.find(".not-mine strong")).to_have_text(f"{to.name} has this conversation.")

    def reassigns(self, conversation_id: str, to: AtWork, note: str) -> None:
        """Gives what somebody else has to another, from the page for who supervises."""
        self.find(f"#open-{conversation_id}").get_by_role("button", name="Reassign").click()
        self._picks(self.find("#reassign"), to, note)
        expect(self.find(f"#open-{conversation_id}")).to_contain_text(to.name)

    def gives_back(self) -> None:
        """Gives the open conversation back to the assistant."""
        self.find(".talk-do [data-opens=hand-back]").click()
        self.find("#hand-back .primary").click()
        expect(self.find(".not-mine strong")).to_have_text("The assistant has this conversation.")

    def ends(self, how: str) -> None:
        """Ends the open conversation, and says how it was."""
        self.find(".talk-do [data-opens=end]").click()
        self.find("#end .primary").click()
        expect(self.find(".not-mine strong")).to_have_text("This conversation has ended.")
        self.find("#wrap-up").get_by_role("button", name=how).click()
        expect(self.find("#wrap-up")).to_contain_text("Thank you")

    def goes(self, path: str) -> None:
        """Opens another page of the desk."""
        self.page.goto(self._base_url + path)

    def pictured(self, path: Path) -> None:
        """A picture of what they see."""
        self.page.screenshot(path=path)

    def _picks(self, dialog: Locator, to: AtWork, note: str) -> None:
        dialog.locator(".pick-one", has_text=to.name).click()
        dialog.locator("[name=note]").fill(note)
        dialog.get_by_role("button", name="Pass it on").click()
        expect(dialog).to_be_hidden()

    def _hears(self, said: Any) -> None:
        if "Security Policy" in said.text:
            self.errors.append(f"{self.name}: {said.text}")
