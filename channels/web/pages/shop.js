/** The demo shop page: fills in the demo orders, filters the products, opens the chat. */

const SHOWN_ORDERS = 8; // one of each kind comes first; the rest is for programs

function cell(text) {
  const node = document.createElement("td");
  node.textContent = text ?? "";
  return node;
}

function row(order) {
  const node = document.createElement("tr");
  const number = document.createElement("button");
  number.type = "button";
  number.className = "number";
  number.textContent = order.number;
  number.title = "Ask the chat about this order";
  number.addEventListener("click", () => window.Bellhop?.send(`Where is my order ${order.number}?`));
  const first = document.createElement("td");
  first.append(number);
  node.append(first, cell(order.email), cell(order.postcode), cell(order.status));
  return node;
}

async function fillOrders() {
  const body = document.querySelector("[data-orders]");
  if (!body) return;
  try {
    const response = await fetch("/demo/info.json");
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const info = await response.json();
    body.replaceChildren(...info.orders.slice(0, SHOWN_ORDERS).map(row));
    document.querySelector("[data-mailbox]").href = new URL(info.mailbox, location.href).pathname;
  } catch {
    const wait = body.querySelector("td");
    wait.textContent = "The demo orders cannot be fetched right now. Reload the page to try again.";
  }
}

/** How to sign in at the agents' desk: told on this machine only, and only where there is a desk. */
async function fillDesk() {
  const box = document.querySelector("[data-desk]");
  if (!box) return;
  try {
    const response = await fetch("/demo/desk.json");
    if (!response.ok) return;
    const desk = await response.json();
    if (desk.people.length === 0) return;
    box.querySelector("[data-desk-password]").textContent = desk.password;
    box.querySelector("[data-desk-people]").replaceChildren(...desk.people.map(person));
    box.hidden = false;
    document.querySelector("[data-desk-link]").hidden = false;
  } catch {
    // The page does without it.
  }
}

function person({ name, email, task }) {
  const node = document.createElement("li");
  const who = document.createElement("strong");
  who.textContent = name;
  const address = document.createElement("code");
  address.textContent = email;
  node.append(who, ` ${task}`, document.createElement("br"), address);
  return node;
}

function show(department) {
  for (const product of document.querySelectorAll(".product")) {
    product.hidden = department !== "" && product.dataset.department !== department;
  }
  for (const button of document.querySelectorAll("[data-show]")) {
    button.setAttribute("aria-pressed", String(button.dataset.show === department));
  }
}

// The links of the header name a department; there is one page, so they filter it.
function followHash() {
  const department = location.hash.slice(1);
  if (!["new", "home", "clothes", "electronics"].includes(department)) return;
  show(department === "new" ? "" : department);
  document.querySelector("#new")?.scrollIntoView();
}

document.querySelector("[data-filters]")?.removeAttribute("hidden");
for (const button of document.querySelectorAll("[data-show]")) button.addEventListener("click", () => show(button.dataset.show));
for (const button of document.querySelectorAll("[data-chat]")) button.addEventListener("click", () => window.Bellhop?.open());
for (const button of document.querySelectorAll("[data-ask]")) button.addEventListener("click", () => window.Bellhop?.send(button.dataset.ask));
window.addEventListener("hashchange", followHash);
followHash();
fillOrders();
fillDesk();
