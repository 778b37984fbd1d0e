/** The launcher and the panel: header, status, banner, message list, typing, composer. Shows a chat, decides nothing. */

import { avatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { button, h, icon } from "./dom.js";
import { PEOPLE_OWN } from "./frames.js";
import { Menu } from "./menu.js";
import { MessageList } from "./messages.js";
import { Phone } from "./phone.js";
import { fill } from "./text.js";
import { entriesOf, greetingOf, promptOf } from "./transcript.js";

const LOST_AFTER = 2_000;

export class Panel {
  /** @param {{chat: import("./chat.js").Chat, settings: object, strings: object, now: () => number, onToggle: (open: boolean) => void}} parts */
  constructor({ chat, settings, strings, now, onToggle }) {
    Object.assign(this, { chat, settings, strings, now, onToggle });
    this.isOpen = false;
    this.news = false;
    this.lostSince = null;
    const choose = (message, choice) => this.choose(message, choice);
    this.list = new MessageList({ chat, strings, locale: settings.locale, base: settings.server, now, onChoose: choose });
    this.composer = new Composer({ chat, strings, onChoose: choose });
    this.#build();
    this.phone = new Phone(this.panel);
    this.root.addEventListener("keydown", (event) => this.#key(event));
    this.render();
  }

  /** Opens or closes the panel and moves the focus with it. */
  toggle(open) {
    if (open === this.isOpen) return;
    this.isOpen = open;
    this.panel.hidden = !open;
    this.root.classList.toggle("open", open);
    this.launcher.setAttribute("aria-expanded", open);
    this.phone.show(open);
    if (open) this.chat.start();
    this.render();
    if (open) this.list.toEnd();
    if (open) this.focusInside();
    else this.launcher.focus({ preventScroll: true });
    this.onToggle(open);
  }

  /** Puts refused text back into the box; where the box is in use the message stays in the list, marked. */
  giveBack(entry, reason) {
    if (entry.kind === "message" && this.composer.giveBack(entry.text, reason)) this.chat.discard(entry.id);
  }

  /** Shows the way to another channel; or, with a link's token from there, the way back. What it needs is loaded now. */
  moveTo(channel, token) {
    this.#load("continue")
      .then(({ showWay }) => showWay(this, channel, token))
      .catch(() => {
        this.chat.notice = this.strings.later;
        this.render();
      });
  }

  async #load(name) {
    try {
      return await import(`${this.settings.server}/widget/${name}.js${this.again ?? ""}`);
    } catch (error) {
      this.again = `?${this.now()}`; // browsers remember what they could not load
      throw error;
    }
  }

  render() {
    const { chat, strings } = this;
    const entries = entriesOf(chat);
    this.list.render(entries.length > 0 ? entries : [this.greeting], this.news);
    this.news = false;
    this.composer.ask(promptOf(entries), chat.conversation.status);
    this.#showStatus(entries);
    this.#showBanner();
    this.typing.hidden = !chat.typing;
    const unread = this.isOpen ? 0 : chat.unread;
    this.badge.textContent = unread > 99 ? "99+" : String(unread);
    this.badge.hidden = unread === 0;
    this.menu.items[1].hidden = !chat.elsewhere;
    this.launcher.setAttribute("aria-label", this.isOpen ? strings.close : unread ? fill(strings.launcherUnread, unread) : strings.launcher);
    if (this.isOpen && document.visibilityState === "visible" && chat.conversation.seq > 0) chat.sees();
  }

  #build() {
    const { settings, strings, chat } = this;
    const suggest = (text) => (chat.say(text), this.focusInside());
    this.greeting = greetingOf(settings, this.now());
    this.badge = h("span", { class: "unread", hidden: true });
    this.launcher = button({ class: "launcher", "aria-expanded": "false", "aria-controls": "panel", onclick: () => this.toggle(!this.isOpen) },
      h("span", { class: "when-closed" }, icon("chat")),
      h("span", { class: "when-open" }, icon("down")),
      this.badge,
    );
    this.menu = new Menu(strings.menu, [
      ["person", strings.person, () => suggest(strings.personText)],
      ["send", strings.moveOn, () => this.moveTo(chat.elsewhere)],
      ["end", strings.end, () => suggest(strings.endText)],
    ]);
    this.subtitle = h("p", { class: "subtitle", role: "status" }, settings.subtitle);
    this.banner = h("p", { class: "banner", role: "status", hidden: true });
    this.typing = h("div", { class: "typing", hidden: true, role: "img", "aria-label": strings.typing }, h("span", { class: "dots" }, h("i"), h("i"), h("i")));
    const close = button({ class: "tool close", "aria-label": strings.close, title: strings.close, onclick: () => this.toggle(false) }, icon("close"));
    const header = h("header", { class: "head" }, avatar(), h("div", { class: "titles" }, h("h2", {}, settings.title), this.subtitle), this.menu.node, close);
    this.panel = h(
      "section",
      { class: "panel", id: "panel", role: "dialog", "aria-label": settings.title, hidden: true, tabindex: -1 },
      header,
      this.banner,
      this.list.node,
      this.typing,
      this.composer.node,
    );
    this.root = h("div", { class: "root", "data-side": settings.position }, this.panel, this.launcher);
  }

  choose(message, choice) {
    if (choice.id === null) this.chat.say(choice.title);
    else this.chat.choose(choice);
    // The buttons of an answered question go away; the reader's place must not go with them.
    if (message.expects !== "rating") this.focusInside();
  }

  // Focusing the box on a touch screen would cover half of it with the keyboard before anything was read.
  focusInside() {
    if (!this.isOpen) return;
    if (matchMedia("(pointer: coarse)").matches) this.list.log.focus({ preventScroll: true });
    else this.composer.focus();
  }

  // What there is to show of people is loaded when the first of them is wanted; till then messages say it.
  #showStatus(entries) {
    const { status } = this.chat.conversation;
    const wanted = PEOPLE_OWN.includes(status) || entries.some((entry) => entry.message?.author.kind === "agent");
    if (wanted) this.asked ??= this.#load("people").then(({ showPeople }) => ((this.people = showPeople(this)), this.render()), () => (this.asked = null));
    this.setSubtitle(status === "ended" && this.strings.ended);
    this.people?.render();
  }

  setSubtitle(text) {
    setText(this.subtitle, text || this.settings.subtitle);
  }

  #showBanner() {
    const { chat, strings } = this;
    const { state } = chat.connection;
    const offline = !navigator.onLine;
    if (state === "ready" || state === "idle") this.lostSince = null;
    else this.lostSince ??= this.now();
    const lostFor = this.lostSince === null ? 0 : this.now() - this.lostSince;
    clearTimeout(this.lostTimer);
    // A blink of the network is not worth a banner.
    if (this.lostSince !== null && lostFor < LOST_AFTER) this.lostTimer = setTimeout(() => this.#showBanner(), LOST_AFTER - lostFor + 10);
    const lost = lostFor >= LOST_AFTER;
    const text = offline ? strings.offline : lost ? (chat.blocked ? strings.blocked : strings.reconnecting) : chat.notice;
    setText(this.banner, text ?? "");
    this.banner.hidden = !text;
    this.banner.classList.toggle("warn", offline || lost);
  }

  #key(event) {
    if (event.key === "Escape" && this.isOpen && !event.isComposing) {
      event.stopPropagation();
      if (!this.menu.close()) this.toggle(false);
    }
    if (event.key === "Tab" && this.phone.isFull) this.#keepInside(event);
  }

  // Full screen there is nothing to see behind the panel, so Tab goes round inside it.
  #keepInside(event) {
    const reachable = [...this.panel.querySelectorAll("a[href], button, input, textarea, [tabindex='0']")];
    const stops = reachable.filter((node) => !node.disabled && node.getClientRects().length > 0);
    const at = this.root.getRootNode().activeElement;
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (at !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0]).focus();
  }
}

// Writing the same text again would make a screen reader say it again.
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
