/* What each kind of chart looks like, as options of ECharts; pure. Rows and fields are those of the chart's table. */

const SCORES = ["bad", "warn", "muted", "accent", "good"];
const OUTCOMES = { confirmed: "good", assumed: "muted", abandoned: "warn", handed_off: "accent", reopened: "bad" };
const ENOUGH = 30;

/** The option of a chart, and its height in pixels where its rows decide it. */
export function optionOf(data, theme, width) {
  const made = KINDS[data.chart.kind](new Rows(data), theme, width);
  const option = {
    animation: !theme.still,
    animationDuration: 300,
    textStyle: { fontFamily: theme.font, color: theme.text },
    aria: { enabled: true },
    ...made.option,
  };
  option.tooltip = {
    renderMode: "richText", // the other one writes style attributes, which the page's policy forbids
    confine: true,
    backgroundColor: theme.raised,
    borderColor: theme.line,
    padding: [8, 12],
    textStyle: { color: theme.text, fontSize: 12, fontFamily: theme.font, lineHeight: 18 },
    ...made.option.tooltip,
  };
  return { option, height: made.height };
}

/** A table by the names of its fields. */
class Rows {
  constructor(data) {
    this.chart = data.chart;
    this.fields = data.fields;
    this.rows = data.rows;
    this.opens = data.opens;
    this.places = new Map(data.fields.map((field, place) => [field.name, place]));
  }

  of(name) {
    return this.rows.map((row) => row[this.places.get(name)]);
  }

  field(name) {
    return this.fields[this.places.get(name)];
  }

  opening(name) {
    return this.opens.map((opens) => opens[name]);
  }
}

const percent = (value) => (value === null ? null : Math.round(value * 1000) / 10);
const number = (value) => value.toLocaleString("en-GB");

/** A colour between two; both as #rrggbb. */
function mix(one, other, share) {
  const [a, b] = [one, other].map((colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)));
  return `#${a.map((part, at) => Math.round(part * share + b[at] * (1 - share)).toString(16).padStart(2, "0")).join("")}`;
}

const tone = (theme, name) => mix(theme[name], theme.surface, name === "muted" ? 0.45 : 0.72);

function axes(theme, labels) {
  return {
    grid: { left: 8, right: 16, top: 16, bottom: 4, containLabel: true },
    xAxis: {
      type: "category",
      data: labels,
      axisLine: { lineStyle: { color: theme.line } },
      axisTick: { show: false },
      axisLabel: { color: theme.muted, fontSize: 11, hideOverlap: true },
    },
    yAxis: {
      type: "value",
      minInterval: 1,
      axisLabel: { color: theme.muted, fontSize: 11 },
      splitLine: { lineStyle: { color: theme.line, type: [3, 3] } },
    },
  };
}

