/** Joins session, connection, outbox and conversation: sends in order until acknowledged, and says what changed. */

import { Connection } from "./connection.js";
import { Outbox } from "./outbox.js";

const ACK_WITHIN = 8_000;
const OTHER_TAB_GRACE = 4_000;
const TYPING_SHOWN = 10_000;
const TYPING_EVERY = 3_000;
const SEEN_AFTER = 400;
const FRAME_TOO_LARGE = 1009;
const PAUSES = { rate_limited: 1_500, too_many_waiting: 3_000, delayed: 3_000 };
const LONGEST_PAUSE = 15_000;

/** Events: "change"; "arrived" (detail {message, news}); "refused" (detail {entry, reason}: give the text back). */
export class Chat extends EventTarget {
  /**
   * @param {{server: string, session: import("./session.js").Session, store: import("./storage.js").Store,
   *   conversation: import("./conversation.js").Conversation, strings: object, now: () => number,
   *   random: () => number, newId: () => string}} parts
   */
  constructor({ server, session, store, conversation, strings, now, random, newId }) {
    super();
    Object.assign(this, { session, store, conversation, strings, now, newId });
    this.outbox = new Outbox({ store, tab: newId(), now });
    this.startedAt = now();
    this.chosen = new Map(); // message id to choice id: a customer's message frame need not say what was tapped
    this.acked = new Map(); // stored by the server, its own message frame not here yet
    this.inFlight = null;
    this.refusals = 0;
    this.notice = null;
    this.blocked = false;
    this.typing = false;
    this.typedAt = 0;
    this.seenSent = 0;
    this.timers = {};
    const url = new URL("/api/web/socket", server);
    url.protocol = url.protocol.replace("http", "ws");
    this.connection = new Connection({
      url: url.href,
      random,
      hello: () => this.#hello(),
      onFrame: (frame) => this.#take(frame),
      onState: (state, detail) => this.#connectionIs(state, detail),
    });
    // What one signed-in customer said is not shown to the next; the server sends back what is theirs.
    conversation.restore(session.identity ? null : session.visitor);
    this.greeted = conversation.seq > 0; // what the tab remembered is shown already; what comes on top is news
    for (const { id, choice } of this.outbox.all()) if (choice) this.chosen.set(id, choice);
  }

  /** Connects. Not called before there is something to fetch or say: most page views never chat. */
  start() {
    this.connection.start();
  }

  stop() {
    this.connection.stop();
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
  }

  get isNeeded() {
    return this.session.talked || this.outbox.all().length > 0;
  }

  get isReady() {
    return this.connection.state === "ready";
  }

  /** The last message whose sight was recorded in this browser. */
  get seen() {
    const seen = this.store.get("seen");
    return seen?.conversation === this.conversation.id ? seen.seq : 0;
  }

  get unread() {
    const seen = this.seen;
    return this.conversation.messages.filter((m) => m.seq > seen && ["bot", "agent"].includes(m.author.kind)).length;
  }

