/** The message list: keeps one node per entry, so that what is on screen is changed and never read out again. */

import { avatar } from "./avatar.js";
import { cardNode } from "./cards.js";
import { button, h, icon } from "./dom.js";
import { ratingNode } from "./rating.js";
import { clock, dayName, linkify } from "./text.js";

const NEAR_END = 80;
const SILENCE = 500;
const FEW = 4; // choices that can stand beside each other and still be read; bare numbers always can

export class MessageList {
  /**
   * @param {{chat: import("./chat.js").Chat, strings: object, locale: string, base: string, now: () => number,
   *   onChoose: (message: object, choice: object) => void}} parts
   */
  constructor(parts) {
    Object.assign(this, parts);
    this.nodes = new Map();
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": this.strings.log, tabindex: 0 });
    this.jump = button({ class: "chip jump", hidden: true, onclick: () => this.toEnd() }, this.strings.newMessages);
    this.node = h("div", { class: "scroller" }, this.log, this.jump);
    this.stuck = true;
    this.height = 0;
    this.log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // A keyboard that opens, or a box that grows, makes the list shorter: the end stays in view.
    new ResizeObserver(() => this.#resized()).observe(this.log);
  }

  /** Brings the list up to date. Without `news`, additions are history and are not announced. */
  render(entries, news) {
    const before = this.nodes.size;
    this.#announce(news, entries);
    const keys = new Set(entries.map((entry) => entry.key));
    for (const [key, held] of this.nodes) {
      if (keys.has(key)) continue;
      held.node.remove();
      this.nodes.delete(key);
    }
    let cursor = this.log.firstChild;
    for (const entry of entries) {
      const held = this.nodes.get(entry.key) ?? this.#create(entry);
      held.update?.(entry);
      if (held.node === cursor) cursor = cursor.nextSibling;
      else this.log.insertBefore(held.node, cursor);
    }
    const grew = this.nodes.size > before;
    const own = entries.at(-1)?.message?.author.kind === "customer";
    if (this.stuck || (grew && own)) this.toEnd();
    else if (grew) this.jump.hidden = false;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    if (clientHeight !== this.height) return; // the browser moved it, not the reader
    this.stuck = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (this.stuck) this.jump.hidden = true;
  }

  #resized() {
    this.height = this.log.clientHeight;
    if (this.stuck) this.toEnd();
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.stuck = true;
    this.jump.hidden = true;
  }

  // Browsers tell the screen reader a little after the change, so the silence has to outlast it.
  #announce(news, entries) {
    if (!news && entries.every((entry) => this.nodes.has(entry.key))) return;
    clearTimeout(this.silence);
    this.log.setAttribute("aria-live", news ? "polite" : "off");
    if (!news) this.silence = setTimeout(() => this.log.setAttribute("aria-live", "polite"), SILENCE);
  }

  #create(entry) {
    const makers = {
      day: () => ({ node: h("p", { class: "day" }, dayName(entry.at, this.now(), this.locale, this.strings)) }),
      divider: () => ({ node: h("p", { class: "divider" }, h("span", {}, this.strings.earlier)) }),
      message: () => this.#message(entry),
    };
    const held = makers[entry.kind]();
    this.nodes.set(entry.key, held);
    return held;
  }

  #message({ message }) {
    const { author } = message;
    const system = author.kind === "system";
    const name = author.name ?? { customer: this.strings.you, bot: this.strings.assistant, agent: this.strings.agent }[author.kind];
    const meta = h("p", { class: "meta" });
    const choices = h("div", { class: "slot" });
    const rating = this.#rating(message);
    const body = h(
      "div",
      { class: "body" },
      !system && h("p", { class: author.kind === "agent" ? "name" : "sr" }, name),
      message.text !== "" && h("div", { class: "bubble", dir: "auto" }, ...this.#files(message), ...linkify(message.text)),
      ...message.cards.map((card) => cardNode(card, this.strings, this.base)),
      rating?.row,
      choices,
      meta,
    );
    const node = h("div", { class: `message ${author.kind}` }, ["bot", "agent"].includes(author.kind) && avatar(author.kind, name), body);
    const held = { node, meta, choices, rating, choosing: null };
    held.update = (entry) => this.#update(held, entry);
    return held;
  }

  // That something came with it, by name where it has one; it stays with those who answer.
  #files({ attachments = [] }) {
    return attachments.flatMap((name) => [icon("clip"), h("span", { class: "sr" }, this.strings.attachment), name && `${name}\n`]);
  }

  #rating(message) {
    if (message.expects !== "rating" || message.choices.length < 2) return null;
    return ratingNode(message, this.strings, (choice) => this.onChoose(message, choice));
  }

  #update(held, entry) {
    const { message } = entry;
    for (const name of ["first", "last"]) held.node.classList.toggle(name, Boolean(entry[name]));
    held.node.dataset.state = entry.state ?? "";
    if (held.rating) held.rating.show(entry.rating);
    const offer = entry.live && !held.rating && message.expects !== "comment" && message.choices.length > 0;
    if (offer !== held.choosing) {
      held.choosing = offer;
      held.choices.replaceChildren(...(offer ? [this.#choices(message)] : []));
    }
    const facts = JSON.stringify([entry.last, entry.state, entry.failed]);
    if (facts === held.facts) return;
    held.facts = facts;
    held.meta.replaceChildren(...this.#meta(entry));
  }

  #choices(message) {
    const chips = message.choices.map((choice) => chip(choice.title, () => this.onChoose(message, choice), choice.value));
    const long = message.choices.some((choice) => choice.title.length > 24);
    const shape = long ? " rows" : chips.length > FEW && message.choices[1].title[2] ? " rows pairs" : "";
    return h("div", { class: `choices${shape}`, role: "group", "aria-label": this.strings.choices }, ...chips);
  }

  #meta({ message, last, state, failed }) {
    const { strings } = this;
    const time = h("time", { datetime: new Date(message.at).toISOString() }, clock(message.at, this.locale));
    if (state === "failed") {
      return [
        h("span", { class: "why" }, failed || strings.state.failed),
        button({ onclick: () => this.chat.retry(message.id) }, strings.retry),
        button({ onclick: () => this.chat.discard(message.id) }, strings.discard),
      ];
    }
    if (state && state !== "sent") return [h("span", {}, strings.state[state])];
    if (!last && !message.edited) return [];
    const facts = [message.edited && strings.edited, state && (message.via ?? strings.state.sent)];
    return [time, ...facts.filter(Boolean).map((fact) => h("span", { class: "fact" }, ` · ${fact}`))];
  }
}

/** A quick-reply button; the one that goes on stands out. What its title says after the last dot, a price, can stand apart. */
export function chip(title, onPress, value = null) {
  const [words, price] = title.split(/ · (?!.* · )/);
  const parts = price ? [h("span", {}, words), h("i", {}, " · "), h("span", {}, price)] : [title];
  return button({ class: ["yes", "done"].includes(value) ? "chip strong" : "chip", onclick: onPress }, ...parts);
}
