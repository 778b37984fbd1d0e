// <desk-composer>: tabs for a reply and a note; fields that grow, count, keep what is typed, and send.

import { toast } from "./desk.js";
import { ask } from "./ask.js";
import { Canned } from "./canned.js";
import { Outbox } from "./outbox.js";
import { Uploads } from "./uploads.js";

const KEEP_MS = 500;
const NEAR = 0.85; // of the longest message, from where on characters are counted

const stored = (name) => {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
};

/** One field with its form: a reply or a note. */
class Write {
  constructor(composer, form) {
    this.composer = composer;
    this.form = form;
    this.kind = form.dataset.write;
    this.field = form.querySelector("textarea");
    this.said = form.querySelector("[data-said]");
    this.kept = form.querySelector("[data-kept]");
    this.count = form.querySelector("[data-count]");
    this.longest = Number(form.dataset.longest);
    this.name = `desk-draft-${composer.number}-${this.kind}`;
    this.uploads = form.querySelector("[data-attach]") ? new Uploads(form, Number(composer.dataset.mostMb), (words) => this.say(words)) : null;
    this.canned = form.dataset.canned ? new Canned(this.field, form.querySelector("[data-canned-list]"), form.dataset.canned, () => this.typed()) : null;
    this.restore();
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => this.pressed(event));
    form.addEventListener("submit", (event) => this.submit(event));
    form.querySelector("[data-slash]")?.addEventListener("click", () => this.canned.begin());
    this.shape();
  }

  // What was typed last and never reached the server wins over what the server keeps.
  restore() {
    const before = stored(this.name);
    if (before && !before.saved && before.text !== this.field.value) {
      this.field.value = before.text;
      this.keepSoon();
    } else if (this.field.value) this.kept.textContent = "Draft";
  }

  typed() {
    this.say("");
    this.shape();
    sessionStorage.setItem(this.name, JSON.stringify({ text: this.field.value, saved: false }));
    this.keepSoon();
    if (this.field.value.trim()) this.composer.dispatchEvent(new CustomEvent("talk:types", { bubbles: true, detail: this.kind }));
  }

  shape() {
    const { field } = this;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
    const left = this.longest - field.value.length;
    this.count.hidden = field.value.length < this.longest * NEAR;
    this.count.classList.toggle("over", left < 0);
    this.count.textContent = left < 0 ? `${-left} too many` : `${left} left`;
  }

  keepSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), KEEP_MS);
  }

  async keep() {
    clearTimeout(this.timer);
    this.timer = 0;
    const text = this.field.value;
    const path = this.form.action.replace(/\/[a-z]+$/, "/draft");
    this.keeping = ask(path, { fields: { kind: this.kind, text }, keepalive: text.length < 15000 });
    const answer = await this.keeping;
    if (answer.ok && this.field.value === text) sessionStorage.setItem(this.name, JSON.stringify({ text, saved: true }));
    this.kept.textContent = answer.ok ? (text.trim() ? "Draft kept" : "") : "Kept in this browser only";
  }

  pressed(event) {
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented || this.canned?.open) return;
    const sends = this.composer.dataset.enter === "sends" && this.kind === "reply" ? !event.shiftKey : false;
    if (!sends && !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  submit(event) {
    event.preventDefault();
    const text = this.field.value;
    const files = this.uploads?.files ?? [];
    if (!text.trim() && !files.length) {
      this.field.focus();
      return;
    }
    if (text.trim().length > this.longest) {
      this.say(`This is ${text.trim().length - this.longest} characters too long. Shorten it, or send it in parts.`);
      return;
    }
    clearTimeout(this.timer);
    const same = this.tried && this.tried.text === text && this.tried.files.join() === files.map((file) => file.name).join();
    const one = { kind: this.kind, text, files: [...files], action: this.form.getAttribute("action"), key: same ? this.tried.key : undefined };
    this.tried = null;
    this.clear();
    // A draft that is being kept just now must not come after what was sent.
    Promise.resolve(this.keeping).then(() => this.composer.outbox.add(one));
    this.field.focus();
  }

  clear() {
    this.field.value = "";
    this.uploads?.clear();
    this.kept.textContent = "";
    sessionStorage.removeItem(this.name);
    this.say("");
    this.shape();
  }

  // It was not sent: what was written stands in the field again, with why.
  back(one, sentence) {
    this.field.value = [one.text, this.field.value].filter((part) => part.trim()).join("\n");
    this.uploads?.add(one.files);
    this.tried = { key: one.key, text: this.field.value, files: one.files.map((file) => file.name) };
    this.shape();
    this.say(sentence);
    sessionStorage.setItem(this.name, JSON.stringify({ text: this.field.value, saved: false }));
    this.keep();
  }

  say(words) {
    this.said.textContent = words;
    this.said.hidden = !words;
  }
}

