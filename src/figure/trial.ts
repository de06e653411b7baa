import type { Figure } from "./contract.ts";
import { figureWidth, mutedInk, palette, theme } from "./theme.ts";
import { mostLines, runsOf, type TrialPicture, told, trialData, trialSentences } from "./trial-data.ts";
import { figureTitle, numberText, settingSuffix, slug } from "./wording.ts";

const labelRoom = 150;
const width = figureWidth - labelRoom - 30;
const lineHeight = 130;
const planeSize = 260;
const stripHeight = 18;
const labelHeight = 13;
const lineColours = [
  palette.blue,
  palette.vermillion,
  palette.green,
  palette.orange,
  palette.purple,
  palette.black,
] as const;
const lineDashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [4, 2],
  [1, 3],
];

/**
 * What a trial shows over time: periods, weights in the loss, inputs and the ground truth.
 *
 * Up to six channels are lines, more are a heat map; a position x and y is drawn in the plane as well.
 */
export function trialFigure(trial: TrialPicture): Figure {
  const { task, part, split, index, seed, target } = trial;
  const title = `A trial of ${task}${settingSuffix(part)}`;
  const reading = `Trial ${index} of the ${split} split, seed ${seed}. Values hold for a step of ${numberText(trial.dt)} ms.`;
  const inputs = { title: "Input", names: trial.inputs, values: trial.input };
  const outputs = {
    title: "Target",
    names: trial.outputs,
    values: target.kind === "values" ? target.values : target.classes,
  };
  const path = target.kind === "values" ? planeOf(trial, outputs) : undefined;
  const plane = path ?? planeOf(trial, inputs);
  const targets = target.kind === "classes" ? [classPanel(trial, target.classes)] : channelPanels(trial, outputs);
  const alternative = `${title}. ${reading} ${trialSentences(trial)}`;
  return {
    name: slug("trial", task, ...(part === undefined ? [] : [part])),
    title,
    caption: [
      `${title}: trial ${index} of the ${split} split with seed ${seed}.`,
      told("Options", trial.options),
      told("Conditions", trial.conditions),
      "Top: periods, and the weight of each step in the loss. Below: what the network sees, and what its output is compared with; where the weight is 0 it is drawn faintly.",
      ...(plane === undefined ? [] : ["Bottom: the path in the plane, from the circle to the square."]),
    ]
      .filter((sentence) => sentence !== "")
      .join(" "),
    alternative,
    warnings: [],
    data: trialData(trial),
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, []),
      spacing: 10,
      vconcat: [strips(trial), ...channelPanels(trial, inputs), ...targets, ...(plane === undefined ? [] : [plane])],
      resolve: { scale: { color: "independent", strokeDash: "independent" }, legend: { color: "independent" } },
      config: theme,
    },
  };
}

function timeAxis({ stepCount, dt }: TrialPicture, title: string | null) {
  return {
    field: "from",
    type: "quantitative" as const,
    scale: { domain: [0, stepCount * dt], nice: false },
    axis:
      title === null
        ? { title: null, labels: false, ticks: false, grid: false, domain: false }
        : { title, grid: false, tickCount: 8 },
  };
}

/** Periods and weights, one row each. */
function strips(trial: TrialPicture) {
  const { stepCount, dt, periods, mask } = trial;
  const end = stepCount * dt;
  const heaviest = Math.max(...Array.from(mask), 0);
  const shown = periods.filter(({ start }) => start < end);
  const rows = [
    ...shown.map(({ name, start, end: stop }, index) => ({
      strip: "period",
      from: start,
      to: Math.min(stop, end),
      text: name,
      shade: index % 2 === 0 ? "#E3E3E3" : "#F2F2F2",
      isDark: false,
    })),
    ...runsOf(stepCount, dt, (t) => mask[t]).map(({ from, to, value }) => ({
      strip: "weight in the loss",
      from,
      to,
      text: numberText(value),
      shade: shadeOf(heaviest === 0 ? 0 : value / heaviest),
      isDark: heaviest > 0 && value / heaviest > 0.5,
    })),
  ].map((row) => ({ ...row, middle: (row.from + row.to) / 2 }));
  // 6 px a character; what is narrower than its text stays without
  const written = rows.filter(({ text, from, to }) => ((to - from) / end) * width > 6 * text.length + 4);
  const y = {
    field: "strip",
    type: "ordinal" as const,
    sort: ["period", "weight in the loss"],
    axis: { title: null, ticks: false, domain: false },
  };
  return {
    width,
    height: 2 * stripHeight,
    layer: [
      {
        data: { values: rows },
        mark: { type: "rect" as const, stroke: "#FFFFFF", strokeWidth: 1 },
        encoding: {
          x: timeAxis(trial, null),
          x2: { field: "to" },
          y,
          color: { field: "shade", type: "nominal" as const, scale: null, legend: null },
        },
      },
      {
        data: { values: written },
        mark: { type: "text" as const, fontSize: 11 },
        encoding: {
          x: { ...timeAxis(trial, null), field: "middle" },
          y,
          text: { field: "text", type: "nominal" as const },
          color: { condition: { test: "datum.isDark", value: "#FFFFFF" }, value: "#222222" },
        },
      },
    ],
  };
}