  /** Everything said and not yet confirmed by a message frame, in order. */
  get pending() {
    const confirmed = new Set(this.conversation.messages.map((message) => message.id));
    const waiting = this.outbox.all().map((entry) => ({ ...entry, state: this.#stateOf(entry) }));
    const acked = [...this.acked.values()].map((entry) => ({ ...entry, state: "sent" }));
    return [...acked, ...waiting].filter((entry) => !confirmed.has(entry.id));
  }

  say(text) {
    this.typedAt = -Infinity; // the first key after a message tells the server that there is more to come
    this.#put({ id: this.newId(), kind: "message", text });
  }

  /** Takes one of the choices that were offered. */
  choose(choice) {
    this.#put({ id: this.newId(), kind: "choose", text: choice.title, choice: choice.id });
  }

  retry(id) {
    this.outbox.mark(id, null);
    this.start();
    this.#flush();
    this.#changed();
  }

  discard(id) {
    this.outbox.remove(id);
    this.#changed();
  }

  /** Tells the server that the customer is writing, at most every few seconds. */
  writes() {
    if (this.now() - this.typedAt < TYPING_EVERY) return;
    this.typedAt = this.now();
    this.connection.send({ type: "typing" });
  }

  /** Records that everything received so far was really on the reader's screen. */
  sees() {
    clearTimeout(this.timers.seen);
    const { id, seq } = this.conversation; // what comes after the chat was closed was not on screen
    this.timers.seen = setTimeout(() => {
      if (id && seq > this.seen) {
        this.store.set("seen", { conversation: id, seq });
        this.#changed();
      }
      if (seq > this.seenSent && this.connection.send({ type: "seen", seq })) this.seenSent = seq;
    }, SEEN_AFTER);
  }

  /** Forgets this visitor in this browser: token, transcript and what was not sent. */
  reset() {
    this.connection.stop();
    this.session.forget();
    this.outbox.clear();
    this.#forgetTranscript();
  }

  /** Another tab wrote to the shared storage; `key` is without the prefix. */
  otherTabWrote(key) {
    if (key === "session") this.#followVisitor();
    if (Outbox.owns(key)) this.#flush();
    this.#changed();
  }

  networkIsBack() {
    if (this.isReady) this.connection.reconnect(); // a socket that lived through an outage may be dead without saying so
    else this.connection.hurry();
  }

  #followVisitor() {
    const { visitor } = this.session;
    if (visitor === this.conversation.visitor) return;
    if (!visitor) {
      // The other tab reset it, or is fetching a new token: nothing to show until it has.
      this.connection.stop();
      this.#forgetTranscript();
    } else if (this.connection.state !== "idle" || this.session.talked) {
      this.connection.start();
      this.connection.reconnect();
    }
  }

  #forgetTranscript() {
    clearTimeout(this.timers.seen); // what it would note is of the visitor who is forgotten
    this.store.remove("seen");
    this.conversation.clear();
    this.conversation.visitor = null;
    this.conversation.forgetCache();
    this.acked.clear();
    this.greeted = false;
    this.seenSent = 0;
    this.#changed();
  }

  #put(entry) {
    this.outbox.add(entry);
    if (entry.choice) this.chosen.set(entry.id, entry.choice);
    this.start();
    this.connection.hurry();
    this.#flush();
    this.#changed();
  }

