// What was sent and is not there yet: tried again with the same key, so that a lost connection neither loses nor doubles it.

import { ask, mayHelp } from "./ask.js";

const PAUSES_MS = [700, 1500, 3000, 6000, 12000, 20000];

/** The messages of one conversation on their way, in order. `onAnswer(page)`, `onRefused(one, sentence, status)` say what came of them. */
export class Outbox {
  constructor(conversation, place, { onAnswer, onRefused, after }) {
    this.name = `desk-outbox-${conversation}`;
    this.place = place;
    this.onAnswer = onAnswer;
    this.onRefused = onRefused;
    this.after = after;
    this.waiting = [];
    addEventListener("online", () => this.hurry?.());
  }

  /** What a reload has interrupted, without its files. */
  interrupted() {
    try {
      return JSON.parse(sessionStorage.getItem(this.name) ?? "[]");
    } catch {
      return [];
    }
  }

  add(one) {
    one.key ??= crypto.randomUUID().replaceAll("-", "");
    one.line = this.draw(one);
    this.waiting.push(one);
    this.keep();
    this.run();
  }

  /** Its real message is shown: by our own answer, or sooner by the stream. */
  shown(text) {
    const found = this.waiting.find((one) => one.kind === "reply" && one.tried && !one.files.length && one.text.trim() === text.trim());
    found?.line.remove();
  }

  async run() {
    if (this.running) return;
    this.running = true;
    while (this.waiting.length && !this.waiting[0].stuck) {
      const one = this.waiting[0];
      const answer = await this.send(one);
      if (mayHelp(answer.status) && !answer.ok) {
        this.stick(one, answer.sentence);
        break;
      }
      one.line.remove();
      this.waiting.shift();
      this.keep();
      if (answer.ok) this.onAnswer(answer.page);
      else this.onRefused(one, answer.sentence, answer.status);
    }
    this.running = false;
  }

  async send(one) {
    let answer;
    for (let attempt = 0; attempt <= PAUSES_MS.length; attempt++) {
      one.tried = true;
      answer = await ask(one.action, { fields: this.form(one) });
      if (answer.ok || !mayHelp(answer.status)) return answer;
      if (attempt === PAUSES_MS.length) break;
      this.note(one, "Not sent yet. Trying again …");
      await new Promise((resolve) => {
        this.hurry = resolve;
        setTimeout(resolve, PAUSES_MS[attempt] * (0.75 + Math.random() / 2));
      });
    }
    return answer;
  }

  form(one) {
    const form = new FormData();
    form.append("key", one.key);
    form.append("text", one.text);
    form.append("after", String(this.after()));
    for (const file of one.files) form.append("files", file, file.name);
    return form;
  }

  keep() {
    const kept = this.waiting.map(({ key, text, kind, action, files }) => ({ key, text, kind, action, hadFiles: files.length > 0 }));
    if (kept.length) sessionStorage.setItem(this.name, JSON.stringify(kept));
    else sessionStorage.removeItem(this.name);
  }

  draw(one) {
    const line = document.createElement("li");
    line.className = one.kind === "note" ? "noted sending" : "said agent own sending";
    const words = document.createElement("div");
    words.className = one.kind === "note" ? "note-paper" : "words";
    const bubble = document.createElement("div");
    bubble.className = one.kind === "note" ? "note-words" : "bubble";
    bubble.dir = "auto";
    bubble.textContent = [one.text, ...one.files.map((file) => `📎 ${file.name}`)].filter(Boolean).join("\n");
    const state = document.createElement("div");
    state.className = "meta";
    state.textContent = "Sending …";
    words.append(bubble, state);
    line.append(...(one.kind === "note" ? [words] : [Object.assign(document.createElement("span"), { className: "face" }), words]));
    this.place.append(line);
    return line;
  }

  note(one, words) {
    one.line.querySelector(".meta, .stuck-do").textContent = words;
  }

  stick(one, sentence) {
    one.stuck = true;
    one.line.classList.add("stuck");
    const row = document.createElement("div");
    row.className = "stuck-do";
    row.setAttribute("role", "alert");
    const again = this.button("Try again", () => {
      one.stuck = false;
      one.line.classList.remove("stuck");
      row.className = "meta";
      row.textContent = "Sending …";
      this.run();
    });
    const back = this.button("Back into the field", () => {
      one.line.remove();
      this.waiting = this.waiting.filter((other) => other !== one);
      this.keep();
      this.onRefused(one, "", 0);
      this.run();
    });
    row.append(`Not sent. ${sentence} `, again, back);
    one.line.querySelector(".meta").replaceWith(row);
  }

  button(words, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button little";
    button.textContent = words;
    button.addEventListener("click", act);
    return button;
  }
}
