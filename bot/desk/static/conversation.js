// <desk-conversation>: the thread stays up to date, stays where one reads, and goes further back; marks who looks and types.

import { announce, reread, toast } from "./desk.js";
import { morph } from "./morph.js";
import { ask, mayHelp, tellLeaving } from "./ask.js";
import "./composer.js";

const NEAR_END_PX = 90;
const HERE_MS = 15000;
const TYPES_MS = 3000;
const FORGET_MARKS_MS = 7000;
const FETCHING_MS = 4000;
const RETRY_MS = 2000;
const OWN_MS = 4000; // after which a change is no longer what one did oneself
const LONGEST_ANNOUNCED = 300;

class DeskConversation extends HTMLElement {
  connectedCallback() {
    this.number = this.dataset.id;
    this.path = `/desk/c/${this.number}`;
    this.last = Number(this.dataset.last);
    this.first = Number(this.dataset.first);
    this.read = this.last;
    this.news = 0;
    this.typed = 0;
    this.scroller = this.querySelector("[data-scroll]");
    this.entries = this.querySelector("[data-entries]");
    this.pill = this.querySelector("[data-new]");
    this.ending = new AbortController();
    this.listen(this.ending.signal);
    // The field below grows and shrinks; who reads the end stays there too.
    this.watching = new ResizeObserver(() => this.atEnd && this.toEnd());
    this.watching.observe(this.scroller);
    this.timers = [setInterval(() => this.here(), HERE_MS)];
    this.toBeginning();
    this.watchFetching();
    if (document.readyState === "complete") reread("inbox"); // opened from the list, which still has it as unread
  }

  disconnectedCallback() {
    this.ending.abort();
    this.watching.disconnect();
    this.timers.forEach(clearInterval);
    clearTimeout(this.forgetting);
    tellLeaving(`${this.path}/here`, { gone: "1" });
  }

  listen(signal) {
    this.addEventListener(`sse:conversation-${this.number}`, () => this.refresh(), { signal });
    this.addEventListener(`sse:marks-${this.number}`, () => this.readMarks(), { signal });
    this.addEventListener("click", (event) => this.clicked(event), { signal });
    this.addEventListener("talk:types", (event) => this.types(event.detail), { signal });
    this.addEventListener("talk:answer", (event) => this.apply(event.detail, true), { signal });
    this.addEventListener("talk:stale", () => this.refresh(), { signal });
    document.addEventListener("talk:changed", () => this.changed(), { signal });
    document.addEventListener("talk:ended", (event) => event.detail.value === this.number && this.askHow(), { signal });
    for (const dialog of this.guarded) dialog.addEventListener("close", () => this.noteShown(), { signal });
    document.addEventListener("visibilitychange", () => this.seen(), { signal });
    this.scroller.addEventListener("scroll", () => this.scrolled(), { signal, passive: true });
    addEventListener("focus", () => this.seen(), { signal });
    addEventListener("pagehide", () => tellLeaving(`${this.path}/here`, { gone: "1" }), { signal });
    // Pictures grow after they are there; who reads the end stays at the end.
    this.scroller.addEventListener("load", () => this.atEnd && this.toEnd(), { signal, capture: true });
    this.querySelector("#tags [data-suggests]")?.addEventListener("input", (event) => this.suggestTags(event.target), { signal });
  }

  // -- where one reads -------------------------------------------------------------------------------------

  get nearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  toBeginning() {
    const unread = this.querySelector("#unread");
    if (unread) unread.scrollIntoView({ block: "center" });
    else this.toEnd();
    this.atEnd = this.nearEnd;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.atEnd = true;
  }

  scrolled() {
    this.atEnd = this.nearEnd;
    if (this.atEnd) this.seen();
    if (this.scroller.scrollTop < 40) this.querySelector("[data-earlier]:not(:disabled)")?.click();
  }

  // What stands at the end of a page that somebody looks at has been read.
  seen() {
    if (document.hidden || !this.atEnd) return;
    this.news = 0;
    this.pill.hidden = true;
    if (this.read >= this.last) return;
    this.read = this.last;
    ask(`${this.path}/read`, { fields: { seq: String(this.last) } }).then((answer) => answer.ok && reread("inbox"));
  }

  tellNews() {
    this.pill.hidden = this.news === 0;
    this.querySelector("[data-new-words]").textContent = this.news === 1 ? "1 new message" : `${this.news} new messages`;
  }

  // -- what is new ------------------------------------------------------------------------------------------

