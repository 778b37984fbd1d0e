// A way of swapping for htmx, hx-swap="morph": what is the same stays, so that focus, scrolling, open menus and what is half typed are kept.

function same(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.id ?? "") === (other.id ?? "");
}

function attributes(from, to) {
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && name !== "open" && name !== "tabindex") from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (name !== "tabindex" && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
}

function key(node) {
  return node.id || node.firstElementChild?.id || "";
}

/** Makes `from` look like `to`, keeping whatever of it can stay. */
export function morph(from, to) {
  if (from.isEqualNode(to)) return;
  if (!(from instanceof Element)) {
    from.nodeValue = to.nodeValue;
    return;
  }
  attributes(from, to);
  if (from.matches("details[open], form:focus-within")) return; // somebody is in the middle of it
  const kept = new Map();
  for (const child of from.children) if (key(child)) kept.set(key(child), child);
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const known = wanted instanceof Element && key(wanted) ? kept.get(key(wanted)) : null;
    if (known && known.nodeName === wanted.nodeName) {
      if (known === place) place = place.nextSibling;
      else from.insertBefore(known, place);
      kept.delete(key(wanted));
      morph(known, wanted);
    } else if (place && same(place, wanted) && !(place instanceof Element && key(place) && kept.has(key(place)))) {
      const next = place.nextSibling;
      morph(place, wanted);
      place = next;
    } else from.insertBefore(wanted.cloneNode(true), place);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

window.htmx?.defineExtension("desk", {
  isInlineSwap: (style) => style === "morph",
  handleSwap(style, target, fragment) {
    if (style !== "morph") return false;
    const to = fragment.firstElementChild;
    if (!to) return false;
    morph(target, to);
    return [target];
  },
});
