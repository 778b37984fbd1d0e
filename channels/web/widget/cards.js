/** Draws one card: an order, a profile, or whatever else comes with fields, items and a total. */

import { h, icon } from "./dom.js";
import { link, safeUrl } from "./text.js";

/** @param {object} card as parsed in frames.js @param {string} base the page addresses are resolved against */
export function cardNode(card, strings, base) {
  if (card.kind === "file") return fileNode(card, base);
  return h(
    "article",
    { class: card.kind === "summary" ? "card summary" : "card", "aria-label": card.title || null },
    h(
      "header",
      { class: "card-head" },
      h("div", {}, h("strong", {}, card.title), card.subtitle && h("span", { class: "card-sub" }, card.subtitle)),
      card.badge && h("span", { class: `badge ${card.badge.tone}` }, card.badge.text),
    ),
    card.fields.length > 0 && h("dl", {}, ...card.fields.map((field) => fieldNode(field, base))),
    card.items.length > 0 && h("ul", { class: "items" }, ...card.items.map((item) => itemNode(item, base))),
    card.total && h("p", { class: "total" }, h("span", {}, strings.total), h("strong", {}, card.total)),
  );
}

// The pair is one row, and two where the value is long.
function fieldNode(field, base) {
  const href = safeUrl(field.href, base);
  return h("div", {}, h("dt", {}, field.label), h("dd", { dir: "auto" }, href ? link(href, field.value) : field.value));
}

// A file is one row, and all of it leads there.
function fileNode(card, base) {
  const node = link(safeUrl(card.href, base), itemNode({ ...card, detail: card.subtitle }, base, "span"));
  node.className = "card file";
  return node;
}

function itemNode(item, base, tag = "li") {
  const src = safeUrl(item.image, base);
  return h(
    tag,
    { class: "item" },
    src ? h("img", { src, alt: "", width: 44, height: 44, loading: "lazy" }) : h("span", { class: "no-image" }, tag === "span" && icon("clip")),
    h("div", {}, h("span", {}, item.title), item.detail && h("span", { class: "detail" }, ...changeNodes(item.detail))),
    item.price && h("span", { class: "price" }, item.price),
  );
}

// "navy, M → navy, L": what it was and what it will be.
function changeNodes(detail) {
  const [old, become] = detail.split(" → ");
  return become ? [h("s", {}, old), " → ", h("b", {}, become)] : [detail];
}
