/** The row of faces that rates a conversation: one tap answers, another changes it. */

import { button, face, h } from "./dom.js";
import { fill } from "./text.js";

/**
 * @param {object} message the rating question
 * @param {(choice: object) => void} onChoose
 */
export function ratingNode(message, strings, onChoose) {
  const { choices } = message;
  let now = {};
  const words = choices.map((choice, index) => wordFor(choice, index, choices.length, strings));
  const buttons = choices.map((choice, index) => {
    const mood = choices.length > 1 ? (index / (choices.length - 1)) * 4 - 2 : 0;
    const name = fill(strings.ratingName, choice.value ?? index + 1, words[index]);
    const press = () => (choice.id !== now.choice || now.state === "failed") && onChoose(choice);
    return button({ class: `mood mood-${index + 1}`, "aria-label": name, title: words[index], onclick: press }, face(mood));
  });
  const ends = h("div", { class: "ends", "aria-hidden": "true" }, h("span", {}, words[0]), h("span", {}, words.at(-1)));
  const status = h("p", { class: "rating-status", role: "status" });
  const row = h("div", { class: "rating", role: "group", "aria-label": strings.rating }, h("div", { class: "moods" }, ...buttons), ends, status);
  const show = (rating) => {
    now = rating;
    const index = choices.findIndex((choice) => choice.id === rating.choice);
    row.classList.toggle("answered", index >= 0);
    buttons.forEach((node, i) => {
      node.setAttribute("aria-pressed", i === index);
      node.disabled = !rating.open;
    });
    status.textContent = index < 0 ? "" : sentence(rating, words[index], strings);
  };
  return { row, show };
}

function sentence({ state, open }, word, strings) {
  if (state !== "sent") return strings.state[state];
  return open ? fill(strings.ratingSaved, word) : word;
}

function wordFor(choice, index, count, strings) {
  return count === strings.faces.length ? strings.faces[index] : choice.title;
}
