/* Draws the charts of a page with ECharts, out of the same rows as their tables; what each kind looks like is in charts_kinds.js.

   Each chart opens the conversations behind what one chooses in it. Nothing moves where less motion is wanted; colours
   are those of the theme, also when it changes. Without this script the tables are there. */

import { optionOf } from "./charts_kinds.js";

const ROWS = "/insights/conversations?";
const drawn = new Map(); // the element of a chart: {chart, data}
let engine = null;

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) drawn.get(target)?.chart.resize();
});

/** ECharts, fetched once, and only by pages that have a chart. */
function engineFrom(address) {
  engine ??= new Promise((resolve, reject) => {
    if (window.echarts) return resolve(window.echarts);
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.echarts);
    script.onerror = () => {
      engine = null;
      reject(new Error("the charts' script cannot be loaded"));
    };
    document.head.append(script);
  });
  return engine;
}

/** The theme's colours as they are now. */
function theme() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ...Object.fromEntries(
      ["text", "muted", "line", "surface", "raised", "sunken", "accent", "good", "warn", "bad", "bot"].map((name) => [name, token(name)]),
    ),
    lineStrong: token("line-strong"),
    accentSoft: token("accent-soft"),
    font: getComputedStyle(document.body).fontFamily,
    dark: style.colorScheme === "dark",
    still: matchMedia("(prefers-reduced-motion: reduce)").matches,
  };
}

function draw(element) {
  const { chart, data } = drawn.get(element);
  const { option, height } = optionOf(data, theme(), element.clientWidth);
  if (height) element.style.height = `${height}px`;
  chart.resize();
  chart.setOption(option, { notMerge: true });
}

/** Opens the conversations of what was chosen: its query came with the rows. */
function open(query) {
  if (typeof query === "string") location.assign(ROWS + query);
}

async function begin(element) {
  if (drawn.has(element)) return;
  const source = element.closest("figure").querySelector(`script[data-chart-of="${element.dataset.chart}"]`);
  if (!source) return;
  const data = JSON.parse(source.textContent);
  drawn.set(element, null);
  try {
    const echarts = await engineFrom(element.dataset.engine);
    const chart = echarts.init(element, null, { renderer: "canvas" });
    drawn.set(element, { chart, data });
    draw(element);
    chart.on("click", (chosen) => open(chosen.data?.opens));
    sizes.observe(element);
    element.dataset.drawn = "";
  } catch (error) {
    drawn.delete(element);
    element.hidden = true;
    const table = element.closest("figure").querySelector("details");
    if (table) table.open = true;
    console.warn(error);
  }
}

function beginAll(root) {
  for (const [element, known] of drawn) {
    if (!element.isConnected) {
      known?.chart.dispose();
      drawn.delete(element);
    }
  }
  for (const element of root.querySelectorAll("[data-chart]")) begin(element);
}

function drawAnew() {
  for (const [element, known] of drawn) if (known) draw(element);
}

new MutationObserver(drawAnew).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAnew);
matchMedia("(prefers-reduced-motion: reduce)").addEventListener("change", drawAnew);
document.addEventListener("htmx:load", (event) => beginAll(event.target));
beginAll(document);

/* The filter above figures: two days make the period that between them; what says nothing stays out of the address. */
document.addEventListener("change", (event) => {
  const form = event.target.closest?.(".figure-filter");
  if (form && event.target.type === "date") form.elements.period.value = "custom";
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches(".figure-filter")) return;
  const { period, since, until } = event.target.elements;
  for (const field of event.target.querySelectorAll("select, input")) field.disabled ||= field.value === "";
  if (period.value !== "custom") for (const field of [since, until]) field.disabled = true;
});

// Back from the rows, in a browser that kept the page: what was left out of the address can be chosen again.
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll(".figure-filter :disabled")) field.disabled = false;
});
