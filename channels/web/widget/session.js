/** Keeps the visitor's session token: fetched when first needed, renewed after half its life, shared by all tabs. */

const KEY = "session";

/** The server refused to give a session; `status` is the HTTP status, 0 where it could not be reached. */
export class SessionError extends Error {
  constructor(status) {
    super(`no session (${status})`);
    this.status = status;
  }
}

export class Session {
  /**
   * @param {{server: string, store: import("./storage.js").Store, locale: string, identity: string?,
   *   now: () => number, newId: () => string}} parts `now` is in milliseconds since 1970
   */
  constructor({ server, store, locale, identity, now, newId }) {
    Object.assign(this, { server, store, locale, identity, now, newId });
  }

  /** Marks this browser's visitor without being a secret; it changes whenever the visitor does. */
  get visitor() {
    return this.store.get(KEY)?.visitor ?? null;
  }

  /** True once this visitor has had a conversation, so that a later page knows there is something to fetch. */
  get talked() {
    return this.store.get(KEY)?.talked === true;
  }

  markTalked() {
    const held = this.store.get(KEY);
    if (held && !held.talked) this.store.set(KEY, { ...held, talked: true });
  }

  /** A valid token. Tabs take turns, so that two that open at once share one visitor. Raises SessionError. */
  async token() {
    const held = this.store.get(KEY);
    if (held && !this.#isStale(held)) return held.token;
    const asked = this.now();
    const fetchOnce = async () => {
      // Another tab was here first; what it stored reaches this tab's process a little later.
      if (this.now() - asked > 3) await new Promise((resolve) => setTimeout(resolve, 100));
      const again = this.store.get(KEY);
      return again && !this.#isStale(again) ? again.token : this.#fetch(again);
    };
    return navigator.locks ? navigator.locks.request(`${this.store.prefix}session`, fetchOnce) : fetchOnce();
  }

  /** Drops the token the server has refused; a token another tab got meanwhile stays. */
  refuse(token) {
    const held = this.store.get(KEY);
    if (held?.token === token) this.store.set(KEY, { ...held, token: null, expires: 0 });
  }

  forget() {
    this.store.remove(KEY);
  }

  #isStale(held) {
    return this.now() >= (held.issued + held.expires) / 2 || (this.identity && !this.identified);
  }

  async #fetch(held) {
    const usable = held && this.now() < held.expires ? held.token : null;
    // What the server will not accept any more is left out, the shop's word on who this is before the visitor.
    const tokens = usable ? [usable, null] : [null];
    const ways = tokens.flatMap((one) => (this.identity ? [[one, this.identity], [one]] : [[one]]));
    let response;
    let token;
    for (const way of ways) {
      response = await this.#request(...way);
      [token] = way;
      if (response.status !== 401) break;
    }
    const renewed = token !== null && response.ok;
    if (!response.ok) throw new SessionError(response.status);
    const given = await response.json();
    this.store.set(KEY, {
      token: given.token,
      issued: this.now(),
      expires: Date.parse(given.expires_at),
      visitor: renewed ? held.visitor : this.newId(),
      talked: renewed ? held.talked : false,
    });
    this.identified = true; // who is signed in can change from page to page, so every page says it once
    return given.token;
  }

  async #request(token, identity) {
    const headers = { "Content-Type": "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    const locale = this.locale.split("-").slice(0, 2).join("-"); // the server knows no longer ones
    const body = JSON.stringify({ locale, ...(identity && { identity }) });
    try {
      const url = new URL("/api/web/sessions", this.server);
      return await fetch(url, { method: "POST", headers, body, credentials: "omit", cache: "no-store" });
    } catch {
      throw new SessionError(0);
    }
  }
}
