/** What is known of the visitor's conversation: its messages in order, its state, and the transcript of the one before. */

const KEEP = 200;
const CACHE = "transcript";

export class Conversation {
  /** @param {{cache: import("./storage.js").Store}} parts the cache lives as long as the browser tab */
  constructor({ cache }) {
    this.cache = cache;
    this.visitor = null;
    this.clear();
  }

  clear() {
    this.id = null;
    this.status = "none";
    this.detail = { choices: [] };
    this.messages = [];
    this.earlier = [];
    this.seq = 0;
    this.replayTo = 0;
  }

  /** Takes up what this tab remembered, if it is of the same visitor. */
  restore(visitor) {
    this.visitor = visitor;
    const kept = this.cache.get(CACHE);
    if (!visitor || kept?.visitor !== visitor) return;
    this.id = kept.id;
    this.status = kept.status;
    this.messages = kept.messages;
    this.earlier = kept.earlier;
    this.seq = kept.messages.at(-1)?.seq ?? 0;
  }

  save() {
    const { visitor, id, status } = this;
    const messages = this.messages;
    // A cut must not pretend to be whole: a long conversation is fetched again instead.
    if (messages.length > KEEP) this.cache.remove(CACHE);
    else this.cache.set(CACHE, { visitor, id, status, messages, earlier: this.earlier.slice(-KEEP) });
  }

  forgetCache() {
    this.cache.remove(CACHE);
  }

  /** A ready frame. Returns "same", "new" (another conversation is the current one now) or "behind" (ours knows too much). */
  ready(frame) {
    this.replayTo = frame.lastSeq;
    if (frame.conversation === this.id && frame.lastSeq < this.seq) {
      this.messages = [];
      this.seq = 0;
      return "behind";
    }
    const same = frame.conversation === this.id;
    if (!same) {
      this.earlier = [...this.earlier, ...this.messages].slice(-KEEP);
      this.messages = [];
      this.seq = 0;
      this.id = frame.conversation;
    }
    if (frame.status !== this.status) this.report({ ...frame, choices: [] });
    return same ? "same" : "new";
  }

  /** A message frame. Returns "added", "known" or "gap" (something before it is missing; it was not taken). */
  receive(message) {
    if (message.seq <= this.seq) return "known";
    if (message.seq > this.seq + 1) return "gap";
    this.seq = message.seq;
    this.messages.push(message);
    return "added";
  }

  /** An edited frame: the customer has changed, on another channel, what they wrote there. */
  edit({ seq, text }) {
    const message = this.messages.find((one) => one.seq === seq);
    if (message) Object.assign(message, { text, edited: true });
    this.save();
  }

  /** True while the messages that arrive are history of this connection, not news. */
  get replaying() {
    return this.seq < this.replayTo;
  }

  report(frame) {
    this.status = frame.status;
    this.detail = frame;
  }
}
