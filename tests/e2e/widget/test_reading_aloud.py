"""What a screen reader is told: new messages once, history never again."""

from __future__ import annotations

from tests.e2e.widget.conftest import Widget
from tests.e2e.widget.scripted_bot import Reply

# Records, for every node added to the log, whether it was added to a live region, judged when the change is delivered.
WATCH = """
window.announced = [];
const watch = () => {
  const log = document.querySelector('bellhop-chat')?.shadowRoot?.querySelector('.log');
  if (!log) return requestAnimationFrame(watch);
  const added = (records) => records.filter(r => r.target === log).flatMap(r => [...r.addedNodes]);
  new MutationObserver((records) => {
    if (log.getAttribute('aria-live') === 'polite') window.announced.push(...added(records).map(n => n.textContent));
  }).observe(log, {childList: true});
};
watch();
"""


def watch(widget: Widget) -> None:
    widget.page.context.add_init_script(WATCH)


def announced(widget: Widget) -> list[str]:
    texts: list[str] = widget.page.evaluate("window.announced")
    return texts


def test_the_list_is_a_log_that_announces_additions(widget: Widget) -> None:
    log = widget.find(".log")
    assert [log.get_attribute(name) for name in ("role", "aria-relevant")] == ["log", "additions"]
    widget.wait_until(lambda: log.get_attribute("aria-live") == "polite")


def test_history_from_the_server_is_not_read_out_after_a_reload(widget: Widget) -> None:
    widget.say("one")
    watch(widget)
    widget.page.evaluate("sessionStorage.clear()")
    widget.reload().open()
    widget.wait_for_bubble("You said: one")
    assert announced(widget) == []


def test_history_the_tab_remembers_is_not_read_out_after_a_reload(widget: Widget) -> None:
    widget.say("one")
    watch(widget)
    widget.reload().open()
    widget.page.wait_for_timeout(700)
    assert announced(widget) == []


def test_a_new_message_is_read_out_once_after_a_reload(widget: Widget) -> None:
    widget.say("one")
    watch(widget)
    widget.reload().open()
    widget.wait_until(lambda: len(widget.server.visitor.sockets) == 1)
    widget.server.say(Reply("This is new."))
    widget.wait_for_bubble("This is new.")
    widget.server.drop_sockets()
    widget.say("two")
    told = announced(widget)
    assert sum("This is new." in text for text in told) == 1
    assert sum("You said: two" in text for text in told) == 1
    assert not any("You said: one" in text for text in told)


def test_a_message_missed_while_disconnected_is_read_out(widget: Widget) -> None:
    watch(widget)
    widget.reload().open()
    widget.say("one")
    widget.server.refusing = True
    widget.server.drop_sockets()
    widget.server.say(Reply("You missed this."))
    widget.server.refusing = False
    widget.wait_for_bubble("You missed this.")
    assert sum("You missed this." in text for text in announced(widget)) == 1


def test_who_speaks_is_part_of_every_message(widget: Widget) -> None:
    widget.say("one")
    widget.server.say(Reply("Hello from me."), author="agent", name="Nadia")
    widget.wait_for_bubble("Hello from me.")
    texts = widget.find(".message").evaluate_all("nodes => nodes.map(n => n.querySelector('.sr, .name').textContent)")
    assert texts == ["You", "Assistant", "Nadia"]
