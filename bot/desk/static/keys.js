// The keyboard: j and k walk through the list; any [data-key] is pressed by its key, any [data-go] by "g" and its letter. All rest while somebody types; arrows alone are left to who has turned them off.

const GO_MS = 1500;
let going = 0;

const typing = (element) => element?.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable=true]");
const seen = (element) => element.offsetParent !== null || element.getClientRects().length > 0;
const first = (selector) => [...document.querySelectorAll(selector)].find((element) => seen(element) && !element.disabled);
const entries = () => [...document.querySelectorAll(".conversations a, [data-walk] a, a[data-walk]")].filter(seen);

// One stop for Tab in the list: the one that was looked at last, else the open one, else the first.
function rove(chosen) {
  const all = entries();
  const stop = chosen ?? all.find((entry) => entry.tabIndex === 0 && entry.hasAttribute("tabindex")) ?? all.find((entry) => entry.ariaCurrent === "true") ?? all[0];
  for (const entry of all) entry.tabIndex = entry === stop ? 0 : -1;
  return stop;
}

function walk(by) {
  const all = entries();
  if (!all.length) return;
  const here = all.indexOf(document.activeElement);
  const from = here >= 0 ? here : all.findIndex((entry) => entry.ariaCurrent === "true");
  const next = all[Math.min(all.length - 1, Math.max(0, from < 0 ? 0 : from + by))];
  rove(next);
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function press(selector, event) {
  const found = first(selector);
  if (!found) return;
  event.preventDefault();
  if (found.matches("input, textarea, select")) found.focus();
  else found.click();
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(target)) return;
  const inList = target.closest?.(".conversations, [data-walk]");
  if (inList && (key === "ArrowDown" || key === "ArrowUp")) {
    event.preventDefault();
    walk(key === "ArrowDown" ? 1 : -1);
    return;
  }
  if (document.body.dataset.keys === "off" || document.querySelector("dialog[open]") || key.length !== 1 || !/[a-z/?]/i.test(key)) return;
  if (Date.now() - going < GO_MS) {
    going = 0;
    press(`[data-go="${CSS.escape(key)}"]`, event);
  } else if (key === "g") going = Date.now();
  else if (key === "j" || key === "k") walk(key === "j" ? 1 : -1);
  else press(`[data-key="${CSS.escape(key)}"]`, event);
});

document.addEventListener("focusin", (event) => {
  const entry = event.target.closest?.(".conversations a");
  if (entry) rove(entry);
});
document.addEventListener("htmx:load", () => rove());
rove();