class DeskComposer extends HTMLElement {
  connectedCallback() {
    if (this.writes) return;
    const talk = this.closest("desk-conversation");
    this.number = talk.dataset.id;
    const place = talk.querySelector("[data-outbox]");
    // One outbox a conversation, whoever has it: what is on its way goes on while the foot changes.
    this.outbox = talk.outbox ??= new Outbox(this.number, place, {
      after: () => talk.last ?? 0,
      onAnswer: (page) => talk.dispatchEvent(new CustomEvent("talk:answer", { detail: page })),
      onRefused: (one, sentence, status) => talk.querySelector("desk-composer")?.refused(one, sentence, status),
    });
    this.writes = Object.fromEntries([...this.querySelectorAll("[data-write]")].map((form) => [form.dataset.write, new Write(this, form)]));
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("keydown", (event) => this.arrows(event));
    this.addEventListener("outbox:shown", (event) => this.shown(event.detail));
    if (!talk.resumed) this.resume();
    talk.resumed = true;
  }

  // A reload came between: with the same keys, so that nothing is said twice.
  resume() {
    for (const one of this.outbox.interrupted()) {
      const write = this.writes[one.kind];
      if (one.hadFiles || !write) {
        write?.back({ ...one, files: [] }, "This was being sent when the page was loaded anew. Add its files again.");
        continue;
      }
      if (write.field.value.trim() === one.text.trim()) write.clear();
      this.outbox.add({ ...one, files: [] });
    }
  }

  shown(entry) {
    if (entry.matches(".said.own")) this.outbox.shown(entry.querySelector(".bubble")?.textContent ?? "");
  }

  refused(one, sentence, status) {
    const write = this.writes[one.kind];
    if (write) write.back(one, sentence);
    else this.keepText(one.text);
    if (sentence && !write) toast(sentence, "bad");
    if (status === 409 || status === 404) this.dispatchEvent(new CustomEvent("talk:stale", { bubbles: true }));
  }

  /** What stands in the fields; kept on the server as well. */
  typed() {
    const found = {};
    for (const [kind, write] of Object.entries(this.writes ?? {})) {
      if (write.timer) write.keep();
      found[kind] = { text: write.field.value, files: write.uploads?.files ?? [] };
    }
    found.tab = this.querySelector("[role=tab][aria-selected=true]")?.dataset.tab;
    return found;
  }

  goOnWith(typed) {
    for (const kind of ["reply", "note"]) {
      const text = typed[kind]?.text ?? "";
      const write = this.writes[kind];
      if (write && text.trim() && !write.field.value.trim()) {
        write.field.value = text;
        write.uploads?.add(typed[kind].files);
        write.shape();
      } else if (!write && kind === "reply" && text.trim()) this.keepText(text);
    }
    if (typed.tab === "note") this.choose("note", false);
  }

  keepText(text) {
    const box = this.querySelector("[data-kept-text]");
    if (!box) return;
    box.hidden = false;
    box.querySelector("[data-kept-words]").textContent = text;
    const path = `/desk/c/${this.number}/draft`;
    ask(path, { fields: { kind: "reply", text } });
  }

  clicked(event) {
    const tab = event.target.closest("[data-tab]");
    if (tab) this.choose(tab.dataset.tab);
    if (event.target.closest("[data-use-left]")) {
      const left = event.target.closest(".left-behind");
      const { reply } = this.writes;
      reply.field.value = [reply.field.value, left.querySelector("[data-left]").textContent].filter((part) => part.trim()).join("\n");
      left.remove();
      reply.typed();
      reply.field.focus();
    }
    if (event.target.closest("[data-enter-toggle]")) this.toggleEnter(event.target.closest("[data-enter-toggle]"));
  }

  async toggleEnter(button) {
    const sends = this.dataset.enter !== "sends";
    this.dataset.enter = sends ? "sends" : "breaks";
    button.textContent = sends ? button.dataset.sends : button.dataset.breaks;
    const answer = await ask("/desk/composer/enter", { fields: { sends: sends ? "1" : "" } });
    if (!answer.ok) toast(answer.sentence, "bad");
  }

  arrows(event) {
    if (!event.target.matches?.("[role=tab]") || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const other = [...this.querySelectorAll("[role=tab]")].find((tab) => tab !== event.target);
    if (!other) return;
    this.choose(other.dataset.tab, false);
    other.focus();
  }

  choose(name, focus = true) {
    for (const tab of this.querySelectorAll("[role=tab]")) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    for (const pane of this.querySelectorAll("[data-pane]")) pane.hidden = pane.dataset.pane !== name;
    this.classList.toggle("notes", name === "note");
    this.writes[name]?.shape();
    if (focus) (this.writes[name]?.field ?? this.querySelector(`[data-pane="${name}"] button`))?.focus();
  }
}

customElements.define("desk-composer", DeskComposer);
