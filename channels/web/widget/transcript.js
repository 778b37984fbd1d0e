/** Works out what the message list shows: order, groups, day lines, which choices are still open, which rating stands. */

import { dayKey } from "./text.js";

const GROUP_WITHIN = 5 * 60_000;
const TYPED_RATING = /^\s*([1-5])(?:\s*\/\s*5)?\s*$/;

/**
 * The entries to show, in order: {key, kind: "day"|"divider"|"message", …}. A message entry carries `message`, and
 * `first`/`last` of its group, `state` (customers' own), `live` (its choices can be taken), `rating` (see ratingOf).
 */
export function entriesOf(chat) {
  const { conversation, pending } = chat;
  const current = [...conversation.messages.map((message) => confirmed(message, conversation.id)), ...pending.map(unconfirmed)];
  const earlier = conversation.earlier.map((message, index) => confirmed(message, `e${index}`));
  const shown = [...withChoices(earlier, false), null, ...withChoices(current, true)];
  return grouped(shown, earlier.length > 0 && current.length > 0);
}

/** The widget's own words at the start, before anything has been said; a suggestion is said as it stands. */
export function greetingOf({ greeting, suggestions }, at) {
  const choices = suggestions.map((title) => ({ id: null, title }));
  const message = { at, author: { kind: "bot" }, text: greeting, choices, cards: [] };
  return { kind: "message", key: "greeting", message, live: true, first: true };
}

/** What the customer is being asked for now: {expects, choices, message}, all empty where nothing is. */
export function promptOf(entries) {
  // A notice of the system leaves the question before it open; what the system asks itself is the question.
  const asks = ({ kind, message }) => kind === "message" && (message.author.kind !== "system" || message.expects);
  const last = entries.findLast(asks);
  const open = last?.live ? last.message : null;
  return { expects: open?.expects ?? null, choices: open?.choices ?? [], message: open };
}

function keyOf(message, where) {
  const key = message.id ? `m:${message.id}` : `s:${where}:${message.seq}`;
  return message.edited ? key + message.text : key; // another text is another node
}

function confirmed(message, where) {
  const state = message.author.kind === "customer" ? "sent" : null;
  return { kind: "message", key: keyOf(message, where), message, state };
}

function unconfirmed(entry) {
  const author = { kind: "customer", name: null };
  const { id, at, text, choice } = entry;
  const message = { id, at, text, choice, author, choices: [], cards: [], via: null };
  return { kind: "message", key: `m:${id}`, message, state: entry.state, failed: entry.failed };
}

function isCustomer(entry) {
  return entry.message.author.kind === "customer";
}

function isRating(entry) {
  return entry.message.expects === "rating" && entry.message.choices.length > 1;
}

function withChoices(entries, current) {
  const ratingChoices = new Set(entries.filter(isRating).flatMap((entry) => entry.message.choices.map((c) => c.id)));
  // A tap on the rating row shows in the row, not as a bubble; nor does it answer what was asked since.
  const visible = entries.filter((entry) => !(isCustomer(entry) && ratingChoices.has(entry.message.choice)));
  // Nor is anything left to tap of what was offered before a person of ours spoke.
  const answered = visible.findLastIndex((entry) => (isCustomer(entry) ? entry.state !== "failed" : entry.message.author.kind === "agent"));
  return visible.map((entry, index) => ({
    ...entry,
    live: current && index > answered && !visible.slice(index + 1).some((later) => isSame(later.message, entry.message)),
    rating: isRating(entry) ? ratingOf(entry, entries, current) : null,
  }));
}

// What was asked once more, as after a link to another channel, is answered where it was asked last.
function isSame(later, { text, choices }) {
  return later.text === text && later.choices.length === choices.length;
}

/** {choice: id|null, state, open}: the last answer after the question counts, tapped or typed. */
function ratingOf(question, entries, open) {
  const { choices } = question.message;
  let found = { choice: null, state: null };
  let scale; // a question with more numbers, asked since, takes what is typed
  for (const entry of entries.slice(entries.indexOf(question) + 1)) {
    const { choice, choices: offered, text } = entry.message;
    scale ||= offered[6];
    if (!isCustomer(entry) || (scale && !choice)) continue;
    const typed = TYPED_RATING.exec(text)?.[1];
    const match = choices.find((c) => (choice ? c.id === choice : c.title === text || (typed && c.value === typed)));
    if (match) found = { choice: match.id, state: entry.state };
  }
  return { ...found, open };
}

function grouped(shown, divided) {
  const entries = [];
  let before = null;
  for (const entry of shown) {
    if (entry === null) {
      before = null;
      if (divided) entries.push({ key: "divider", kind: "divider" });
      continue;
    }
    if (!before || dayKey(before.message.at) !== dayKey(entry.message.at)) {
      entries.push({ key: `d:${entry.key}`, kind: "day", at: entry.message.at });
      before = null;
    }
    entries.push({ ...entry, first: !before || !sameGroup(before, entry) });
    before = entry;
  }
  return entries.map((entry, index) => ({ ...entry, last: entries[index + 1]?.first !== false }));
}

function sameGroup(a, b) {
  const [from, to] = [a.message.author, b.message.author];
  return from.kind === to.kind && from.name === to.name && a.message.via === b.message.via && b.message.at - a.message.at < GROUP_WITHIN;
}
