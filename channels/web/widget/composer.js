/** The box the customer writes in: the keyboard that fits what is asked, and a roomier box for a comment. */

import { h, icon } from "./dom.js";
import { chip } from "./messages.js";

const LINE = { autocomplete: "off", autocapitalize: "off", autocorrect: "off", spellcheck: "false" };
const PROSE = { tag: "textarea", autocapitalize: "sentences", autocomplete: "off" };

/** For each kind of question the element and the attributes that bring up the right keyboard. */
const FIELDS = {
  order_number: { tag: "input", ...LINE, autocapitalize: "characters" },
  email: { tag: "input", ...LINE, autocomplete: "email", inputmode: "email" },
  postcode: { tag: "input", ...LINE, autocomplete: "postal-code", autocapitalize: "characters" },
  one_time_code: { tag: "input", ...LINE, autocomplete: "one-time-code", inputmode: "numeric" },
  address: { ...PROSE, autocomplete: "street-address", autocapitalize: "words" },
  text: PROSE,
};

export class Composer {
  /** @param {{chat: import("./chat.js").Chat, strings: object, onChoose: (message, choice) => void}} parts */
  constructor({ chat, strings, onChoose }) {
    Object.assign(this, { chat, strings, onChoose });
    this.kind = null;
    this.wanted = { kind: "text", placeholder: strings.placeholder.text };
    this.label = h("span", {}, strings.comment);
    this.skip = h("span", { class: "skip" });
    this.comment = h("div", { class: "comment-head", hidden: true }, this.label, this.skip);
    this.problem = h("p", { class: "problem", id: "problem", role: "alert" });
    this.button = h("button", { type: "submit", class: "send", "aria-label": strings.send }, icon("send"));
    this.box = h("div", { class: "box" }, this.button);
    this.node = h("form", { class: "composer", novalidate: true, onsubmit: (event) => this.#submit(event) }, this.comment, this.problem, this.box);
    this.#become("text");
  }

  get text() {
    return this.field.value;
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  /** Puts refused text back, with the reason; false where the customer is already writing something else. */
  giveBack(text, reason) {
    if (this.text.trim() !== "") return false;
    this.field.value = text;
    this.#grow();
    this.#complain(reason);
    return true;
  }

  /** Adapts to what is asked for now. What is being written is never disturbed: a new field waits until it is empty. */
  ask({ expects, choices, message }, status) {
    const kind = Object.hasOwn(this.strings.placeholder, expects) ? expects : "text";
    const placeholder = this.strings.placeholder[status === "ended" && kind === "text" ? "ended" : kind];
    this.wanted = { kind, placeholder };
    const isComment = expects === "comment";
    const offer = isComment ? message : null;
    if (offer !== this.offer) {
      this.offer = offer;
      const chips = isComment ? choices.map((choice) => chip(choice.title, () => this.onChoose(message, choice))) : [];
      this.skip.replaceChildren(...chips);
      this.comment.hidden = !isComment;
    }
    if (this.text === "") this.#settle();
  }

  #settle() {
    const { kind, placeholder } = this.wanted;
    if (kind !== this.kind) this.#become(kind);
    if (this.field.placeholder !== placeholder) this.field.placeholder = placeholder;
  }

  #become(kind) {
    const { tag, ...attributes } = FIELDS[kind] ?? FIELDS.text;
    this.kind = kind;
    const old = this.field;
    const focused = old && old.getRootNode().activeElement === old;
    this.field = h(tag, {
      class: "field",
      rows: tag === "textarea" ? 1 : null,
      type: tag === "input" ? "text" : null,
      enterkeyhint: "send",
      "aria-label": this.strings.field,
      "aria-describedby": "problem",
      dir: "auto",
      ...attributes,
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#key(event),
    });
    if (old) old.replaceWith(this.field);
    else this.box.prepend(this.field);
    this.node.classList.toggle("for-comment", kind === "comment");
    if (focused) this.focus();
  }

  #key(event) {
    // While an input method is composing, Enter picks a word; 229 is how Safari says so.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.node.requestSubmit();
  }

  #submit(event) {
    event.preventDefault();
    const text = this.text.trim();
    this.focus();
    if (text === "") return this.#complain(this.strings.empty);
    this.field.value = "";
    this.#complain("");
    this.#grow();
    this.#settle();
    this.chat.say(text);
  }

  #typed() {
    this.#complain("");
    this.#grow();
    if (this.text === "") this.#settle();
    else this.chat.writes();
  }

  #complain(reason) {
    this.problem.textContent = reason;
    this.field.toggleAttribute("aria-invalid", reason !== "");
  }

  #grow() {
    if (this.field.tagName !== "TEXTAREA") return;
    this.field.style.height = "auto";
    const edge = this.field.offsetHeight - this.field.clientHeight;
    this.field.style.height = this.text === "" ? "" : `${Math.min(this.field.scrollHeight + edge, 140)}px`;
  }
}
