/** Loaded only when it is needed: the way of a conversation to another channel, and the way back here from there. */

import { wayCss } from "./continue_styles.js";
import { WAY } from "./continue_words.js";
import { button, drawing, h } from "./dom.js";
import { clock, link, safeUrl } from "./text.js";

const LEAST_LIFE = 60_000; // of a link, where this clock and the server's do not agree

let styles = null;

/**
 * Shows a way in place of the conversation: to `channel`, or, with the token of a link from there, back to this page.
 * @param {import("./panel.js").Panel} panel
 */
export function showWay(panel, channel, token) {
  const shadow = panel.root.getRootNode();
  if (!styles) (styles = new CSSStyleSheet()).replaceSync(wayCss);
  if (!shadow.adoptedStyleSheets.includes(styles)) shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, styles];
  panel.way?.close();
  panel.way = token ? new WayBack(panel, token) : new WayOut(panel, channel);
}

/** What both have in common: a sheet whose heading has the focus, left by a button, with Escape, or with the panel. */
class Way {
  constructor(panel, words, title) {
    Object.assign(this, { panel, words, left: new AbortController() });
    this.heading = h("h3", { id: "way", tabindex: -1 }, title);
    this.node = h("section", { class: "way", "aria-labelledby": "way" }, this.heading);
    if (!panel.voice) panel.list.node.before((panel.voice = h("p", { class: "sr", role: "status" })));
    panel.list.node.after(this.node);
    panel.list.node.hidden = true;
    this.listen(panel.panel, "keydown", (event) => this.#key(event));
    this.listen(panel.root.getRootNode().host, "bellhop:closed", () => this.close());
    this.heading.focus();
  }

  listen(target, type, heard) {
    target.addEventListener(type, heard, { signal: this.left.signal });
  }

  /** Shows these nodes below the heading, and tells what they say. */
  show(told, ...nodes) {
    const { heading } = this;
    const focused = heading.getRootNode().activeElement;
    while (heading.nextSibling) heading.nextSibling.remove();
    this.node.append(...nodes);
    if (!focused?.isConnected) heading.focus(); // what was pressed is gone
    this.panel.voice.textContent = told;
  }

  close() {
    if (this.left.signal.aborted) return;
    this.left.abort();
    clearTimeout(this.timer);
    this.node.remove();
    this.panel.list.node.hidden = false;
    this.panel.list.toEnd();
    this.panel.voice.textContent = "";
  }

  /** Closes the sheet and goes where reading and writing go on. */
  leave() {
    this.close();
    this.panel.focusInside();
  }

  /** A button that goes back to the chat. */
  get back() {
    return button({ class: "chip last", onclick: () => this.leave() }, this.words.back);
  }

  #key(event) {
    if (event.key !== "Escape" || event.isComposing || !this.panel.menu.list.hidden) return;
    event.stopPropagation();
    this.leave();
  }
}

/** A link to the conversation on another channel, to tap here or to scan; gone once something is said there. */
class WayOut extends Way {
  constructor(panel, channel) {
    super(panel, wordsFor(panel), panel.strings.moveOn);
    this.channel = channel;
    this.listen(panel.chat, "arrived", ({ detail }) => this.#arrived(detail));
    this.#ask();
  }

  async #ask() {
    const { panel, words, channel } = this;
    this.show(words.wait, h("p", {}, words.wait), this.back);
    try {
      const given = await post(panel, "/api/web/continue", { to: channel });
      // Who has said nothing yet becomes a customer only by asking: what they say there comes to a connection made since.
      if (!panel.chat.conversation.id) panel.chat.connection.reconnect();
      if (!this.left.signal.aborted) this.#offer(given);
    } catch {
      if (!this.left.signal.aborted) this.#askAgain(words.failed, panel.strings.retry);
    }
  }

  #offer({ url, expires_at, qr }) {
    const { panel, words } = this;
    const expires = Date.parse(expires_at);
    const until = words.until.replace("{0}", clock(expires, panel.settings.locale));
    const open = link(safeUrl(url), words.open);
    open.className = "chip strong";
    const code = h("div", { role: "img", "aria-label": words.code }, drawing("", [{ d: qr.path }], qr.size));
    const scan = h("div", { class: "scan" }, h("p", {}, words.scan), code);
    this.show(`${words.hint} ${until}`, h("p", {}, words.hint), open, scan, h("p", { class: "fine" }, until), this.back);
    this.timer = setTimeout(() => this.#askAgain(words.over, words.again), Math.max(LEAST_LIFE, expires - panel.now()));
  }

  #askAgain(reason, label) {
    this.show(reason, h("p", {}, reason), button({ class: "chip strong", onclick: () => this.#ask() }, label), this.back);
  }

  #arrived({ message, news }) {
    if (news && (message.via === this.channel || message.author.kind === "customer")) this.leave();
  }
}

/** Asks before a conversation from elsewhere goes on here: whoever sent the link could read along from then on. */
class WayBack extends Way {
  constructor(panel, token) {
    const words = wordsFor(panel);
    super(panel, words, words.here);
    this.token = token;
    const accept = button({ class: "chip strong", onclick: () => this.#follow() }, words.accept);
    const refuse = button({ class: "chip", onclick: () => this.leave() }, words.refuse);
    this.show(words.ask, h("p", {}, words.ask), accept, refuse);
  }

  async #follow() {
    const { panel, words } = this;
    this.show(words.wait, h("p", {}, words.wait), this.back);
    try {
      const { linked, message } = await post(panel, "/api/web/sessions", { link: this.token });
      if (linked) return this.#arrive();
      this.show(message, h("p", {}, message), this.back);
    } catch {
      const again = button({ class: "chip strong", onclick: () => this.#follow() }, panel.strings.retry);
      this.show(words.failed, h("p", {}, words.failed), again, this.back);
    }
  }

  #arrive() {
    const { chat, voice } = this.panel;
    chat.greeted = false; // what comes now is history: shown, not read out
    chat.connection.reconnect();
    this.leave();
    voice.textContent = this.words.done;
  }
}

function wordsFor(panel) {
  return { ...WAY, ...panel.strings.continue };
}

/** Asks the server for something as this visitor. */
async function post({ chat, settings }, path, body, again = true) {
  const token = await chat.session.token();
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
  const request = { method: "POST", headers, body: JSON.stringify(body), credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };
  const response = await fetch(new URL(path, settings.server), request);
  if (response.status === 401 && again) {
    chat.session.refuse(token);
    return post({ chat, settings }, path, body, false);
  }
  if (!response.ok) throw new Error(`no way (${response.status})`);
  return response.json();
}
