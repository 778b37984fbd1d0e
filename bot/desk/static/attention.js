// Says that somebody waits: in the title, to screen readers, by sound and by the browser's notifications, as the agent wants it.

import { announce } from "./desk.js";

const page = document.body.dataset;
const known = new Map(); // what was said already, by conversation
let begun = false;
let asking = false;
let again = false;
let sound = null;

// Browsers let nobody sound before the first gesture.
addEventListener("pointerdown", ready);
addEventListener("keydown", ready);
function ready(anyway) {
  if ((page.sound !== "on" && anyway !== true) || !("AudioContext" in window)) return;
  sound ??= new AudioContext();
  if (sound.state === "suspended") sound.resume();
}

/** Two short soft notes; anyway, also where sound is off: to try it. */
export function beep(anyway = false) {
  if (!anyway && page.sound !== "on") return;
  if (anyway) ready(true);
  if (sound?.state === "running") notes();
  else if (anyway) sound?.resume().then(notes);
}

function notes() {
  const begin = sound.currentTime;
  [660, 880].forEach((pitch, number) => {
    const at = begin + number * 0.14;
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.12, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.3);
    tone.connect(volume).connect(sound.destination);
    tone.start(at);
    tone.stop(at + 0.32);
  });
}

function notify(title, body, id) {
  if (page.notifications !== "on" || !("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
  const shown = new Notification(title, { body, tag: id });
  shown.addEventListener("click", () => {
    focus();
    location.assign(`/desk/c/${id}`);
    shown.close();
  });
}

function badge(number) {
  const plain = document.title.replace(/^\(\d+\) /, "");
  document.title = number ? `(${number}) ${plain}` : plain;
}

// Of several tabs only one sounds: whoever gets there first.
async function alone(id, what) {
  if (!navigator.locks) return what();
  return navigator.locks.request(`bellhop-desk-${id}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    what();
    await new Promise((resolve) => setTimeout(resolve, 3000));
  });
}

function news(told) {
  const fresh = [];
  const now = new Map();
  for (const one of told.waiting) {
    const mark = `waits ${one.since}`;
    now.set(one.id, mark);
    if (known.get(one.id) !== mark) fresh.push({ ...one, title: `${one.name} is waiting`, body: `On ${one.channel}` });
  }
  for (const one of told.unread) {
    const mark = Number(one.news);
    now.set(one.id, mark);
    const before = known.get(one.id);
    if (!(typeof before === "number" && before >= mark)) fresh.push({ ...one, title: `${one.name} wrote`, body: `On ${one.channel}` });
  }
  for (const one of told.late) {
    const key = `late ${one.id}`;
    const mark = `${one.due} ${one.over}`;
    now.set(key, mark);
    if (known.get(key) !== mark) fresh.push({ ...one, title: one.over ? `${one.name}: too late now` : `${one.name}: time is running out`, body: `On ${one.channel}` });
  }
  known.clear();
  for (const [id, mark] of now) known.set(id, mark);
  return fresh;
}

async function look() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const answer = await fetch("/desk/attention", { headers: { "HX-Request": "true", "X-Desk-Auto": "1" } });
    if (answer.ok) say(await answer.json());
  } catch {
    // The stream says that the connection is lost.
  }
  asking = false;
  if (again) {
    again = false;
    look();
  }
}

function say(told) {
  badge(told.counts.waiting + told.counts.unread);
  const open = location.pathname.match(/^\/desk\/c\/([\w-]+)/)?.[1];
  const fresh = news(told);
  if (begun) {
    for (const one of fresh) {
      const looking = one.id === open && document.hasFocus();
      if (!looking) announce(`${one.title}. ${one.body}.`);
      alone(one.id, () => {
        if (!looking) beep();
        notify(one.title, one.body, one.id);
      });
    }
  }
  begun = true;
}

if (page.agent) {
  document.addEventListener("desk:changed", look);
  document.addEventListener("htmx:afterSettle", () => begun && document.title.startsWith("(") === false && look());
  look();
}
