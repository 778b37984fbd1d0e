// One request to the desk's own server: carries the session's token, and tells what came of it; shows nothing.

const token = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRF-Token"] ?? "";

/** Whether trying the same again may help. */
export const mayHelp = (status) => status === 0 || status === 429 || status >= 500;

/**
 * Asks for a part of a page. Never throws: `status` is 0 where the server was not reached.
 * With `fields` (an object or FormData) it is a POST. `auto`: the page asks by itself, which keeps nobody signed in.
 */
export async function ask(path, { fields = null, auto = false, keepalive = false } = {}) {
  const headers = { "HX-Request": "true" };
  if (auto) headers["X-Desk-Auto"] = "1";
  const options = { headers, keepalive };
  if (fields) {
    headers["X-CSRF-Token"] = token();
    options.method = "POST";
    options.body = fields instanceof FormData ? fields : new URLSearchParams(fields);
  }
  let answer;
  let text = "";
  try {
    answer = await fetch(path, options);
    text = await answer.text();
  } catch {
    return { ok: false, status: 0, sentence: "The server cannot be reached just now.", page: null, text: "" };
  }
  const leads = answer.headers.get("HX-Redirect");
  if (leads) location.assign(leads);
  const page = new DOMParser().parseFromString(text, "text/html");
  const said = page.querySelector(".sorry")?.textContent.trim();
  return { ok: answer.ok, status: answer.status, sentence: answer.ok ? "" : said || "That did not work. Try again.", page, text };
}

/** Says goodbye on the way out, when nobody waits for answers any more. */
export function tellLeaving(path, fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, csrf: token() })) form.append(name, value);
  navigator.sendBeacon?.(path, form);
}
