// Annotating: digits choose a suggestion, selected words become entities, meanings are searched. Keys with letters are the desk's (data-key).

const typing = (element) => element?.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable=true]");
const form = () => document.getElementById("annotate");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.body.dataset.keys === "off") return;
  if (!/^[1-9]$/.test(event.key) || document.querySelector("dialog[open]")) return;
  const chosen = form()?.querySelector(`[data-number="${event.key}"]`);
  if (!chosen) return;
  event.preventDefault();
  chosen.checked = true;
  chosen.closest("label").scrollIntoView({ block: "nearest" });
  chosen.dispatchEvent(new Event("change", { bubbles: true }));
});

// The server counts whole signs, where this language counts an emoji as two.
const signs = (text, index) => [...text.slice(0, index)].length;
const index = (text, sign) => [...text].slice(0, sign).join("").length;

// The marks are of the text as it was when they were last shown.
let marked = [];

function stored() {
  const text = form().querySelector("[data-annotated]").value;
  try {
    const found = JSON.parse(form().querySelector("[data-entities]").value || "[]");
    return found.map((one) => ({ ...one, start: index(text, one.start), end: index(text, one.end) }));
  } catch {
    return [];
  }
}

const read = () => marked;

function show(entities) {
  const text = form().querySelector("[data-annotated]").value;
  const sorted = entities.filter((one) => one.start < one.end && one.end <= text.length).sort((one, other) => one.start - other.start);
  marked = sorted;
  form().querySelector("[data-entities]").value = JSON.stringify(
    sorted.map((one) => ({ ...one, start: signs(text, one.start), end: signs(text, one.end) })),
  );
  const list = form().querySelector("[data-marked]");
  let written = "";
  let at = 0;
  list.replaceChildren(
    ...sorted.map((one, number) => {
      written += `${text.slice(at, one.start)}[${text.slice(one.start, one.end)}](${one.entity})`;
      at = one.end;
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button little";
      button.dataset.unmarks = number;
      button.setAttribute("aria-label", `Take the mark off ${text.slice(one.start, one.end)}`);
      button.textContent = `${text.slice(one.start, one.end)} = ${one.entity.replaceAll("_", " ")} ×`;
      item.append(button);
      return item;
    }),
  );
  form().querySelector("[data-written]").textContent = (written + text.slice(at)).trim();
}

document.addEventListener("click", (event) => {
  const marks = event.target.closest("[data-marks]");
  if (marks && form()) {
    const area = form().querySelector("[data-annotated]");
    let { selectionStart: start, selectionEnd: end } = area;
    while (start < end && /\s/.test(area.value[start])) start += 1;
    while (end > start && /\s/.test(area.value[end - 1])) end -= 1;
    if (start === end) {
      area.focus();
      return;
    }
    const others = read().filter((one) => one.end <= start || one.start >= end);
    show([...others, { start, end, entity: marks.dataset.marks }]);
    area.focus();
  }
  const unmarks = event.target.closest("[data-unmarks]");
  if (unmarks && form()) show(read().filter((_, number) => number !== Number(unmarks.dataset.unmarks)));
});

// Words that are still there keep their marks when the sentence around them is edited.
let before = "";
document.addEventListener("beforeinput", (event) => {
  if (event.target.matches?.("[data-annotated]")) before = event.target.value;
});
document.addEventListener("input", (event) => {
  const { target } = event;
  if (target.matches?.("[data-annotated]")) {
    let head = 0;
    while (head < before.length && before[head] === target.value[head]) head += 1;
    const grown = target.value.length - before.length;
    const moved = read().map((one) => (one.start >= head && one.end > head ? { ...one, start: one.start + grown, end: one.end + grown } : one));
    const kept = moved.filter((one, number) => one.start >= 0 && target.value.slice(one.start, one.end) === before.slice(read()[number].start, read()[number].end));
    show(kept);
  }
  if (target.matches?.("[data-finds-meaning]")) {
    const words = target.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const meaning of form().querySelectorAll("[data-meaning]")) {
      meaning.hidden = !words.every((word) => meaning.dataset.words.includes(word));
      found += meaning.hidden ? 0 : 1;
    }
    form().querySelector("[data-no-meaning]").hidden = found > 0;
  }
});

// Enter in the search takes the first that is found, instead of sending the form.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.("[data-finds-meaning]")) return;
  event.preventDefault();
  const first = form().querySelector("[data-meaning]:not([hidden]) input");
  if (first) {
    first.checked = true;
    first.focus();
  }
});

document.addEventListener("change", (event) => {
  event.target.closest?.("form[data-sends-itself]")?.requestSubmit();
});

if (form()) show(stored());
