/** The header's menu: a button that shows and hides a short list of buttons. */

import { button, h, icon } from "./dom.js";

export class Menu {
  /** @param {string} label @param {[string, string, () => void][]} actions icon, label and what each does */
  constructor(label, actions) {
    const items = (this.items = actions.map(([image, name, run]) =>
      button({ onclick: () => (this.close(), run()) }, icon(image), name),
    ));
    this.list = h("div", { class: "menu", id: "menu", hidden: true }, ...items);
    this.button = button({ class: "tool", "aria-label": label, title: label, "aria-controls": "menu" }, icon("more"));
    this.button.addEventListener("click", () => (this.#show(this.list.hidden), items[0].focus()));
    this.node = h("div", { class: "menu-holder" }, this.button, this.list);
    this.node.addEventListener("focusout", (event) => !this.node.contains(event.relatedTarget) && this.#show(false));
    this.#show(false);
  }

  /** Closes the list and gives the focus back; false where it was not open. */
  close() {
    if (this.list.hidden) return false;
    this.#show(false);
    this.button.focus();
    return true;
  }

  #show(open) {
    this.list.hidden = !open;
    this.button.setAttribute("aria-expanded", open);
  }
}