/** A share over time in its interval; where there is none there is a gap. */
function band(rows, theme) {
  const { chart } = rows;
  const [labels, ys, lows, highs, ns] = [chart.x, chart.y, chart.low, chart.high, chart.n].map((name) => rows.of(name));
  const opens = rows.opening(chart.open);
  const option = axes(theme, labels);
  Object.assign(option.yAxis, { min: 0, max: 100, minInterval: 0, axisLabel: { ...option.yAxis.axisLabel, formatter: "{value} %" } });
  const silent = { type: "line", stack: "interval", silent: true, symbol: "none", lineStyle: { opacity: 0 }, tooltip: { show: false } };
  option.series = [
    { ...silent, data: lows.map(percent) },
    { ...silent, data: highs.map((high, at) => (high === null ? null : percent(high) - percent(lows[at]))), areaStyle: { color: theme.accent, opacity: theme.dark ? 0.2 : 0.14 } },
    {
      name: rows.field(chart.y).label,
      type: "line",
      connectNulls: false,
      lineStyle: { color: theme.accent, width: 2.5 },
      symbol: "circle",
      symbolSize: labels.length > 60 ? 5 : 7,
      showAllSymbol: true,
      cursor: "pointer",
      data: ys.map((y, at) => ({
        value: percent(y),
        opens: opens[at],
        itemStyle: { color: ns[at] < ENOUGH ? theme.surface : theme.accent, borderColor: theme.accent, borderWidth: 2 },
      })),
    },
  ];
  // A point between gaps has no band to stand in: its interval is a line through it.
  const alone = ys.map((y, at) => y !== null && (ys[at - 1] ?? null) === null && (ys[at + 1] ?? null) === null);
  option.series[2].markLine = {
    silent: true,
    symbol: "none",
    label: { show: false },
    lineStyle: { type: "solid", width: 8, cap: "round", color: theme.accent, opacity: 0.25 },
    data: ys.flatMap((_, at) => (alone[at] ? [[{ coord: [at, percent(lows[at])] }, { coord: [at, percent(highs[at])] }]] : [])),
  };
  option.tooltip = {
    trigger: "axis",
    axisPointer: { lineStyle: { color: theme.lineStrong } },
    formatter: (points) => {
      const at = points[0].dataIndex;
      if (ys[at] === null) return `${labels[at]}\nno ${rows.field(chart.n).label.toLowerCase()}`;
      const few = ns[at] < ENOUGH ? "\nfewer than 30: this says little" : "";
      return `${labels[at]}\n${percent(ys[at])} %  (95 %: ${percent(lows[at])}–${percent(highs[at])} %)\nn = ${number(ns[at])} ${rows.field(chart.n).label.toLowerCase()}${few}`;
    },
  };
  return { option };
}

/** A few columns beside each other. */
function columns(rows, theme) {
  const { chart } = rows;
  const [labels, ys, shares] = [chart.x, chart.y, chart.share].map((name) => rows.of(name));
  const opens = rows.opening(chart.open);
  const option = axes(theme, labels);
  option.grid.top = 28;
  option.series = [
    {
      type: "bar",
      barMaxWidth: 64,
      cursor: "pointer",
      label: { show: true, position: "top", color: theme.muted, fontSize: 11, formatter: ({ dataIndex }) => `${number(ys[dataIndex])} · ${shares[dataIndex].toFixed(1)} %` },
      data: ys.map((value, at) => ({ value, opens: opens[at], itemStyle: { color: tone(theme, SCORES[at]), borderRadius: [4, 4, 0, 0] } })),
    },
  ];
  option.tooltip = { trigger: "item", formatter: ({ dataIndex: at }) => `Rated ${labels[at]}\n${number(ys[at])} ratings, ${shares[at].toFixed(1)} %` };
  return { option };
}

/** Counts over time, put on each other. */
function stack(rows, theme) {
  const { chart } = rows;
  const labels = rows.of(chart.x);
  const option = axes(theme, labels);
  option.grid.top = 40;
  option.legend = { top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, itemGap: 18, textStyle: { color: theme.text, fontSize: 12 } };
  option.series = chart.ys.map((name) => {
    const opens = rows.opening(name);
    return {
      name: rows.field(name).label,
      type: "bar",
      stack: "all",
      barCategoryGap: "22%",
      barMaxWidth: 64,
      cursor: "pointer",
      color: tone(theme, OUTCOMES[name]),
      data: rows.of(name).map((value, at) => ({ value, opens: opens[at] })),
    };
  });
  option.tooltip = {
    trigger: "axis",
    axisPointer: { type: "shadow", shadowStyle: { color: theme.muted, opacity: 0.1 } },
    formatter: (points) => {
      const whole = points.reduce((sum, point) => sum + point.value, 0);
      const lines = points.map((point) => `${point.seriesName}: ${number(point.value)}${whole ? ` (${((100 * point.value) / whole).toFixed(1)} %)` : ""}`);
      return [labels[points[0].dataIndex], ...lines, `all that ended: ${number(whole)}`].join("\n");
    },
  };
  return { option };
}