  // By whoever looks at this very page: they need not be told who has it now.
  changed() {
    this.did = Date.now();
    this.refresh();
  }

  async refresh() {
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    const answer = await ask(`${this.path}/thread?after=${this.last}`, { auto: true });
    this.asking = false;
    if (!this.isConnected) return;
    clearTimeout(this.retrying);
    if (answer.ok) this.apply(answer.page);
    else if (answer.status === 404) toast(answer.sentence, "bad");
    // What changed is told once: where it could not be read, nobody says it again.
    else if (mayHelp(answer.status)) this.retrying = setTimeout(() => this.isConnected && this.refresh(), RETRY_MS);
    if (this.again) {
      this.again = false;
      this.refresh();
    }
  }

  apply(page, own = false) {
    const update = page.querySelector("[data-update]");
    if (!update) return;
    const part = (name) => update.querySelector(`template[data-of="${name}"]`)?.content;
    const stay = this.atEnd || own;
    const fresh = this.merge(part("entries"));
    this.morphInto(this.querySelector("[data-part=head]"), part("head"));
    this.morphInto(this.querySelector("[data-part=marks]"), part("marks"));
    this.changeHands(update.dataset, part("foot"));
    for (const entry of fresh) this.heard(entry);
    if (stay && (fresh.length || own)) this.toEnd();
    else this.news += fresh.filter((entry) => entry.matches(".said:not(.own)")).length;
    this.tellNews();
    this.noteShown();
    this.seen();
    this.watchFetching();
  }

  // The questions whose answer lets the conversation go.
  get guarded() {
    return this.querySelectorAll("dialog:has([data-seen])");
  }

  // Up to where the page was read when it was asked for: what comes while the question stands is not.
  noteShown() {
    for (const dialog of this.guarded) if (!dialog.open) dialog.querySelector("[data-seen]").value = String(this.last);
  }

  // Puts entries in their places; what is there already is made to look as it does now.
  merge(content) {
    const fresh = [];
    if (!content) return fresh;
    let above = null;
    for (const wanted of [...content.children]) {
      let there = this.entries.querySelector(`#${CSS.escape(wanted.id)}`);
      if (there) morph(there, wanted);
      else {
        there = document.importNode(wanted, true);
        if (above) above.after(there);
        else if (this.entries.firstElementChild && Number(wanted.dataset.seq ?? 0) < this.first) this.entries.prepend(there);
        else this.entries.append(there);
        fresh.push(there);
      }
      above = there;
      this.last = Math.max(this.last, Number(wanted.dataset.seq ?? 0));
    }
    return fresh;
  }

  heard(entry) {
    this.querySelector("desk-composer")?.dispatchEvent(new CustomEvent("outbox:shown", { detail: entry }));
    if (entry.dataset.by !== "customer") return;
    const words = entry.querySelector(".bubble")?.textContent.trim() || "sent a file";
    announce(`${this.dataset.name}: ${words.slice(0, LONGEST_ANNOUNCED)}`);
  }

  morphInto(place, content) {
    if (!place || !content) return;
    const wanted = place.cloneNode(false);
    wanted.append(document.importNode(content, true));
    morph(place, wanted);
    window.htmx?.process(place);
  }

  // Somebody else may write now, or nobody: the foot changes, and what was typed is kept.
  changeHands({ mode, was }, content) {
    const foot = this.querySelector("[data-part=foot]");
    if (!content || (foot.dataset.mode === mode && foot.dataset.was === was)) return;
    const before = foot.dataset.mode;
    const typed = foot.querySelector("desk-composer")?.typed() ?? {};
    const focused = foot.contains(document.activeElement);
    foot.dataset.mode = mode;
    foot.dataset.was = was;
    foot.replaceChildren(document.importNode(content, true));
    window.htmx?.process(foot);
    foot.querySelector("desk-composer")?.goOnWith(typed);
    if (focused || mode === "mine") foot.querySelector("[data-pane]:not([hidden]) :is(textarea, button)")?.focus({ preventScroll: true });
    if (before === "mine" && Date.now() - (this.did ?? 0) > OWN_MS) toast(foot.querySelector(".not-mine strong")?.textContent ?? "");
    if (this.atEnd) this.toEnd();
  }

  // -- further back -----------------------------------------------------------------------------------------

