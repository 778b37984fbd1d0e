/** Every sentence the widget itself says: English here, other languages loaded when needed; what they lack is English. */

export const ENGLISH = {
  title: "Chat with us",
  subtitle: "Usually replies at once",
  greeting: "Hello! How can we help?",
  launcher: "Open chat",
  launcherUnread: ["Open chat, {0} unread message", "Open chat, {0} unread messages"],
  close: "Close chat",
  menu: "Chat options",
  person: "Talk to a person",
  personText: "I'd like to talk to a person",
  end: "End chat",
  endText: "That's all, goodbye",
  moveOn: "Continue on Telegram",
  later: "That does not work right now. Please try again later.",
  log: "Conversation",
  you: "You",
  assistant: "Assistant",
  agent: "Support",
  typing: "Typing…",
  newMessages: "New messages",
  today: "Today",
  yesterday: "Yesterday",
  earlier: "New conversation",
  choices: "Suggested answers",
  send: "Send",
  field: "Your message",
  empty: "Write a message first.",
  tooLong: "This message is too long. Please send it in parts.",
  state: {
    sending: "Sending…",
    slow: "Still sending…",
    waiting: "Waiting to be sent",
    sent: "Sent",
    failed: "Not sent",
  },
  edited: "Edited",
  attachment: "Attachment: ",
  retry: "Try again",
  discard: "Delete",
  offline: "Offline. Your messages will be sent when you are back.",
  reconnecting: "Connecting… Your messages will be sent.",
  blocked: "The chat cannot be reached from this page.",
  delayed: "This takes a moment. Your message will be sent.",
  ended: "This conversation has ended",
  rating: "Your rating",
  faces: ["Very poor", "Poor", "Fair", "Good", "Excellent"],
  ratingName: "{0} of 5, {1}",
  ratingSaved: "You chose “{0}”. Tap another to change it.",
  comment: "Your comment",
  total: "Total",
  placeholder: {
    text: "Write a message…",
    ended: "Write to start a new conversation…",
    order_number: "Order number, for example #W1234567",
    email: "Your e-mail address",
    postcode: "Postcode",
    one_time_code: "Code from the e-mail",
    items: "Choose above, or write…",
    variant: "Choose above, or write…",
    address: "Street, town and postcode",
    payment_method: "Choose above, or write…",
    reason: "In your own words…",
    confirmation: "Yes or no…",
    rating: "Tap a rating above, or write…",
    comment: "What went well, what did not?",
  },
};

const PATIENCE = 3_000; // a page should not go without its chat for a translation

/** The sentences for a locale such as "de-AT", once they are here; null where English serves. */
export function stringsFor(locale, server) {
  const [language] = locale.split("-");
  if (language === "en") return null;
  return fetch(`${server}/widget/strings/${language}.json`, { signal: AbortSignal.timeout(PATIENCE) })
    .then((answer) => (answer.ok ? answer.json() : {}))
    .then((own) => {
      for (const group of ["state", "placeholder"]) own[group] = { ...ENGLISH[group], ...own[group] };
      return { ...ENGLISH, ...own };
    })
    .catch(() => ENGLISH);
}
