import type { TrialPicture } from "../figure/trial-data.ts";
import { numberText } from "../figure/wording.ts";
import type { Split, Task } from "../task/contract.ts";

/** One trial of a task as it is drawn: up to its own last step; a closed loop as its expert plays it. */
export function trialPicture(task: Task, split: Split, index: number, seed: number): TrialPicture {
  const batch = task.batch(split, Uint32Array.of(index), seed);
  const stepCount = batch.lengths?.[0] ?? batch.stepCount;
  const part = batch.parts === undefined ? undefined : task.parts?.[batch.parts[0]];
  return {
    task: task.name,
    options: Object.entries(task.options).map(([option, value]) => `${option} ${valueText(value)}`),
    conditions: Object.entries(batch.conditions).map(([condition, values]) => `${condition} ${numberText(values[0])}`),
    ...(part === undefined ? {} : { part }),
    split,
    index,
    seed,
    dt: task.dt,
    stepCount,
    periods: task.periods,
    inputs: task.inputs.map((channel) => channel.name),
    outputs: task.outputs.map((channel) => channel.name),
    input: batch.input,
    target: batch.target,
    mask: batch.mask.subarray(0, stepCount),
  };
}

function valueText(value: unknown): string {
  return typeof value === "number" ? numberText(value) : typeof value === "string" ? value : JSON.stringify(value);
}