/** A share of each of several, in its interval, one below the other. */
function ranges(rows, theme, width) {
  const { chart } = rows;
  const cut = (values) => values.slice(0, chart.most ?? 40);
  const [labels, ys, lows, highs, ns] = [chart.x, chart.y, chart.low, chart.high, chart.n].map((name) => cut(rows.of(name)));
  const opens = rows.opening(chart.open);
  const flat = axes(theme, labels);
  const signs = Math.min(Math.max(...labels.map((label) => label.length)), Math.floor((width * 0.42 - 70) / 6.6));
  const shortened = (label) => (label.length > signs ? `${label.slice(0, Math.max(4, signs - 1))}…` : label);
  const option = {
    grid: { left: 78 + signs * 6.6, right: 24, top: 4, bottom: 24, containLabel: false },
    xAxis: { ...flat.yAxis, min: 0, max: 100, axisLabel: { ...flat.yAxis.axisLabel, formatter: "{value} %", hideOverlap: true } },
    yAxis: {
      ...flat.xAxis,
      inverse: true,
      axisLabel: {
        color: theme.text,
        fontSize: 12,
        interval: 0,
        formatter: (label, at) => `${shortened(label)}  {n|n = ${number(ns[at])}}`,
        rich: { n: { color: theme.muted, fontSize: 11, width: 52, align: "right" } },
      },
    },
  };
  const silent = { type: "bar", stack: "interval", silent: true, barWidth: 8, animation: false, tooltip: { show: false } };
  option.series = [
    { ...silent, itemStyle: { color: "transparent" }, data: lows.map(percent) },
    { ...silent, itemStyle: { color: mix(theme.accent, theme.surface, 0.3), borderRadius: 4 }, data: highs.map((high, at) => (high === null ? null : percent(high) - percent(lows[at]))) },
    {
      type: "scatter",
      symbolSize: 11,
      cursor: "pointer",
      data: ys.map((y, at) => ({
        value: [percent(y), at],
        opens: opens[at],
        itemStyle: { color: ns[at] < ENOUGH ? theme.surface : theme.accent, borderColor: theme.accent, borderWidth: 2 },
      })),
    },
  ];
  option.tooltip = {
    trigger: "axis",
    axisPointer: { type: "shadow", shadowStyle: { color: theme.muted, opacity: 0.1 } },
    formatter: (points) => {
      const at = points[0].dataIndex;
      if (ys[at] === null) return `${labels[at]}\nn = 0`;
      return `${labels[at]}\n${percent(ys[at])} %  (95 %: ${percent(lows[at])}–${percent(highs[at])} %)\nn = ${number(ns[at])}${ns[at] < ENOUGH ? "\nfewer than 30: this says little" : ""}`;
    },
  };
  return { option, height: 44 + labels.length * 30 };
}

/** A week of hours: the darker the more. */
function heat(rows, theme) {
  const { chart } = rows;
  const hours = rows.of(chart.y);
  const days = chart.x.map((name) => rows.field(name).label);
  const cells = [];
  chart.x.forEach((name, day) => {
    const opens = rows.opening(name);
    rows.of(name).forEach((value, hour) => cells.push({ value: [hour, day, value], opens: value ? opens[hour] : null }));
  });
  const most = Math.max(1, ...cells.map((cell) => cell.value[2]));
  const flat = axes(theme, hours);
  const option = {
    grid: { ...flat.grid, top: 4, right: 8 },
    xAxis: { ...flat.xAxis, splitArea: { show: false }, axisLabel: { ...flat.xAxis.axisLabel, formatter: (hour) => hour.slice(0, 2) } },
    yAxis: { ...flat.xAxis, data: days, inverse: true, axisLabel: { color: theme.text, fontSize: 12 } },
    visualMap: { show: false, min: 0, max: most, dimension: 2, inRange: { color: [theme.sunken, mix(theme.accent, theme.surface, 0.45), theme.accent] } },
    series: [{ type: "heatmap", data: cells, cursor: "pointer", itemStyle: { borderColor: theme.surface, borderWidth: 2, borderRadius: 3 } }],
    tooltip: {
      trigger: "item",
      formatter: ({ value: [hour, day, count] }) => `${days[day]}, ${hours[hour]} to ${hours[hour].slice(0, 2)}:59\n${number(count)} conversations`,
    },
  };
  return { option };
}

