/** The round picture that says who speaks: a bell for the assistant, initials for a person. */

import { h, icon } from "./dom.js";

// Of the first word and the last.
function initialsOf(name) {
  const letters = name.trim().split(/\s+/).map(([letter = ""]) => letter.toUpperCase());
  return letters[0] + (letters[1] ? letters.at(-1) : "");
}

/** The picture beside a group of messages: the bell of the bot, the initials of a person. */
export function avatar(kind = "bot", name = "") {
  const inside = kind === "agent" ? initialsOf(name) : icon("bell");
  return h("span", { class: `avatar ${kind}`, "aria-hidden": "true" }, inside);
}
