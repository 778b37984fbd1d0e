/** Reads the element's data attributes into typed settings. */

import { oneOf } from "./frames.js";

const HOME = new URL(import.meta.url).origin;

/** Where the chat server is, and the language and region of words, dates and times. */
export function placeOf(dataset) {
  return { server: originOf(dataset.server) ?? HOME, locale: localeOf(dataset.locale || document.documentElement.lang) };
}

/** {server, title, subtitle, greeting, suggestions, theme, color, position, locale, identity, open} */
export function readSettings(dataset, strings) {
  return {
    ...placeOf(dataset),
    title: dataset.title || strings.title,
    subtitle: dataset.subtitle || strings.subtitle,
    greeting: dataset.greeting || strings.greeting,
    suggestions: (dataset.suggestions ?? "").split("|").map((text) => text.trim()).filter(Boolean),
    theme: oneOf(dataset.theme, ["light", "dark"], null),
    color: dataset.color ?? "",
    position: oneOf(dataset.position, ["left"], "right"),
    identity: dataset.identity || null,
    open: dataset.open === "true",
  };
}

function originOf(address) {
  try {
    return new URL(address).origin;
  } catch {
    return null;
  }
}

// A page that says only "en" leaves it to the reader whether that is British or American.
function localeOf(wanted) {
  try {
    const locale = Intl.getCanonicalLocales(wanted || navigator.language)[0];
    return navigator.language.startsWith(`${locale}-`) ? navigator.language : locale;
  } catch {
    return navigator.language;
  }
}
