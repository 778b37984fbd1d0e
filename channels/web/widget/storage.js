/** Browser storage under one prefix, which goes on in memory where the browser refuses to store. */

export class Store {
  /**
   * @param {() => Storage} area returns localStorage or sessionStorage; only reading it may throw
   * @param {string} prefix
   */
  constructor(area, prefix) {
    this.prefix = prefix;
    this.memory = new Map();
    try {
      this.area = area();
    } catch {
      this.area = null;
    }
  }

  /** The stored value, or null where there is none or it is not JSON any more. */
  get(key) {
    try {
      return JSON.parse(this.area?.getItem(this.prefix + key) ?? this.memory.get(key) ?? "null");
    } catch {
      return null;
    }
  }

  set(key, value) {
    const text = JSON.stringify(value);
    try {
      this.area.setItem(this.prefix + key, text);
      this.memory.delete(key);
    } catch {
      this.memory.set(key, text); // full, forbidden or not there: the page still works until it is closed
    }
  }

  remove(key) {
    this.memory.delete(key);
    try {
      this.area?.removeItem(this.prefix + key);
    } catch {
      // forbidden storage holds nothing to remove
    }
  }

  /** All keys that start with `start`, sorted. */
  keys(start) {
    const found = new Set([...this.memory.keys()].filter((key) => key.startsWith(start)));
    try {
      for (const key of Object.keys(this.area ?? {})) {
        if (key.startsWith(this.prefix + start)) found.add(key.slice(this.prefix.length));
      }
    } catch {
      // forbidden storage has no keys
    }
    return [...found].sort();
  }
}
