/** Builds DOM nodes; text only ever becomes a text node, so nothing a message says can turn into markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Creates an element.
 * @param {string} tag
 * @param {object} attributes plain attributes; a key that starts with "on" is an event listener
 * @param {...(Node|string|null|false)} children
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

/** A button that does not submit a form. */
export function button(attributes, ...children) {
  return h("button", { type: "button", ...attributes }, ...children);
}

const ICONS = {
  chat: "M21 11.5a8.5 8 0 01-12.5 7L3.5 20 5 15.5A8.5 8 0 1121 11.5z",
  close: "M6 6l12 12M18 6L6 18",
  down: "M5 9l7 7 7-7",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  send: "M21 3L10 14M21 3l-7 18-4-7-7-4z",
  person: "M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 20c.8-3.5 3.8-5.5 7.5-5.5s6.7 2 7.5 5.5",
  end: "M5 12.5l4.5 4.5L19 7.5",
  clip: "M20 11l-8 8a5 5 0 01-7-7l8-8a3.3 3.3 0 015 5l-8 8a1.7 1.7 0 01-2.5-2.5l7-7",
  bell: "M4 17h16M5.5 17a6.5 6.5 0 0113 0M12 10.5V8M10 8h4M6 20h12",
};

/** A decorative line icon by its name in ICONS. */
export function icon(name) {
  return drawing("icon", [{ d: ICONS[name] }]);
}

/** A face for one rating: its mouth bends from -2 (unhappy) to 2 (happy). */
export function face(mood) {
  const bend = 15.5 + mood * 1.7;
  const side = 15.5 - mood;
  return drawing("face", [
    { d: "M12 2.5a9.5 9.5 0 100 19 9.5 9.5 0 000-19z", class: "skin" },
    { d: "M8.8 9.2v.8M15.2 9.2v.8" },
    { d: `M7.8 ${side}Q12 ${bend} 16.2 ${side}` },
  ]);
}

/** A picture of one or more paths, in a square of `size` units. */
export function drawing(className, paths, size = 24) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: `0 0 ${size} ${size}`, "aria-hidden": "true", class: className };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  for (const path of paths) {
    const node = document.createElementNS(SVG, "path");
    for (const [name, value] of Object.entries(path)) node.setAttribute(name, value);
    svg.append(node);
  }
  return svg;
}
