// The desk's scripts that every page needs: toasts, dialogs, menus, refusals, and what follows a swap. Other modules import from here.

import "./morph.js";
import "./clocks.js";
import "./keys.js";
import "./live.js";
import "./attention.js";

const TOAST_MS = 6000;

/** Shows a short message for a while; kind is "", "good" or "bad". Screen readers hear it politely. */
export function toast(text, kind = "") {
  const box = document.getElementById("toasts");
  if (!box || !text) return;
  const shown = document.createElement("p");
  shown.className = `toast ${kind}`;
  shown.textContent = text;
  box.append(shown);
  while (box.children.length > 3) box.firstElementChild.remove();
  setTimeout(() => shown.remove(), TOAST_MS);
}

/** Has every part of the page that follows changes read itself again; with a name, only those that follow it. */
export function reread(event = "") {
  const heard = new Set();
  for (const element of document.querySelectorAll(`[hx-trigger*="sse:${event}"]`)) {
    for (const [name] of element.getAttribute("hx-trigger").matchAll(/sse:[\w-]+/g)) {
      if (event && name !== `sse:${event}`) continue;
      heard.add(name);
      element.dispatchEvent(new CustomEvent(name));
    }
  }
  for (const name of heard) document.body.dispatchEvent(new CustomEvent(name)); // for "from:body"
}

/** Says something to screen readers alone. */
export function announce(text) {
  const region = document.getElementById("announce");
  if (region) region.textContent = text;
}

document.addEventListener("desk:toast", (event) => toast(event.detail.text, event.detail.kind));

// What could not be done is said as the server says it; and since something changed meanwhile, all is read again.
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  const said = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector(".sorry");
  toast(said ? said.textContent : "That did not work. Try again.", "bad");
  if (xhr.status === 409 || xhr.status === 404) reread();
});
document.addEventListener("htmx:sendError", (event) => {
  const { triggeringEvent } = event.detail.requestConfig;
  if (!triggeringEvent?.type.startsWith("sse:")) toast("The server cannot be reached. Nothing was sent; try again.", "bad");
});

// Requests that the page makes by itself keep nobody signed in.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.triggeringEvent?.type.startsWith("sse:")) event.detail.headers["X-Desk-Auto"] = "1";
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  const drawer = event.target.closest("[data-draws]");
  if (drawer) draw(drawer, document.getElementById(drawer.dataset.draws));
  const reload = event.target.closest("[data-reloads]");
  if (reload) location.reload();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A click on what is around a dialog closes it.
document.addEventListener("mousedown", (event) => {
  if (event.target instanceof HTMLDialogElement) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    return;
  }
  const side = document.querySelector(".drawn");
  if (side) draw(document.querySelector(`[data-draws="${side.id}"]`), side);
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form[data-closes-dialog]");
  if (form && event.detail.successful) form.closest("dialog")?.close();
  const menu = event.target.closest?.("form[data-closes-menu]")?.closest("details");
  if (menu && event.detail.successful) menu.open = false;
});

// Where one is: the open conversation in the list, and which column a narrow screen shows.
function follow() {
  const open = location.pathname.match(/^\/desk\/c\/([\w-]+)/)?.[1] ?? "";
  document.querySelector(".workspace")?.classList.toggle("open", open !== "");
  const list = document.getElementById("inbox");
  if (list) list.dataset.selected = open;
  for (const entry of document.querySelectorAll("[data-conversation]")) {
    if (entry.dataset.conversation === open) entry.setAttribute("aria-current", "true");
    else entry.removeAttribute("aria-current");
  }
}
document.addEventListener("htmx:pushedIntoHistory", follow);
document.addEventListener("htmx:load", follow);
document.querySelector(".conversations [aria-current]")?.scrollIntoView({ block: "center" });

function draw(button, panel) {
  if (!panel) return;
  const drawn = panel.classList.toggle("drawn");
  button?.setAttribute("aria-expanded", String(drawn));
  if (drawn) {
    panel.tabIndex = -1;
    panel.focus();
  } else button?.focus();
}
