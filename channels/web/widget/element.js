/** The custom element <bellhop-chat>: wires the parts together, listens to the page, and is the page's interface to it. */

import { Chat } from "./chat.js";
import { Conversation } from "./conversation.js";
import { Panel } from "./panel.js";
import { Session } from "./session.js";
import { placeOf, readSettings } from "./settings.js";
import { Store } from "./storage.js";
import { ENGLISH, stringsFor } from "./strings.js";
import { css } from "./styles.js";

const STALE_AFTER = 120_000; // a tab hidden for this long may hold a socket that died without a word

export class BellhopChat extends HTMLElement {
  static observedAttributes = ["data-theme", "data-color"];
  hiddenAt = Infinity;
  dark = matchMedia("(prefers-color-scheme: dark)");

  /** Settles once the element can be used: at once in English, else when its words are here. */
  ready = Promise.resolve();

  connectedCallback() {
    if (this.panel) return this.#listen("addEventListener");
    const { server, locale } = placeOf(this.dataset);
    const loading = stringsFor(locale, server);
    if (loading) this.ready = loading.then((strings) => this.panel || this.#start(strings));
    else this.#start(ENGLISH);
    this.#takeLink();
  }

  // The link that leads back here from another channel is a secret: it leaves the address before anything else happens.
  #takeLink() {
    const [, token] = /^#bellhop=([\w-]+)$/.exec(location.hash) ?? [];
    if (!token) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    this.ready.then(() => {
      this.open();
      this.panel.moveTo("telegram", token);
    });
  }

  #start(strings) {
    if (this.isConnected) this.#listen("addEventListener");
    const settings = readSettings(this.dataset, strings);
    const { server, locale, identity } = settings;
    this.strings = strings;
    const now = () => Date.now();
    const prefix = `bellhop.${new URL(server).host}.`;
    const store = new Store(() => window.localStorage, prefix);
    const cache = new Store(() => window.sessionStorage, prefix);
    const session = new Session({ server, store, locale, identity, now, newId });
    const conversation = new Conversation({ cache });
    this.store = store;
    this.chat = new Chat({ server, session, store, conversation, strings, now, random: Math.random, newId });
    this.panel = new Panel({ chat: this.chat, settings, strings, now, onToggle: (open) => this.#emit(open ? "opened" : "closed") });
    this.#show();
    this.chat.addEventListener("change", () => this.#changed());
    this.chat.addEventListener("arrived", ({ detail }) => this.#arrived(detail));
    this.chat.addEventListener("refused", ({ detail }) => this.panel.giveBack(detail.entry, detail.reason));
    if (settings.open) this.open();
    else if (this.chat.isNeeded) this.chat.start();
  }

  disconnectedCallback() {
    if (!this.panel) return;
    this.#listen("removeEventListener");
    this.chat.stop();
  }

  attributeChangedCallback() {
    if (this.panel) this.#paint();
  }

  /** Opens the panel and moves the focus into it. */
  open() {
    this.panel.toggle(true);
  }

  /** Closes the panel; the focus goes back to the launcher. */
  close() {
    this.panel.toggle(false);
  }

  /** Opens the panel and says `text` as the customer. Empty text is ignored. */
  send(text) {
    const said = String(text ?? "").trim();
    this.panel.toggle(true);
    if (said) this.chat.say(said);
  }

  /** Forgets this visitor in this browser: for the moment somebody signs out of the shop. */
  reset() {
    this.panel.toggle(false);
    this.chat.reset();
  }

  #show() {
    const shadow = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.panel.root);
    this.#paint();
  }

  #paint() {
    const { theme, color } = readSettings(this.dataset, this.strings);
    const { root } = this.panel;
    root.style.setProperty("--bellhop-brand", color); // an empty value removes it
    root.dataset.theme = theme ?? (this.dark.matches ? "dark" : "light");
  }

  #listen(change) {
    for (const type of ["online", "offline", "pageshow", "storage", "hashchange"]) window[change](type, this);
    document[change]("visibilitychange", this);
    this.dark[change]("change", this);
  }

  /** The page's own events: the network, the tab, the other tabs, the system's theme. */
  handleEvent(event) {
    if (event.type === "storage") return this.#otherTabWrote(event);
    if (event.type === "hashchange") return this.#takeLink();
    const visible = document.visibilityState === "visible";
    const now = Date.now();
    if (event.type === "online" || event.persisted || (visible && now - this.hiddenAt > STALE_AFTER)) this.chat.networkIsBack();
    else if (visible) this.chat.connection.hurry();
    this.hiddenAt = visible ? Infinity : now;
    this.#paint();
    this.panel.render();
  }

  #otherTabWrote({ key, storageArea }) {
    if (storageArea !== this.store.area) return;
    if (key === null) this.chat.otherTabWrote("session");
    else if (key.startsWith(this.store.prefix)) this.chat.otherTabWrote(key.slice(this.store.prefix.length));
  }

  // Drawing after every frame of a long replay would be slow; it is drawn once, at its end.
  #changed() {
    if (this.chat.conversation.replaying && this.chat.isReady) return;
    if (this.drawing) return;
    this.drawing = true;
    queueMicrotask(() => {
      this.drawing = false;
      this.panel.render();
    });
  }

  #arrived({ message, news }) {
    this.panel.news ||= news;
    if (!news || message.author.kind === "customer") return;
    this.#emit("message", { seq: message.seq, author: message.author.kind, unread: this.panel.isOpen ? 0 : this.chat.unread });
  }

  #emit(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(`bellhop:${name}`, { detail, bubbles: true, composed: true }));
  }
}

// crypto.randomUUID is missing where the page is not a secure context.
function newId() {
  const random = () => crypto.getRandomValues(new Uint8Array(1))[0];
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (c ^ (random() & (15 >> (c / 4)))).toString(16));
}
