/** Loaded only when it is needed: how long somebody waits for a person, who has come, and who is typing. */

import { avatar } from "./avatar.js";
import { button, h, icon } from "./dom.js";
import { peopleCss } from "./people_styles.js";
import { PEOPLE } from "./people_words.js";
import { fill } from "./text.js";

const TOLD_EVERY = 20_000; // a screen reader hears of each new place, but not of one after the other

/**
 * From now on shows people in this panel.
 * @param {import("./panel.js").Panel} panel
 */
export function showPeople(panel) {
  const shadow = panel.root.getRootNode();
  const styles = new CSSStyleSheet();
  styles.replaceSync(peopleCss);
  shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, styles];
  return new People(panel);
}

class People {
  constructor(panel) {
    Object.assign(this, { panel, words: { ...PEOPLE, ...panel.strings.people }, told: "", toldAt: -Infinity });
    this.title = h("strong");
    this.hint = h("p");
    this.ways = h("div", { class: "slot" });
    this.wait = h("div", { class: "wait", hidden: true }, h("span", { class: "spot" }, icon("person")), this.title, this.hint, this.ways);
    this.voice = h("p", { class: "sr", role: "status" });
    this.writes = h("p", { class: "writes", hidden: true, "aria-hidden": "true" });
    panel.typing.before(this.wait, this.voice, this.writes);
  }

  /** Shows where the conversation stands now. */
  render() {
    const { panel, words } = this;
    const { status, detail, messages } = panel.chat.conversation;
    const waits = status === "queue";
    const name = detail.agent ?? messages.findLast((message) => message.author.kind === "agent")?.author.name;
    // The way back to the assistant is in the box while somebody waits, and gone once a person is there.
    panel.root.classList.toggle("in-queue", waits ? detail.choices.length > 0 : status === "agent");
    panel.setSubtitle({ queue: words.queue, agent: fill(words.agent, name ?? undefined) }[status]);
    this.#faceIs(status === "agent" ? (name ?? panel.strings.agent) : "");
    this.wait.hidden = !waits;
    if (waits) this.#showWait(detail);
    else this.told = "";
    this.#showTyping();
  }

  #showWait({ position, wait: howLong, choices }) {
    const { words } = this;
    const place = position > 1 ? fill(words.position, position) : position ? words.next : words.queue;
    const wait = howLong ? fill(words.wait, howLong) : words.soon;
    this.title.textContent = place;
    this.hint.textContent = `${wait} ${words.stay}`;
    if (this.offered !== choices[0]?.id) {
      this.offered = choices[0]?.id;
      this.ways.replaceChildren(...choices.map((choice) => button({ class: "chip", onclick: () => this.panel.choose({ seq: 0 }, choice) }, choice.title)));
    }
    this.#tell(position ? `${place}. ${wait}` : "", position);
  }

  // The place is worth hearing, each time it is another one; that the minutes go by is not.
  #tell(sentence, position) {
    clearTimeout(this.timer);
    if (!sentence || this.told === position) return;
    const pause = this.toldAt + TOLD_EVERY - this.panel.now();
    if (pause > 0) {
      this.timer = setTimeout(() => this.render(), pause);
      return;
    }
    this.told = position;
    this.toldAt = this.panel.now();
    this.voice.textContent = sentence;
  }

  #faceIs(name) {
    if (name === this.name) return;
    this.name = name;
    this.panel.root.querySelector(".head .avatar").replaceWith(avatar(name ? "agent" : "bot", name));
  }

  #showTyping() {
    const { typing } = this.panel.chat;
    const name = typeof typing === "string" ? typing : null;
    this.writes.hidden = !name;
    if (name) this.writes.textContent = fill(this.words.writes, name);
  }
}
