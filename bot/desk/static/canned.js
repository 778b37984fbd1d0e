// Canned replies: "/" in a field brings them, typing on finds them, Enter puts one in its place; what is missing in it is selected.

import { announce } from "./desk.js";
import { ask } from "./ask.js";

const BEGUN = /(^|\s)\/([^\s/]*)$/;
const ASK_MS = 90;

export class Canned {
  constructor(field, list, path, changed) {
    this.field = field;
    this.list = list;
    this.path = path;
    this.changed = changed;
    this.found = [];
    this.chosen = 0;
    field.addEventListener("input", () => this.look());
    field.addEventListener("keydown", (event) => this.pressed(event));
    field.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const line = event.target.closest("[role=option]");
      if (line) this.take(Number(line.dataset.number));
    });
  }

  get open() {
    return !this.list.hidden;
  }

  /** As if "/" had been typed. */
  begin() {
    const { field } = this;
    field.focus();
    const before = field.value.slice(0, field.selectionStart);
    field.setRangeText(before === "" || /\s$/.test(before) ? "/" : " /", field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  look() {
    const begun = BEGUN.exec(this.field.value.slice(0, this.field.selectionStart));
    clearTimeout(this.timer);
    if (!begun) return this.close();
    this.timer = setTimeout(() => this.search(begun[2]), ASK_MS);
    return undefined;
  }

  async search(typed) {
    const answer = await ask(`${this.path}?q=${encodeURIComponent(typed)}`);
    if (!answer.ok || !BEGUN.test(this.field.value.slice(0, this.field.selectionStart))) return;
    this.found = JSON.parse(answer.text).replies;
    this.show(typed);
  }

  show(typed) {
    this.chosen = 0;
    if (!this.found.length && typed) return this.close(); // "either/or", "1/2": not every stroke wants a reply
    const lines = this.found.map((reply, number) => {
      const line = document.createElement("li");
      line.id = `canned-${number}`;
      line.setAttribute("role", "option");
      line.dataset.number = String(number);
      for (const [name, text] of [["shortcut", `/${reply.shortcut}`], ["title", reply.title], ["preview", reply.text]]) {
        const span = document.createElement("span");
        span.className = name;
        span.dir = "auto";
        span.textContent = text;
        line.append(span);
      }
      return line;
    });
    if (!lines.length) {
      // Said once, where somebody asked for them by the button.
      const none = document.createElement("li");
      none.className = "none";
      none.textContent = "There are no canned replies yet.";
      lines.push(none);
    }
    this.list.replaceChildren(...lines);
    this.list.hidden = false;
    announce(lines.length === 1 ? "1 canned reply" : `${lines.length} canned replies`);
    this.mark();
    return undefined;
  }

  mark() {
    for (const line of this.list.querySelectorAll("[role=option]")) {
      const chosen = Number(line.dataset.number) === this.chosen;
      line.setAttribute("aria-selected", String(chosen));
      if (chosen) {
        this.field.setAttribute("aria-activedescendant", line.id);
        line.scrollIntoView({ block: "nearest" });
      }
    }
  }

  pressed(event) {
    if (!this.open || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.found.length) {
      this.chosen = (this.chosen + step + this.found.length) % this.found.length;
      this.mark();
    } else if ((event.key === "Enter" || event.key === "Tab") && this.found.length) this.take(this.chosen);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  take(number) {
    const reply = this.found[number];
    const { field } = this;
    const end = field.selectionStart;
    const begun = BEGUN.exec(field.value.slice(0, end));
    this.close();
    if (!reply || !begun) return;
    const start = end - begun[2].length - 1;
    field.setRangeText(reply.text, start, end, "end");
    const missing = reply.missing[0];
    if (missing) {
      const at = field.value.indexOf(missing, start);
      field.setSelectionRange(at, at + missing.length);
    }
    field.focus();
    this.changed();
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
  }
}
