/** Turns message text, addresses of links and times into what is shown. */

import { h } from "./dom.js";

const LINK = /https?:\/\/[^\s<>"'`]+/gi;
const TRAILING = /[.,;:!?)\]}»”’]+$/;

/** The address if it is http or https (relative ones are resolved against `base`), otherwise null. */
export function safeUrl(raw, base) {
  if (typeof raw !== "string" || raw === "") return null;
  try {
    const url = new URL(raw, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that opens in a new tab and tells the other page nothing about this one. */
export function link(href, text) {
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
}

/** Text as a list of strings and links. */
export function linkify(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = trimmed(match[0]);
    const href = safeUrl(address);
    if (!href) continue;
    parts.push(text.slice(end, match.index), link(href, address));
    end = match.index + address.length;
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== "");
}

// "See https://x.test/a_(b)." ends before the full stop, but keeps a bracket the address itself opened.
function trimmed(address) {
  let rest = address.replace(TRAILING, "");
  if (rest.includes("(") && address[rest.length] === ")") rest += ")";
  return rest;
}

/** A sentence with its {0} and {1} filled in. Of two, the first is for one, or where there is nothing to name. */
export function fill(sentence, ...values) {
  const text = Array.isArray(sentence) ? sentence[(values[0] ?? 1) === 1 ? 0 : 1] : sentence;
  return text.replace(/\{(\d)\}/g, (_, place) => values[place]);
}

/** Hours and minutes the way the reader's locale writes them. */
export function clock(at, locale) {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(at);
}

/** A key for the reader's local calendar day. */
export function dayKey(at) {
  return new Date(at).toDateString();
}

/** "Today", "Yesterday" or the written date. Times are milliseconds since 1970. */
export function dayName(at, now, locale, strings) {
  if (dayKey(at) === dayKey(now)) return strings.today;
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayKey(at) === dayKey(yesterday)) return strings.yesterday;
  return new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" }).format(at);
}
