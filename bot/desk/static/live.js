// Keeps the page up to date: one stream of events for all tabs of a browser, and what a page does when it is lost or has become stale.

import { reread } from "./desk.js";

const LOST_MS = 4000;
const LONGEST_PAUSE_MS = 15000;
const channel = "BroadcastChannel" in window ? new BroadcastChannel("bellhop-desk") : null;
const page = document.body.dataset;
let pause = 1000;
let lost = 0;
let stale = false;
let leaving = false;

function heard(name, data) {
  if (name === "lost") return losing();
  found();
  if (name === "signed-out") return leaving || location.assign("/desk/sign-in?ended=1");
  if (name === "hello") {
    if (data && data !== page.version) outdated();
    reread();
    document.dispatchEvent(new CustomEvent("desk:changed"));
    return undefined;
  }
  reread(name);
  if (name === "inbox") document.dispatchEvent(new CustomEvent("desk:changed"));
  return undefined;
}

function tell(name, data = "") {
  heard(name, data);
  channel?.postMessage({ name, data });
}

function banner(words, button) {
  const box = document.getElementById("banner");
  if (!box) return;
  box.textContent = words;
  if (button) {
    const reload = document.createElement("button");
    reload.className = "button little";
    reload.dataset.reloads = "";
    reload.textContent = button;
    box.append(reload);
  }
  box.hidden = !words;
}

function losing() {
  page.live = "off";
  lost ||= setTimeout(() => banner("The connection is lost. What you see may be old; trying again.", null), LOST_MS);
}

function found() {
  page.live = "on"; // also for whoever wants to know whether the page hears of changes
  clearTimeout(lost);
  lost = 0;
  if (!stale) banner("", null);
}

function outdated() {
  stale = true;
  banner("There is a new version of the desk.", "Load it");
}

// Resolves when the stream is over for good and may be opened anew.
function stream() {
  return new Promise((resolve) => {
    const source = new EventSource("/desk/events");
    for (const name of ["hello", "inbox", "presence", "signed-out"]) {
      source.addEventListener(name, (event) => {
        pause = 1000;
        if (name === "signed-out") source.close();
        tell(name, event.data);
      });
    }
    for (const name of ["conversation", "marks"]) source.addEventListener(name, (event) => tell(`${name}-${event.data}`));
    source.addEventListener("error", () => {
      tell("lost");
      if (source.readyState === EventSource.CLOSED) resolve();
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  });
}

// A stream that was refused: signed out meanwhile, or the server is away.
async function refused() {
  const answer = await fetch("/desk/attention", { headers: { "HX-Request": "true", "X-Desk-Auto": "1" } }).catch(() => null);
  if (answer?.status === 401) tell("signed-out");
  await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
  pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
}

async function listen() {
  for (;;) {
    await stream();
    await refused();
  }
}

// Who signs out is led on by that, and needs not be told.
document.addEventListener("submit", (event) => {
  if (event.target.action?.endsWith("/desk/sign-out")) leaving = true;
});
// Nor by what the page asks for meanwhile, whose refusal would lead elsewhere.
for (const name of ["htmx:beforeRequest", "htmx:beforeOnLoad"]) {
  document.addEventListener(name, (event) => leaving && event.preventDefault());
}

if (page.agent) {
  channel?.addEventListener("message", (event) => heard(event.data.name, event.data.data));
  // A browser opens only six connections to one host: its tabs share one stream. Without locks each has its own.
  if (channel && navigator.locks) navigator.locks.request("bellhop-desk-stream", listen);
  else listen();
  // A page that slept, or came out of the browser's memory, has missed things.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