/** From white to blue. */
function shadeOf(share: number): string {
  const part = (from: number, to: number): string =>
    Math.round(from + (to - from) * share)
      .toString(16)
      .padStart(2, "0");
  return `#${part(0xf2, 0x00)}${part(0xf2, 0x72)}${part(0xf2, 0xb2)}`;
}

interface Channels {
  readonly title: string;
  readonly names: readonly string[];
  /** `[time, channel]`. */
  readonly values: ArrayLike<number>;
}

function channelPanels(trial: TrialPicture, channels: Channels) {
  const count = channels.names.length;
  if (count > mostLines) return [heatPanel(trial, channels)];
  const flags = flagsOf(trial, channels);
  const others = Array.from({ length: count }, (_, i) => i).filter((i) => !flags.includes(i));
  return [
    ...(flags.length === 0 ? [] : [heatPanel(trial, someOf(trial, channels, flags))]),
    ...(others.length === 0 ? [] : [linePanel(trial, someOf(trial, channels, others))]),
  ];
}

/** Channels that switch between the same two values: as lines they would hide each other. */
function flagsOf({ stepCount }: TrialPicture, { names, values }: Channels): number[] {
  const sets = names.map((_, i) =>
    [...new Set(Array.from({ length: stepCount }, (__, t) => values[t * names.length + i]))]
      .sort((a, b) => a - b)
      .join(),
  );
  const pairs = [...new Set(sets)].filter((set) => set.includes(","));
  const shared = pairs.find((pair) => pair.split(",").length === 2 && sets.filter((set) => set === pair).length > 1);
  return sets.flatMap((set, i) => (shared !== undefined && set === shared ? [i] : []));
}

function someOf({ stepCount }: TrialPicture, { title, names, values }: Channels, chosen: readonly number[]): Channels {
  const some = Array.from({ length: stepCount }, (_, t) => chosen.map((i) => values[t * names.length + i]));
  return { title, names: chosen.map((i) => names[i]), values: some.flat() };
}

function linePanel(trial: TrialPicture, { title, names, values }: Channels) {
  const { stepCount, dt, mask } = trial;
  const isTarget = title === "Target";
  const line = (channel: number, from: number, to: number, isCounted: boolean, stretch: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => ({
      from: (from + i) * dt,
      channel: names[channel],
      value: values[Math.min(from + i, to - 1) * names.length + channel],
      isCounted,
      stretch: `${stretch} ${channel}`,
    }));
  const stretches = isTarget
    ? runsOf(stepCount, 1, (t) => Number(mask[t] > 0))
    : [{ from: 0, to: stepCount, value: 1 }];
  const rows = names.flatMap((_, channel) =>
    stretches.flatMap(({ from, to, value }, stretch) => line(channel, from, to, value > 0, stretch)),
  );
  const look = { field: "channel", type: "nominal" as const };
  const legend = names.length === 1 ? null : { title: null, symbolSize: 300, columns: 3, labelLimit: 200 };
  const named = names.length === 1 ? `${title}: ${names[0]}` : title;
  return {
    width,
    height: lineHeight,
    data: { values: rows },
    mark: { type: "line" as const, interpolate: "step-after" as const, clip: true },
    encoding: {
      x: timeAxis(trial, isTarget ? "Time (ms)" : null),
      y: {
        field: "value",
        type: "quantitative" as const,
        scale: rows.every(({ value }) => value === 0) ? { domain: [-1, 1] } : { zero: true, nice: true },
        axis: { title: named, tickCount: 4, format: ".4~g" },
      },
      detail: { field: "stretch" },
      color: { ...look, scale: { domain: [...names], range: lineColours.slice(0, names.length) }, legend },
      strokeDash: { ...look, scale: { domain: [...names], range: lineDashes.slice(0, names.length) }, legend },
      strokeWidth: { condition: { test: "datum.isCounted", value: 2 }, value: 1 },
      opacity: { condition: { test: "datum.isCounted", value: 1 }, value: 0.45 },
    },
  };
}

