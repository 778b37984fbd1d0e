/** Picks dark or light, and makes any brand colour readable on both. */

const AA = 4.5;
const PANEL = { light: [255, 255, 255], dark: [23, 27, 33] };

/**
 * Applies theme and brand colour to the widget's root.
 * @param {HTMLElement} root its --bellhop-brand is read, its --on-brand and --accent are set
 * @param {"light"|"dark"} theme
 */
export function paint(root, theme) {
  root.dataset.theme = theme;
  const brand = rgb(getComputedStyle(root).accentColor) ?? [36, 87, 76];
  root.style.setProperty("--on-brand", rgbText(contrast(brand, [255, 255, 255]) >= AA ? [255, 255, 255] : [16, 20, 24]));
  root.style.setProperty("--accent", rgbText(readable(brand, PANEL[theme])));
}

/** The WCAG contrast ratio of two colours, 1 to 21. */
export function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** The colour, moved towards black or white until text in it can be read on the ground. */
export function readable(colour, ground) {
  const target = luminance(ground) > 0.18 ? 0 : 255;
  for (let part = 0; part <= 1; part += 0.05) {
    const mixed = colour.map((value) => Math.round(value + (target - value) * part));
    if (contrast(mixed, ground) >= AA) return mixed;
  }
  return [target, target, target];
}

function luminance(colour) {
  const [r, g, b] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function rgb(text) {
  const numbers = /^rgba?\(([^)]+)\)/.exec(text)?.[1].match(/[\d.]+/g);
  return numbers ? numbers.slice(0, 3).map(Number) : null;
}

function rgbText(colour) {
  return `rgb(${colour.join(" ")})`;
}
