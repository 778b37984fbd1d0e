// The account's page: the theme at once, the sound to try, and the browser's leave for notifications.

import { beep } from "./attention.js";

const page = document.body.dataset;

document.addEventListener("desk:preferences", (event) => {
  const { theme, sound, notifications, keys } = event.detail;
  document.documentElement.dataset.theme = theme;
  page.sound = sound ? "on" : "off";
  page.notifications = notifications ? "on" : "off";
  page.keys = keys ? "on" : "off";
  state();
});

document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-try-sound]")) setTimeout(() => beep(true), 60);
  if (event.target.closest("[data-ask-notifications]")) {
    await Notification.requestPermission();
    state();
  }
});

function state() {
  const told = document.getElementById("notifications-state");
  const button = document.querySelector("[data-ask-notifications]");
  if (!told || !button) return;
  const wanted = page.notifications === "on";
  const permission = "Notification" in window ? Notification.permission : "missing";
  button.hidden = !wanted || permission !== "default";
  told.textContent = !wanted
    ? ""
    : {
        granted: "This browser may show them.",
        default: "This browser has not been asked yet.",
        denied: "This browser refuses them. Its settings for this site say so.",
        missing: "This browser has none, or the desk is not reached over https.",
      }[permission];
}
state();
