/** One trial as numbers and in words. */
import type { FigureRow } from "./contract.ts";
import { numberText } from "./wording.ts";

/** One trial of a task. Arrays are `[time, channel]`, row-major. */
export interface TrialPicture {
  readonly task: string;
  /** Options and conditions, as people read them: "target sin-pi", "u -0.35". */
  readonly options: readonly string[];
  readonly conditions: readonly string[];
  /** Part of the task that the trial belongs to, where the task has parts. */
  readonly part?: string;
  readonly split: string;
  readonly index: number;
  readonly seed: number;
  /** Duration of a step in ms. */
  readonly dt: number;
  readonly stepCount: number;
  /** In ms. */
  readonly periods: readonly { readonly name: string; readonly start: number; readonly end: number }[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly input: ArrayLike<number>;
  readonly target:
    | { readonly kind: "values"; readonly values: ArrayLike<number> }
    | { readonly kind: "classes"; readonly classes: ArrayLike<number> };
  /** Weight of each step in the loss, `[time]`. */
  readonly mask: ArrayLike<number>;
}

/** Most channels that are told apart one by one, as lines and in words. */
export const mostLines = 6;

export interface Run {
  readonly from: number;
  /** In ms, exclusive. */
  readonly to: number;
  readonly value: number;
}

export const told = (what: string, parts: readonly string[]): string =>
  parts.length === 0 ? "" : `${what}: ${parts.join(", ")}.`;

/** Stretches of time in which a value stays the same. */
export function runsOf(stepCount: number, dt: number, value: (t: number) => number): Run[] {
  const runs: Run[] = [];
  let from = 0;
  for (let t = 1; t <= stepCount; t++) {
    if (t < stepCount && value(t) === value(from)) continue;
    runs.push({ from: from * dt, to: t * dt, value: value(from) });
    from = t;
  }
  return runs;
}

export function trialData({ stepCount, dt, inputs, outputs, input, target, mask }: TrialPicture): FigureRow[] {
  return Array.from({ length: stepCount }, (_, t) => t).flatMap((t): FigureRow[] => {
    const row = (kind: string, channel: string, value: number) => ({
      time: t * dt,
      kind,
      channel,
      value,
      weight: mask[t],
    });
    return [
      ...inputs.map((name, i) => row("input", name, input[t * inputs.length + i])),
      ...(target.kind === "classes"
        ? [row("class", outputs[target.classes[t]] ?? "", target.classes[t])]
        : outputs.map((name, o) => row("target", name, target.values[t * outputs.length + o]))),
    ];
  });
}

/** Periods with their times, weights, and the range of each channel of a small trial. */
export function trialSentences({
  stepCount,
  dt,
  periods,
  inputs,
  outputs,
  input,
  target,
  mask,
  conditions,
}: TrialPicture): string {
  const end = stepCount * dt;
  const ranges = (names: readonly string[], values: ArrayLike<number>): string =>
    names
      .map((name, i) => {
        const column = Array.from({ length: stepCount }, (_, t) => values[t * names.length + i]);
        const [least, most] = [Math.min(...column), Math.max(...column)];
        return least === most
          ? `${name} is ${numberText(least)}`
          : `${name} from ${numberText(least)} to ${numberText(most)}`;
      })
      .join(", ");
  const counted = runsOf(stepCount, dt, (t) => mask[t]).filter(({ value }) => value > 0);
  const last = Array.from(mask).findLastIndex((weight) => weight > 0);
  return [
    `${stepCount} steps.`,
    told(
      "Periods",
      periods
        .filter(({ start }) => start < end)
        .map(({ name, start, end: stop }) => `${name} ${start} to ${Math.min(stop, end)} ms`),
    ),
    told(
      "Weights",
      counted.map(({ from, to, value }) => `${numberText(value)} from ${from} to ${to} ms`),
    ),
    told("Conditions", conditions),
    inputs.length > mostLines ? `${inputs.length} input channels.` : `Input: ${ranges(inputs, input)}.`,
    target.kind === "classes"
      ? `Target class at the last step that counts: ${outputs[target.classes[last]] ?? "none"}.`
      : outputs.length > mostLines
        ? `${outputs.length} output channels.`
        : `Target: ${ranges(outputs, target.values)}.`,
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}
