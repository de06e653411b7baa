/** From a task, a timing and a condition to the numbers of one trial. */
import { type Condition, keepFixating, type Member, type Suite } from "./contract.ts";
import type { Law } from "./draws.ts";

/** One trial, in steps. */
export interface Trial {
  /** First step of each period, and the length of the trial at the end. */
  readonly starts: readonly number[];
  readonly member: Member;
  readonly condition: Condition;
  /** Of the response, in [0, 2 pi), or `keepFixating`. */
  readonly direction: number;
}

/** Arrays of a batch, and where one trial lies in them. */
export interface Place {
  readonly input: Float32Array;
  readonly target: Float32Array;
  readonly mask: Float32Array;
  /** Number of the trial's first step, counting all steps of the trials before it. */
  readonly first: number;
}

/** Keeps a quotient that is a whole number from falling below it; far less than what uniform numbers resolve. */
const slack = 1e-11;

/** ms of a period to whole steps, cut off below. */
export function steps(duration: number, dt: number): number {
  return Math.floor(duration / dt + slack);
}

/** Steps of the longest duration; a uniform law does not reach its upper limit. */
function most(law: Law, dt: number): number {
  return "oneOf" in law ? steps(Math.max(...law.oneOf), dt) : Math.ceil(law.between[1] / dt - slack) - 1;
}

/** @param durations of the member's periods in ms */
export function trialOf(member: Member, durations: readonly number[], dt: number, condition: Condition): Trial {
  const starts = [0];
  for (const duration of durations) starts.push(starts[starts.length - 1] + steps(duration, dt));
  return { starts, member, condition, direction: member.answer(condition) };
}

/** Steps of the longest trial of a member. */
export function longest({ periods }: Member, dt: number): number {
  return periods.reduce((sum, { duration }) => sum + most(duration, dt), 0);
}

export function lengthOf({ starts }: Trial): number {
  return starts[starts.length - 1];
}

/** Step of the go signal. */
export function goStep({ starts }: Trial): number {
  return starts[starts.length - 2];
}

/** Numbers of channels: fixation, one group per modality, one rule per member of the suite. */
export function channelCounts({ code, members }: Suite): { readonly input: number; readonly output: number } {
  return { input: 1 + 2 * code.size + members.length, output: 1 + code.size };
}

/** Steps of 100 ms: the first of a trial, and the first after the go signal, do not count. */
const grace = 100;
/** Squares of the weights of errors before and after the go signal. */
const beforeGo = 1;
const afterGo = 25;

/** Writes trials of a suite into arrays that are 0; a frame is what all steps of a period have in common. */
export function painter(suite: Suite, dt: number): (trial: Trial, place: Place) => void {
  const { code, baseline, fixation } = suite;
  const { input: inputSize, output: outputSize } = channelCounts(suite);
  const graceSteps = steps(grace, dt);
  const shown = new Float64Array(inputSize);
  const wanted = new Float64Array(outputSize);
  const codes = [new Float64Array(code.size), new Float64Array(code.size)];

  return (trial, { input, target, mask, first }) => {
    const { starts, member, condition, direction } = trial;
    const { periods, fixationGoesOff } = member;
    const rule = 1 + 2 * code.size + suite.members.indexOf(member);
    for (const [k, values] of codes.entries()) {
      values.fill(0);
      if (member.shown[k].length > 0) code.add(values, 0, condition.directions[k], 1);
    }
    for (const [p, { name }] of periods.entries()) {
      const isResponse = p === periods.length - 1;
      shown.fill(0);
      shown[0] = isResponse && fixationGoesOff ? 0 : 1;
      shown[rule] = 1;
      for (const [k, values] of codes.entries()) {
        if (!member.shown[k].includes(name)) continue;
        for (const [modality, strength] of condition.strengths[k].entries()) {
          const at = 1 + modality * code.size;
          if (strength !== 0) for (let i = 0; i < code.size; i++) shown[at + i] += strength * values[i];
        }
      }
      repeat(input, shown, first + starts[p], starts[p + 1] - starts[p]);
    }
    const go = goStep(trial);
    const length = lengthOf(trial);
    wanted.fill(baseline);
    wanted[0] = fixation;
    repeat(target, wanted, first, direction === keepFixating ? length : go);
    if (direction !== keepFixating) {
      wanted[0] = baseline;
      code.add(wanted, 1, direction, 1);
      repeat(target, wanted, first + go, length - go);
    }
    mask.fill(beforeGo, first + Math.min(graceSteps, go), first + go);
    mask.fill(afterGo, first + Math.min(go + graceSteps, length), first + length);
  };
}

/** Writes `frame` to `count` steps from step `from` on. */
function repeat(array: Float32Array, frame: Float64Array, from: number, count: number): void {
  const size = frame.length;
  const at = from * size;
  if (count > 0) array.set(frame, at);
  // Doubling: as many copies at once as there are already.
  for (let done = 1; done < count; done *= 2) {
    array.copyWithin(at + done * size, at, at + Math.min(done, count - done) * size);
  }
}