  async earlier(button) {
    button.disabled = true;
    const answer = await ask(`${this.path}/thread?before=${this.first}`);
    if (!answer.ok) {
      button.disabled = false;
      toast(answer.sentence, "bad");
      return;
    }
    const update = answer.page.querySelector("[data-update]");
    const added = document.importNode(update.querySelector("template[data-of=entries]").content, true);
    for (const line of added.querySelectorAll(".day")) this.entries.querySelector(`#${CSS.escape(line.id)}`)?.remove();
    const { scrollHeight, scrollTop } = this.scroller;
    this.scroller.style.overflowAnchor = "none";
    this.entries.prepend(added);
    this.querySelector("[data-start]").replaceChildren(document.importNode(update.querySelector("template[data-of=start]").content, true));
    this.scroller.scrollTop = scrollTop + this.scroller.scrollHeight - scrollHeight;
    this.scroller.style.overflowAnchor = "";
    this.first = Number(update.dataset.first);
  }

  async jump(seq) {
    const find = () => this.entries.querySelector(`#m${seq}`);
    while (!find() && this.first > seq && this.querySelector("[data-earlier]")) {
      await this.earlier(this.querySelector("[data-earlier]"));
    }
    const there = find();
    if (!there) return;
    there.scrollIntoView({ block: "center" });
    there.classList.add("found");
    setTimeout(() => there.classList.remove("found"), 2500);
  }

  // -- who is here ------------------------------------------------------------------------------------------

  types(kind) {
    if (Date.now() - this.typed < TYPES_MS) return;
    this.typed = Date.now();
    this.here(kind);
  }

  async here(kind = "") {
    if (document.hidden) return;
    this.showMarks(await ask(`${this.path}/here`, { fields: { types: kind }, auto: !kind }));
  }

  async readMarks() {
    this.showMarks(await ask(`${this.path}/marks`, { auto: true }));
  }

  // Who types is told once; when they cease nobody says so.
  showMarks(answer) {
    const place = this.querySelector("[data-part=marks]");
    if (!answer.ok || !place) return;
    place.replaceChildren(...answer.page.body.childNodes);
    clearTimeout(this.forgetting);
    if (place.querySelector(".mark-types")) this.forgetting = setTimeout(() => this.readMarks(), FORGET_MARKS_MS);
  }

  // Nobody says either when a file has been fetched.
  watchFetching() {
    clearTimeout(this.fetching);
    if (this.querySelector("[data-fetched=waiting]")) this.fetching = setTimeout(() => this.isConnected && this.refresh(), FETCHING_MS);
  }

  // -- what is clicked --------------------------------------------------------------------------------------

  clicked(event) {
    const hit = (selector) => event.target.closest(selector);
    if (hit("[data-earlier]")) this.earlier(hit("[data-earlier]"));
    else if (hit("[data-new]")) this.toEnd();
    else if (hit("[data-jump]")) {
      event.preventDefault();
      this.jump(Number(hit("[data-jump]").dataset.jump));
    } else if (hit("[data-copies]")) {
      navigator.clipboard?.writeText(hit("[data-copies]").dataset.copies).then(() => toast("Copied."));
    } else if (hit("[data-opens=transfer]")) this.loadTransfer();
  }

  async loadTransfer() {
    const place = this.querySelector("#transfer [data-load]");
    const answer = await ask(place.dataset.load);
    if (!answer.ok) {
      place.textContent = answer.sentence;
      return;
    }
    place.replaceChildren(...answer.page.body.childNodes);
    window.htmx?.process(place);
    place.querySelector("input:not(:disabled)")?.focus();
  }

  // Who has ended it is asked how it was, once, and may pass.
  async askHow() {
    const place = this.querySelector("[data-wrap-up]");
    const answer = await ask(`${this.path}/wrap-up`);
    if (!answer.ok || !place) return;
    place.replaceChildren(...answer.page.body.childNodes);
    window.htmx?.process(place);
    if (this.atEnd) this.toEnd();
  }

  async suggestTags(field) {
    const answer = await ask(`${field.dataset.suggests}?q=${encodeURIComponent(field.value)}`);
    if (!answer.ok) return;
    const options = JSON.parse(answer.text).tags.map((tag) => Object.assign(document.createElement("option"), { value: tag }));
    this.querySelector("#tag-known").replaceChildren(...options);
  }
}

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form[data-clears]");
  if (form && event.detail.successful) form.reset();
  // Refused because something has come meanwhile: it stands behind the question.
  const asked = event.target.closest?.("form:has([data-seen])");
  if (asked && event.detail.xhr?.status === 409) asked.closest("dialog").close();
});

customElements.define("desk-conversation", DeskConversation);
