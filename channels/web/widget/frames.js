/** Parses what the server sends into typed values, and drops what is not a frame of the protocol. */

const text = (value) => (typeof value === "string" ? value : "");
const textOrNull = (value) => (typeof value === "string" && value !== "" ? value : null);
const whole = (value) => (Number.isInteger(value) ? value : 0);
const list = (value) => (Array.isArray(value) ? value.filter((item) => item && typeof item === "object") : []);
export const oneOf = (value, known, otherwise) => (known.includes(value) ? value : otherwise);

/** Who owns a conversation, where it is not the assistant. */
export const PEOPLE_OWN = ["queue", "agent"];

const TONES = ["info", "good", "warn", "bad"];

const PARSERS = {
  ready: (frame) => ({
    conversation: textOrNull(frame.conversation),
    status: oneOf(frame.owner, PEOPLE_OWN, oneOf(frame.status, ["open", "ended"], "none")),
    lastSeq: whole(frame.last_seq),
    elsewhere: oneOf("telegram", [frame.continue].flat(), null),
  }),
  ack: (frame) => ({ id: text(frame.id) }),
  message: (frame) => ({ message: message(frame) }),
  edited: (frame) => ({ seq: whole(frame.seq), text: text(frame.text) }),
  turn_done: () => ({}),
  typing: (frame) => ({ agent: textOrNull(frame.agent) }),
  status: (frame) => ({
    status: oneOf(frame.status, [...PEOPLE_OWN, "ended"], "open"),
    position: whole(frame.position),
    wait: textOrNull(frame.wait),
    agent: textOrNull(frame.agent),
    choices: choicesOf(frame),
  }),
  error: (frame) => ({
    code: text(frame.code),
    message: text(frame.message),
    id: textOrNull(frame.id),
    retryable: frame.retryable === true,
  }),
};

/** One frame as {type, …}, or null for anything this version does not know. */
export function parseFrame(raw) {
  try {
    const frame = JSON.parse(raw);
    return Object.hasOwn(PARSERS, frame.type) ? { type: frame.type, ...PARSERS[frame.type](frame) } : null;
  } catch {
    return null;
  }
}

function message(frame) {
  const at = Date.parse(frame.at);
  return {
    seq: whole(frame.seq),
    id: textOrNull(frame.id),
    at: Number.isNaN(at) ? Date.now() : at,
    author: {
      kind: oneOf(frame.author?.kind, ["customer", "bot", "agent"], "system"),
      name: textOrNull(frame.author?.name),
    },
    text: text(frame.text),
    choice: textOrNull(frame.choice),
    choices: choicesOf(frame),
    cards: list(frame.cards).map(card),
    expects: textOrNull(frame.expects),
    via: textOrNull(frame.via),
    edited: frame.edited === true,
    attachments: list(frame.attachments).map((one) => text(one.name)),
  };
}

function choicesOf(frame) {
  return list(frame.choices).map((choice) => ({
    id: String(choice.id),
    title: text(choice.title),
    value: choice.value == null ? null : String(choice.value),
  }));
}

function card(value) {
  return {
    kind: text(value.kind),
    title: text(value.title),
    subtitle: textOrNull(value.subtitle),
    badge: value.badge?.text && { text: text(value.badge.text), tone: oneOf(value.badge.tone, TONES, "info") },
    fields: list(value.fields).map((field) => ({
      label: text(field.label),
      value: text(field.value),
      href: textOrNull(field.href),
    })),
    items: list(value.items).map((item) => ({
      title: text(item.title),
      detail: textOrNull(item.detail),
      price: textOrNull(item.price),
      image: textOrNull(item.image),
    })),
    total: textOrNull(value.total),
    href: textOrNull(value.href),
    image: textOrNull(value.image),
  };
}
