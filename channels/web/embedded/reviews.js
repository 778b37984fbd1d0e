/** The custom element <bellhop-reviews>: a list of what customers let the shop publish. Shows text as text, keeps nothing. */

const WORDS = {
  en: ["Reviews", "{n} of 5 stars", "A customer", "Show more"],
  de: ["Bewertungen", "{n} von 5 Sternen", "Kundin oder Kunde", "Mehr zeigen"],
  es: ["Opiniones", "{n} de 5 estrellas", "Cliente", "Ver más"],
  fr: ["Avis", "{n} étoiles sur 5", "Client ou cliente", "Afficher plus"],
};
const CSS = `
:host { display: block; color: var(--bellhop-text, #1b222b); font: 400 16px/1.5 var(--bellhop-font, inherit); --card: #fff; --line: #d5dbe1; --muted: #58626f; --star: #a15c00; }
:host([hidden]) { display: none; }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 260px), 1fr)); }
li { background: var(--card); border: 1px solid var(--line); border-radius: var(--bellhop-radius, 14px); padding: 16px 18px; }
p { margin: 6px 0 10px; white-space: pre-line; overflow-wrap: anywhere; }
b { color: var(--star); letter-spacing: 2px; font-weight: 400; }
small { color: var(--muted); font-size: 14px; }
button { margin-top: 16px; min-height: 44px; padding: 8px 18px; font: inherit; color: inherit; background: var(--card); border: 1px solid var(--muted); border-radius: 22px; cursor: pointer; }
button:focus-visible { outline: 2px solid; outline-offset: 2px; }
`;
const DARK = ":host { color: var(--bellhop-text, #eef1f4); --card: #171b21; --line: #323b46; --muted: #a7b1bd; --star: #f2b84b; }";
const OWN = new URL(import.meta.url).origin;

class BellhopReviews extends HTMLElement {
  connectedCallback() {
    if (this.list) return;
    const { server = OWN, locale, theme, language = "", count } = this.dataset;
    this.tag = locale || document.documentElement.lang || navigator.language || "en";
    this.words = WORDS[this.tag.slice(0, 2).toLowerCase()] || WORDS.en;
    this.address = new URL("/api/web/reviews", server);
    this.address.searchParams.set("per_page", Math.min(Math.max(parseInt(count) || 6, 1), 50));
    if (language) this.address.searchParams.set("language", language);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS + (theme === "dark" ? DARK : theme === "light" ? "" : `@media (prefers-color-scheme: dark) { ${DARK} }`));
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.list = element("ul", { ariaLabel: this.words[0] });
    this.more = element("button", { type: "button", textContent: this.words[3], hidden: true, onclick: () => this.show() });
    root.append(this.list, this.more);
    this.page = 0;
    this.hidden = true; // until there is something to show
    this.show();
  }

  async show() {
    this.address.searchParams.set("page", this.page + 1);
    const found = await fetch(this.address, { credentials: "omit" }).then((answer) => (answer.ok ? answer.json() : null), () => null);
    if (!Array.isArray(found?.reviews)) return; // the page works without it, and a later press tries again
    this.page += 1;
    this.list.append(...found.reviews.map((review) => this.item(review)));
    this.more.hidden = this.page >= found.pages;
    this.hidden = !this.list.children.length;
  }

  item({ name, score, text, language, published_on: day }) {
    const stars = element("b", { role: "img", ariaLabel: this.words[1].replace("{n}", score), textContent: "★".repeat(score) });
    const on = new Date(`${day}T12:00:00`).toLocaleDateString(this.tag, { dateStyle: "medium" });
    const words = element("p", { textContent: text, lang: language, dir: "auto" });
    const item = element("li", {});
    item.append(stars, words, element("small", { textContent: `${name || this.words[2]} · ${on}` }));
    return item;
  }
}

const element = (tag, given) => Object.assign(document.createElement(tag), given);

if (!customElements.get("bellhop-reviews")) customElements.define("bellhop-reviews", BellhopReviews);