  async #hello() {
    const token = await this.session.token();
    this.conversation.visitor = this.session.visitor;
    this.blocked = false;
    this.token = token;
    const { id, seq } = this.conversation;
    return { type: "hello", token, after: id ? seq : 0, ...(id ? { conversation: id } : {}) };
  }

  #connectionIs(state, { code, error }) {
    if (state !== "ready") {
      if (code === FRAME_TOO_LARGE && this.inFlight) this.#refuse(this.inFlight.id, this.strings.tooLong, true);
      this.inFlight = null;
      clearTimeout(this.timers.ack);
      this.#typingIs(false);
      if (error?.status === 403) this.blocked = true;
    } else {
      this.seenSent = 0;
    }
    this.#changed();
  }

  #take(frame) {
    const handlers = {
      ready: () => this.#ready(frame),
      message: () => this.#message(frame.message),
      ack: () => this.#stored(frame.id),
      edited: () => this.conversation.edit(frame),
      error: () => this.#error(frame),
      typing: () => this.#typingIs(frame.agent ?? true),
      turn_done: () => this.#typingIs(false),
      status: () => this.conversation.report(frame),
    };
    handlers[frame.type]();
    this.#changed();
  }

  #ready(frame) {
    const outcome = this.conversation.ready(frame);
    this.elsewhere = frame.elsewhere;
    if (outcome === "behind") return this.connection.reconnect();
    if (frame.conversation) this.session.markTalked();
    if (outcome === "new") this.seenSent = 0;
    if (!this.conversation.replaying) this.greeted = true;
    this.conversation.save();
    this.#flush();
  }

  #message(message) {
    // The first replay of a page is history; what a later reconnect brings was missed, so it is news.
    const news = this.greeted;
    const outcome = this.conversation.receive(message);
    if (outcome === "gap") return this.connection.reconnect();
    if (message.id) {
      message.choice ??= this.chosen.get(message.id) ?? null;
      this.#stored(message.id);
      this.acked.delete(message.id);
    }
    if (!this.conversation.replaying) this.greeted = true;
    if (outcome === "known") return;
    if (message.author.kind !== "customer") this.#typingIs(false);
    this.conversation.save();
    this.dispatchEvent(new CustomEvent("arrived", { detail: { message, news } }));
  }

  #stored(id) {
    const entry = this.outbox.remove(id);
    if (entry) this.acked.set(id, entry);
    if (this.inFlight?.id !== id) return;
    this.inFlight = null;
    this.notice = null;
    this.refusals = 0;
    clearTimeout(this.timers.ack);
    this.#flush();
  }

  #error({ code, message, id, retryable }) {
    if (code === "unauthorized" || code === "token_expired") {
      this.session.refuse(this.token);
      this.connection.reconnect();
    } else if (code === "hello_first") {
      this.connection.reconnect();
    } else if (id && (retryable || code in PAUSES)) {
      if (this.inFlight?.id === id) this.#pause(code, message);
    } else if (id) {
      this.#refuse(id, message, code === "too_long");
    } else if (retryable) {
      this.notice = message;
    }
  }

  #pause(code, message) {
    const wait = Math.min(LONGEST_PAUSE, (PAUSES[code] ?? 3_000) * 2 ** this.refusals);
    this.refusals += 1;
    if (code !== "rate_limited") this.notice = message || this.strings.delayed;
    this.inFlight.slow = true;
    clearTimeout(this.timers.ack);
    this.timers.ack = setTimeout(() => this.#resend(), wait);
  }

  #refuse(id, reason, giveBack) {
    this.inFlight = null;
    clearTimeout(this.timers.ack);
    const entry = this.outbox.find(id);
    if (!entry) return this.#flush();
    this.outbox.mark(id, reason || this.strings.state.failed);
    if (giveBack) this.dispatchEvent(new CustomEvent("refused", { detail: { entry, reason } }));
    this.#flush();
  }

  /** One at a time: the next goes out when the last is stored, so order survives a refusal in between. */
  #flush() {
    if (!this.isReady || this.inFlight) return;
    const entries = this.outbox.all().filter((entry) => entry.failed === null);
    const [entry] = entries;
    if (!entry) return;
    const ofOthers = entries.every((e) => e.tab !== this.outbox.tab && e.at >= this.startedAt);
    const grace = entry.at + OTHER_TAB_GRACE - this.now();
    if (ofOthers && grace > 0) {
      clearTimeout(this.timers.grace);
      this.timers.grace = setTimeout(() => this.#flush(), grace); // the tab it was written in is sending it already
      return;
    }
    this.inFlight = { id: entry.id, slow: false, tries: 0 };
    this.#transmit();
  }

  #transmit() {
    const entry = this.outbox.find(this.inFlight.id);
    if (!entry) {
      this.inFlight = null;
      return this.#flush();
    }
    const said = entry.kind === "choose" ? { choice: entry.choice } : { text: entry.text };
    const frame = { type: entry.kind, id: entry.id, ...said };
    this.inFlight.tries += 1;
    this.connection.send(frame);
    clearTimeout(this.timers.ack);
    this.timers.ack = setTimeout(() => this.#unacknowledged(), ACK_WITHIN);
  }

  #unacknowledged() {
    this.inFlight.slow = true;
    if (this.inFlight.tries > 1) this.connection.reconnect();
    else this.#transmit();
    this.#changed();
  }

  #resend() {
    if (this.inFlight) this.#transmit();
    else this.#flush();
  }

  #stateOf(entry) {
    if (entry.failed !== null) return "failed";
    if (!this.isReady) return "waiting";
    return this.inFlight?.id === entry.id && this.inFlight.slow ? "slow" : "sending";
  }

  #typingIs(shown) {
    clearTimeout(this.timers.typing);
    this.typing = shown;
    if (shown) this.timers.typing = setTimeout(() => (this.#typingIs(false), this.#changed()), TYPING_SHOWN);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
