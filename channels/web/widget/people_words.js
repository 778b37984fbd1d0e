/** What the widget says while people are there, in English; a language's `widget.json` has them under "people". */

export const PEOPLE = {
  queue: "Waiting for a person",
  position: "You are number {0} in line",
  next: "You are next",
  wait: "It should take {0}.",
  soon: "Somebody will be with you as soon as possible.",
  stay: "You can leave this page; your place is kept.",
  agent: ["You are talking to our team", "You are talking to {0}"],
  writes: "{0} is typing…",
};