function heatPanel(trial: TrialPicture, { title, names, values }: Channels) {
  const { stepCount, dt } = trial;
  const rowHeight = names.length > 40 ? 4 : names.length > 16 ? 7 : 14;
  const rows = names.flatMap((_, channel) =>
    runsOf(stepCount, dt, (t) => values[t * names.length + channel]).map((run) => ({
      ...run,
      channel,
      below: channel + 1,
    })),
  );
  const all = rows.map(({ value }) => value);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const reach = Math.max(Math.abs(least), Math.abs(most)) || 1;
  const scale =
    least >= 0
      ? { scheme: "viridis" as const, domain: [0, reach] }
      : { scheme: "purpleorange" as const, domain: [-reach, reach] };
  const families = channelFamilies(names);
  const labelled: { middle: number; name: string }[] = [];
  for (const { from, to, name } of families) {
    const middle = (from + to) / 2;
    const before = labelled.at(-1);
    if (before === undefined || (middle - before.middle) * rowHeight >= labelHeight) labelled.push({ middle, name });
  }
  const labels = labelled.map(({ middle, name }) => `datum.value == ${middle} ? ${JSON.stringify(name)} : `);
  const y = {
    field: "channel",
    type: "quantitative" as const,
    scale: { domain: [0, names.length], reverse: true, nice: false },
    axis: {
      title,
      values: labelled.map(({ middle }) => middle),
      labelExpr: `${labels.join("")}""`,
      labelLimit: labelRoom - 20,
      labelOverlap: false,
      grid: false,
      ticks: false,
      domain: false,
    },
  };
  return {
    width,
    height: rowHeight * names.length,
    layer: [
      {
        data: { values: rows },
        mark: { type: "rect" as const },
        encoding: {
          x: timeAxis(trial, title === "Target" ? "Time (ms)" : null),
          x2: { field: "to" },
          y,
          y2: { field: "below" },
          color: {
            field: "value",
            type: "quantitative" as const,
            scale,
            legend: { title: `${title}:`, gradientLength: 160, tickCount: 4, format: ".4~g" },
          },
        },
      },
      {
        data: { values: families.slice(1).map(({ from }) => ({ channel: from })) },
        mark: { type: "rule" as const, color: "#FFFFFF", strokeWidth: 1 },
        encoding: { y },
      },
    ],
  };
}

/** Neighbouring channels whose names differ in the last word only: "modality 1, 0 to 31". */
function channelFamilies(names: readonly string[]): { from: number; to: number; name: string }[] {
  const stem = (name: string): string => name.split(" ").slice(0, -1).join(" ");
  const families: { from: number; to: number; name: string }[] = [];
  let from = 0;
  for (let i = 1; i <= names.length; i++) {
    if (i < names.length && stem(names[i]) === stem(names[from]) && stem(names[i]) !== "") continue;
    const last = names[i - 1].split(" ").at(-1);
    const first = names[from].split(" ").at(-1);
    families.push({ from, to: i, name: i - from === 1 ? names[from] : `${stem(names[from])}, ${first} to ${last}` });
    from = i;
  }
  return families;
}

/** The class at every step that counts. */
function classPanel(trial: TrialPicture, classes: ArrayLike<number>) {
  const { stepCount, dt, mask, outputs } = trial;
  const rows = Array.from({ length: stepCount }, (_, t) => ({ t, isCounted: mask[t] > 0 }))
    .filter(({ isCounted }) => isCounted)
    .map(({ t }) => ({ from: (t + 0.5) * dt, class: outputs[classes[t]] }));
  return {
    width,
    height: Math.max(40, 12 * outputs.length),
    data: { values: rows },
    mark: { type: "square" as const, filled: true, size: 60, color: palette.blue, opacity: 1 },
    encoding: {
      x: timeAxis(trial, "Time (ms)"),
      y: {
        field: "class",
        type: "ordinal" as const,
        scale: { domain: [...outputs] },
        axis: { title: "Target class", grid: true, labelLimit: labelRoom - 20 },
      },
    },
  };
}

/** The path of a position x and y, where channels have one. */
function planeOf({ stepCount }: TrialPicture, { names, values }: Channels) {
  const places = ["x", "y"].map((axis) => names.findIndex((name) => name === axis || name === `position ${axis}`));
  if (places.includes(-1)) return undefined;
  const rows = Array.from({ length: stepCount }, (_, t) => {
    const [x, y] = places.map((place) => values[t * names.length + place]);
    return { t, x, y };
  });
  const reach = 1.05 * Math.max(...rows.flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)]), 1e-9);
  const axis = (field: "x" | "y") => ({
    field,
    type: "quantitative" as const,
    scale: { domain: [-reach, reach], nice: false },
    axis: { title: names[places[field === "x" ? 0 : 1]], tickCount: 5, format: ".4~g" },
  });
  const encoding = { x: axis("x"), y: axis("y") };
  const mark = (row: (typeof rows)[number], shape: string) => ({
    data: { values: [row] },
    mark: { type: "point" as const, shape, filled: true, size: 70, color: palette.vermillion, opacity: 1 },
    encoding,
  });
  return {
    width: planeSize,
    height: planeSize,
    layer: [
      {
        data: { values: rows },
        mark: { type: "line" as const, strokeWidth: 1.5, color: mutedInk },
        encoding: { ...encoding, order: { field: "t", type: "quantitative" as const } },
      },
      mark(rows[0], "circle"),
      mark(rows[rows.length - 1], "square"),
    ],
  };
}
