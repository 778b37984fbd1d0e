/** The demo's mailbox: shows every e-mail the demo shop sent, newest first, and looks for new ones. */

const EVERY = 2_000;

const list = document.querySelector("[data-list]");
const reader = document.querySelector("[data-mail]");
const state = document.querySelector("[data-state]");
const buttons = new Map();
let chosen = null;

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function written(at) {
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  const style = today ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat("en-GB", style).format(date);
}

function read(mail) {
  chosen = mail.id;
  for (const [id, button] of buttons) {
    if (id === chosen) {
      button.setAttribute("aria-current", "true");
      button.classList.remove("new");
    } else button.removeAttribute("aria-current");
  }
  const head = element("header");
  head.append(element("h2", "", mail.subject), element("p", "to", `To ${mail.to} · ${written(mail.at)}`));
  reader.replaceChildren(head, element("div", "body", mail.body));
}

function entry(mail) {
  const item = element("li");
  const button = element("button", "new");
  button.type = "button";
  const top = element("span", "line");
  top.append(element("strong", "", mail.to), element("time", "", written(mail.at)));
  button.append(top, element("span", "subject", mail.subject), element("span", "snippet", mail.body.slice(0, 120)));
  button.addEventListener("click", () => {
    read(mail);
    reader.scrollIntoView({ block: "nearest" });
  });
  buttons.set(mail.id, button);
  item.append(button);
  return item;
}

function show(mails) {
  // Those already listed stay as they are, so that the place of keyboard and reader is kept.
  const fresh = mails.filter((mail) => !buttons.has(mail.id));
  list.prepend(...fresh.map(entry));
  state.textContent = mails.length === 0 ? "No mail yet. Ask the chat for a code and it arrives here." : `${mails.length} ${mails.length === 1 ? "message" : "messages"}`;
  if (chosen === null && mails.length > 0) read(mails[0]);
}

async function look() {
  try {
    const response = await fetch("/demo/mailbox.json", { cache: "no-store" });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    show(await response.json());
  } catch {
    state.textContent = "The mailbox cannot be reached. Trying again…";
  }
  setTimeout(look, EVERY);
}

look();
