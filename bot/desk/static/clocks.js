// Counts times on: <time data-since>, <time data-until data-warn>, and tells <time data-moment> in the reader's own zone. The server's words are alike.

const EVERY_MS = 1000;

/** "40 s", "12 min", "3 h 05", "2 d". */
export function spanWords(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${String(minutes % 60).padStart(2, "0")}` : `${Math.floor(hours / 24)} d`;
}

function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function count() {
  const now = Date.now();
  for (const element of document.querySelectorAll("time[data-since]")) {
    put(element, spanWords((now - Date.parse(element.dateTime)) / 1000));
  }
  for (const element of document.querySelectorAll("time[data-until]")) {
    const left = (Date.parse(element.dateTime) - now) / 1000;
    const late = left <= 0;
    put(element, late ? `${spanWords(-left)} late` : spanWords(left));
    element.classList.toggle("late", late);
    element.classList.toggle("soon", !late && "warn" in element.dataset && Date.parse(element.dataset.warn) <= now);
  }
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short" });

function tell() {
  const today = new Date().toDateString();
  for (const element of document.querySelectorAll("time[data-moment]:not([title])")) {
    const at = new Date(element.dateTime);
    element.title = full.format(at);
    put(element, (at.toDateString() === today ? clock : day).format(at));
  }
}

setInterval(count, EVERY_MS);
document.addEventListener("htmx:load", () => {
  count();
  tell();
});
count();
tell();
