/** What the ways to and from another channel say, in English; a language's `widget.json` has them under "continue". */

export const WAY = {
  hint: "Open Telegram and tap Start there. We go on where we are now, with everything that was said.",
  open: "Open Telegram",
  scan: "Or scan this with your phone:",
  code: "QR code with the link",
  until: "The link is for you alone. It works once, until {0}.",
  wait: "One moment…",
  over: "This link is no longer valid.",
  again: "Get a new link",
  failed: "That does not work right now. You can simply go on here, or try again later.",
  back: "Back to the chat",
  here: "Continue here?",
  ask: "You come from our chat on Telegram. On this page it goes on with everything that was said. Only do so if you asked for this link yourself: whoever has that chat can read what you write here.",
  accept: "Continue here",
  refuse: "No, thanks",
  done: "The conversation goes on here.",
};
