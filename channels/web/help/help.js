/** The help centre: its buttons open the chat. Without scripts they stay hidden, and everything else works. */

for (const button of document.querySelectorAll("[data-chat], [data-ask]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const { ask } = button.dataset;
    if (ask) window.Bellhop?.send(ask);
    else window.Bellhop?.open();
  });
}