/** Streams from the topic over the steps to the outcome and the rating. A node is a name at a place, so none leads back. */
function journey(rows, theme, width) {
  const [froms, fromLabels, tos, toLabels, counts] = rows.fields.map((field) => rows.of(field.name));
  const opens = rows.opening("conversations");
  const id = (place, label) => `${place} ${label}`;
  const columnsUsed = [...new Set([...froms, ...tos])].sort((a, b) => a - b);
  const outcomeColumn = columnsUsed.at(-2);
  const nodes = new Map();
  const colour = (place, label) => {
    if (label.startsWith("Other") || label === "Further steps" || label === "No rating" || label === "Still open") return tone(theme, "muted");
    if (place === columnsUsed.at(-1)) return tone(theme, SCORES[Number(label.slice(-1)) - 1]);
    if (place === outcomeColumn) return tone(theme, OUTCOME_LABELS[label] ?? "muted");
    return mix(place === 0 ? theme.accent : theme.bot, theme.surface, place === 0 ? 0.85 : 0.6);
  };
  const add = (place, label) => {
    if (!nodes.has(id(place, label))) {
      nodes.set(id(place, label), { name: id(place, label), label, depth: columnsUsed.indexOf(place), itemStyle: { color: colour(place, label), borderWidth: 0 } });
    }
  };
  froms.forEach((place, at) => {
    add(place, fromLabels[at]);
    add(tos[at], toLabels[at]);
  });
  const links = froms.map((place, at) => ({ source: id(place, fromLabels[at]), target: id(tos[at], toLabels[at]), value: counts[at], opens: opens[at] }));
  const room = Math.max(40, width / columnsUsed.length - 34);
  const option = {
    series: [
      {
        type: "sankey",
        left: 4,
        right: Math.min(96, room),
        top: 12,
        bottom: 12,
        nodeAlign: "left",
        nodeWidth: 12,
        nodeGap: 10,
        draggable: false,
        labelLayout: { hideOverlap: true },
        layoutIterations: 48,
        cursor: "pointer",
        emphasis: { focus: "adjacency" },
        lineStyle: { color: "source", opacity: theme.dark ? 0.38 : 0.3, curveness: 0.5 },
        label: { color: theme.text, fontSize: 11, lineHeight: 13, width: room, overflow: room < 110 ? "break" : "truncate", textBorderColor: theme.surface, textBorderWidth: 2, formatter: ({ data }) => data.label },
        data: [...nodes.values()],
        links,
      },
    ],
    tooltip: {
      trigger: "item",
      formatter: ({ dataType, data, value }) => {
        const count = `${number(value)} conversation${value === 1 ? "" : "s"}`;
        if (dataType === "node") return `${data.label}\n${count}`;
        return `${nodes.get(data.source).label} → ${nodes.get(data.target).label}\n${count}${data.opens ? "\nopen them with a click" : ""}`;
      },
    },
  };
  const tallest = Math.max(...columnsUsed.map((_, depth) => [...nodes.values()].filter((node) => node.depth === depth).length));
  return { option, height: Math.max(360, Math.min(760, 140 + tallest * 52)) };
}

const OUTCOME_LABELS = { "Confirmed resolved": "good", "Assumed resolved": "muted", Abandoned: "warn", "Handed off": "accent", Reopened: "bad" };
const KINDS = { band, columns, stack, ranges, heat, journey };
