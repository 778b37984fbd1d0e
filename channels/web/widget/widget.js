/** The entry point: puts one <bellhop-chat> on the page, set up from its own script tag's data attributes. */

import { BellhopChat } from "./element.js";

const TAG = "bellhop-chat";

/** The script tag that loaded this module; document.currentScript is always null in a module. */
function ownScript() {
  return [...document.scripts].find((script) => script.src === import.meta.url) ?? null;
}

function mount() {
  if (!customElements.get(TAG)) customElements.define(TAG, BellhopChat);
  let element = document.querySelector(TAG);
  if (!element) {
    element = document.createElement(TAG);
    Object.assign(element.dataset, ownScript()?.dataset ?? {});
    document.body.append(element);
  }
  element.ready.then(() => {
    window.Bellhop = element;
    window.dispatchEvent(new Event("bellhop:ready"));
  });
}

// An async module can run before the parser has reached <body>.
if (document.body) mount();
else document.addEventListener("DOMContentLoaded", mount, { once: true });
