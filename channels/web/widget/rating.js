/** The row of faces that rates a conversation: one tap answers, another changes it. */

import { face, h } from "./dom.js";

/**
 * @param {object} message the rating question
 * @param {(choice: object) => void} onChoose
 */
export function ratingNode(message, strings, onChoose) {
  const { choices } = message;
  const words = choices.map((choice, index) => wordFor(choice, index, choices.length, strings));
  const buttons = choices.map((choice, index) => {
    const mood = choices.length > 1 ? (index / (choices.length - 1)) * 4 - 2 : 0;
    const name = strings.ratingName(choice.value ?? index + 1, words[index]);
    const press = () => onChoose(choice);
    return h("button", { type: "button", class: `mood mood-${index + 1}`, "aria-label": name, title: words[index], onclick: press }, face(mood));
  });
  const ends = h("div", { class: "ends", "aria-hidden": "true" }, h("span", {}, words[0]), h("span", {}, words.at(-1)));
  const status = h("p", { class: "rating-status", role: "status" });
  const row = h("div", { class: "rating", role: "group", "aria-label": strings.rating }, h("div", { class: "moods" }, ...buttons), ends, status);
  return { row, show: (rating) => show(rating, { row, buttons, status, choices, words, strings }) };
}

function show({ choice, state, open }, { row, buttons, status, choices, words, strings }) {
  const index = choices.findIndex((c) => c.id === choice);
  row.classList.toggle("answered", index >= 0);
  buttons.forEach((button, i) => {
    button.setAttribute("aria-pressed", String(i === index));
    button.disabled = !open;
  });
  status.textContent = index < 0 ? "" : sentence(state, words[index], open, strings);
}

function sentence(state, word, open, strings) {
  if (state === "failed") return strings.ratingFailed;
  if (state === "waiting") return strings.ratingWaiting;
  if (state === "sending" || state === "slow") return strings.ratingSaving;
  return open ? strings.ratingSaved(word) : word;
}

function wordFor(choice, index, count, strings) {
  return count === strings.faces.length ? strings.faces[index] : choice.title;
}
