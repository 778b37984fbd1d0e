/** Every sentence the widget itself says, by locale; a missing locale or sentence falls back to English. */

const en = {
  title: "Chat with us",
  subtitle: "Usually replies at once",
  greeting: "Hello! How can we help?",
  launcher: "Open chat",
  launcherUnread: (count) => `Open chat, ${count} unread ${count === 1 ? "message" : "messages"}`,
  close: "Close chat",
  menu: "Chat options",
  person: "Talk to a person",
  personText: "I'd like to talk to a person",
  end: "End chat",
  endText: "That's all, goodbye",
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
  retry: "Try again",
  discard: "Delete",
  offline: "Offline. Your messages will be sent when you are back.",
  reconnecting: "Connecting… Your messages will be sent.",
  blocked: "The chat cannot be reached from this page.",
  delayed: "This takes a moment. Your message will be sent.",
  status: {
    queue: "Waiting for a person",
    position: (position) => `Waiting for a person: you are number ${position}`,
    eta: (minutes) => `about ${minutes} min`,
    agent: (name) => `You are talking to ${name ?? "our team"}`,
    ended: "This conversation has ended",
  },
  rating: "Your rating",
  faces: ["Very poor", "Poor", "Fair", "Good", "Excellent"],
  ratingName: (value, word) => `${value} of 5, ${word}`,
  ratingSaved: (word) => `You chose “${word}”. Tap another to change it.`,
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

const LOCALES = { en };

/** The sentences for a locale such as "en-GB". */
export function stringsFor(locale) {
  const language = String(locale ?? "").toLowerCase().split(/[-_]/)[0];
  return { ...en, ...(Object.hasOwn(LOCALES, language) ? LOCALES[language] : {}) };
}
