// Reading with the keyboard: "o" opens what is chosen in a list, j and k walk through a transcript's messages. And what the form of filters and links to be copied need.

const typing = (element) => element?.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable=true]");
const lines = () => [...document.querySelectorAll(".ins-entries > .ins-line")];

function walk(by) {
  const all = lines();
  const here = all.indexOf(document.activeElement?.closest?.(".ins-line"));
  const next = all[Math.min(all.length - 1, Math.max(0, here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by))];
  if (!next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(target)) return;
  if (document.body.dataset.keys === "off" || document.querySelector("dialog[open]")) return;
  if (key === "o") {
    const chosen = document.activeElement?.closest?.("a[data-walk]");
    if (chosen) {
      event.preventDefault();
      chosen.click();
    }
  } else if ((key === "j" || key === "k") && document.querySelector(".ins-entries")) walk(key === "j" ? 1 : -1);
});

// A day that is typed means "between two days"; filters count at once, and need no button.
document.addEventListener("change", (event) => {
  const period = event.target.form?.elements.period;
  if (period && (event.target.name === "since" || event.target.name === "until")) period.value = "custom";
}, true);
document.getElementById("filters")?.classList.add("ins-live");

// On a telephone the ways in are one row that is scrolled: the one that is open is to be seen.
const here = document.querySelector(".insights-rail [aria-current=page]");
const ways = here?.closest("ul");
if (ways && ways.scrollWidth > ways.clientWidth) ways.scrollLeft = here.offsetLeft - (ways.clientWidth - here.offsetWidth) / 2;

document.addEventListener("click", (event) => {
  const saver = event.target.closest("[data-saves]");
  const field = document.querySelector("#save-filter input[name=query]");
  if (saver && field) field.value = saver.dataset.saves;
  const copier = event.target.closest("[data-copies]");
  if (copier) copy(copier, document.getElementById(copier.dataset.copies));
});

async function copy(button, field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
  } catch {
    document.execCommand("copy"); // where the page is not served over https
    button.textContent = "Copied";
  }
}

// What came back by htmx may have something to say.
document.addEventListener("htmx:load", (event) => {
  const said = event.target.closest?.("[data-said]") ?? event.target.querySelector?.("[data-said]");
  const region = document.getElementById("announce");
  if (said && region) region.textContent = said.dataset.said;
});
