// The panel beside a conversation and the lists of what is to be done: dialogs whose content comes from the server, and sentences for the reply.

// A dialog that is part of something which reads itself again stands in the page itself, or it would go in the middle of things.
function settle(root) {
  for (const dialog of root.querySelectorAll?.("dialog[data-shows-itself]") ?? []) {
    const known = document.querySelector(`body > dialog[id="${dialog.id}"]`);
    if (known === dialog) continue;
    if (known) dialog.remove();
    else document.body.append(dialog);
  }
}

// Below what stands there already: the agent reads it again before it is sent.
function reply(text) {
  document.querySelector("[data-tab='reply']")?.click();
  const field = document.getElementById("write-reply");
  if (!field) return;
  field.value = [field.value.trimEnd(), text].filter(Boolean).join("\n");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  setTimeout(() => field.focus()); // after the dialog has given the focus back to where it was
}

document.addEventListener("htmx:load", (event) => settle(event.target));
settle(document);

document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target.closest?.("dialog[data-shows-itself]");
  if (dialog && !dialog.open) dialog.showModal();
  dialog?.querySelector("[autofocus], input:not([type=hidden]), select, textarea, button.primary")?.focus();
});

document.addEventListener("click", (event) => {
  const sentence = event.target.closest("[data-insert-reply]");
  if (sentence) reply(sentence.dataset.insertReply);
  const removes = event.target.closest("[data-removes]");
  if (removes) document.getElementById(removes.dataset.removes)?.remove();
});

// A form whose answer may be itself, with what is wrong: its dialog closes when there is nothing more to show.
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form[data-closes-when-done]");
  if (form && event.detail.xhr?.status === 204) form.closest("dialog")?.close();
});

// A button that writes something into a field, at the place of the cursor: a placeholder of a canned reply.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-types]");
  const field = button && document.getElementById(button.dataset.into);
  if (!field) return;
  field.setRangeText(button.dataset.types, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
