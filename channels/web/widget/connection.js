/** One WebSocket that comes back: says hello, hands frames on, retries with backoff and jitter. */

import { parseFrame } from "./frames.js";

const CAP = 10_000;
const BASE = 500;
const READY_WITHIN = 10_000;
const STEADY_AFTER = 2_000;

/** Milliseconds to wait before attempt `n` (0 is at once); `random` is in [0, 1). */
export function backoff(n, random) {
  return n === 0 ? 0 : Math.min(CAP, BASE * 2 ** (n - 1)) * (0.5 + random / 2);
}

export class Connection {
  /**
   * @param {{url: string, hello: () => Promise<object>, onFrame: (frame: object) => void,
   *   onState: (state: "idle"|"connecting"|"ready"|"waiting", detail: {code?: number, error?: Error}) => void,
   *   random: () => number}} parts
   */
  constructor({ url, hello, onFrame, onState, random }) {
    Object.assign(this, { url, hello, onFrame, onState, random });
    this.state = "idle";
    this.attempt = 0;
    this.socket = null;
    this.run = 0; // a late event of a socket that was given up carries an old number and is ignored
    this.timers = {};
  }

  start() {
    if (this.state === "idle") this.#open();
  }

  stop() {
    this.#drop();
    this.#enter("idle");
  }

  /** Gives the present socket up and opens another: at once the first time, later at the pace of the backoff. */
  reconnect() {
    this.#lost({}, this.attempt);
  }

  /** Ends a wait early, because the network or the reader has come back. */
  hurry() {
    if (this.state !== "waiting") return;
    this.attempt = 0;
    this.#open();
  }

  /** Sends a frame if the conversation is connected; returns whether it was handed to the socket. */
  send(frame) {
    if (this.state !== "ready" || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  async #open() {
    this.#drop();
    const run = this.run;
    this.#enter("connecting");
    this.timers.ready = setTimeout(() => this.#lost({}), READY_WITHIN);
    let hello;
    try {
      hello = await this.hello();
    } catch (error) {
      if (run === this.run) this.#lost({ error });
      return;
    }
    if (run !== this.run) return;
    let socket;
    try {
      socket = new WebSocket(this.url);
    } catch (error) {
      this.#lost({ error });
      return;
    }
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify(hello));
    socket.onclose = (event) => run === this.run && this.#lost({ code: event.code });
    socket.onmessage = (event) => {
      const frame = run === this.run ? parseFrame(event.data) : null;
      if (!frame) return;
      if (frame.type === "ready" && this.state === "connecting") this.#greeted();
      this.onFrame(frame);
    };
  }

  #greeted() {
    clearTimeout(this.timers.ready);
    // A connection that breaks right after "ready" must not be retried without pause.
    this.timers.steady = setTimeout(() => (this.attempt = 0), STEADY_AFTER);
    this.#enter("ready");
  }

  #lost(detail, attempt = Math.max(1, this.attempt)) {
    if (this.state === "idle") return;
    this.#drop();
    this.attempt = attempt + 1;
    this.timers.retry = setTimeout(() => this.#open(), backoff(attempt, this.random()));
    this.#enter("waiting", detail);
  }

  #drop() {
    this.run += 1;
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.timers = {};
    this.socket?.close();
    this.socket = null;
  }

  #enter(state, detail = {}) {
    this.state = state;
    this.onState(state, detail);
  }
}
