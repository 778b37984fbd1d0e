/** What the customer has said and the server has not yet stored: kept in the browser, in order, across reloads and tabs. */

const PREFIX = "out.";

/**
 * One entry: {id, at, kind: "message"|"choose", text, choice, tab, failed: string|null}.
 * Each has a storage key of its own, so tabs that write at the same moment cannot overwrite each other.
 */
export class Outbox {
  /** @param {{store: import("./storage.js").Store, tab: string, now: () => number}} parts */
  constructor({ store, tab, now }) {
    Object.assign(this, { store, tab, now });
    this.counter = 0;
  }

  /** All entries in the order they were written. */
  all() {
    const entries = this.store.keys(PREFIX).map((key) => this.store.get(key));
    return entries.filter((entry) => entry && typeof entry.id === "string");
  }

  add(entry) {
    const at = this.now();
    const order = `${String(at).padStart(15, "0")}.${String(this.counter++).padStart(6, "0")}`;
    const stored = { choice: null, failed: null, ...entry, at, tab: this.tab, order };
    this.store.set(this.#key(stored), stored);
    return stored;
  }

  find(id) {
    return this.all().find((entry) => entry.id === id) ?? null;
  }

  /** Marks an entry as refused with the sentence to show, or with null as to be sent again. */
  mark(id, failed) {
    const entry = this.find(id);
    if (entry) this.store.set(this.#key(entry), { ...entry, failed });
  }

  /** Removes the entry and returns it, or null where it is gone already. */
  remove(id) {
    const entry = this.find(id);
    if (entry) this.store.remove(this.#key(entry));
    return entry;
  }

  clear() {
    for (const key of this.store.keys(PREFIX)) this.store.remove(key);
  }

  /** Whether a storage key (without its prefix) is an entry's. */
  static owns(key) {
    return key.startsWith(PREFIX);
  }

  #key(entry) {
    return `${PREFIX}${entry.order}.${entry.id}`;
  }
}
