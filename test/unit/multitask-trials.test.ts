/** Trials of the multi-task suites against trials that are written down by hand, and the verdicts on them. */
import { describe, expect, test } from "vitest";
import type { TrialBatch } from "../../src/task/contract.ts";
import { type Condition, keepFixating, type Strengths, type Suite } from "../../src/task/multitask/contract.ts";
import { driscoll2024 } from "../../src/task/multitask/driscoll2024.ts";
import { judgeOf } from "../../src/task/multitask/judge.ts";
import { channelCounts, lengthOf, painter, trialOf } from "../../src/task/multitask/trials.ts";
import { yang2019 } from "../../src/task/multitask/yang2019.ts";
import { exampleTrials, otherAnswers } from "../helpers/multitask-trials.ts";

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Stimuli that a modality shows: direction in degrees and strength. */
type Shown = readonly (readonly [number, number])[];

function shownOf(text: string): Shown {
  return text
    .trim()
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => word.split(":").map(Number) as [number, number]);
}

/** "5 on | 40:0.98 160:1.02 |": from step 5 on the fixation input is 1 and modality 1 shows two stimuli. */
function segmentOf(text: string) {
  const [start, one, two] = text.split("|");
  const [from, fixation] = start.trim().split(" ");
  return { from: Number(from), fixation: fixation === "on" ? 1 : 0, one: shownOf(one), two: shownOf(two) };
}

function conditionOf(directions: readonly [number, number], strengths: string): Condition {
  const [first, second] = strengths.split(" / ").map((text) => text.split(" ").map(Number) as [number, number]);
  return {
    directions: [radians(directions[0]), radians(directions[1])],
    strengths: [first, second] satisfies [Strengths, Strengths],
  };
}

/** A ring of 32: 0.8 exp(-(d / 22.5 degrees)^2 / 2), written with the shorter way round. */
function bumps(shown: Shown = []): number[] {
  return Array.from({ length: 32 }, (_, k) => {
    let sum = 0;
    for (const [degrees, strength] of shown) {
      const apart = Math.abs(degrees - 11.25 * k);
      const d = Math.min(apart, 360 - apart) / 22.5;
      sum += strength * 0.8 * Math.exp((-d * d) / 2);
    }
    return sum;
  });
}

/** One trial alone in a batch. */
function painted(suite: Suite, name: string, timing: readonly number[], condition: Condition): TrialBatch {
  const member = suite.members.find((one) => one.name === name);
  if (member === undefined) throw new Error(`no task ${name}`);
  const trial = trialOf(member, timing, 20, condition);
  const stepCount = lengthOf(trial);
  const { input: inputSize, output: outputSize } = channelCounts(suite);
  const input = new Float32Array(stepCount * inputSize);
  const target = new Float32Array(stepCount * outputSize);
  const mask = new Float32Array(stepCount);
  painter(suite, 20)(trial, { input, target, mask, first: 0 });
  return {
    batchSize: 1,
    stepCount,
    inputSize,
    outputSize,
    input,
    target: { kind: "values", values: target },
    mask,
    trials: Uint32Array.of(0),
    conditions: { targetDirection: [trial.direction] },
  };
}

function valuesOf({ target }: TrialBatch): Float32Array {
  if (target.kind !== "values") throw new Error("values expected");
  return target.values;
}

/** float32 of numbers below 2 is within 6e-8 of them. */
function expectClose(values: ArrayLike<number>, expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  const wrong = expected.findIndex((value, i) => !(Math.abs(values[i] - value) < 1e-7));
  expect(wrong === -1 ? "all" : `number ${wrong} is ${values[wrong]}, not ${expected[wrong]}`).toBe("all");
}

describe("yang2019", () => {
  const suite = yang2019(32, false);
  const judge = judgeOf(suite);

  test("has the 20 tasks in the order of their rules, and an example of each here", () => {
    expect(suite.members.map(({ name }) => name)).toEqual(exampleTrials.map(({ name }) => name));
    expect(suite.members).toHaveLength(20);
    expect(suite.members.map(({ title }) => title).join()).toBe(
      "Go,RT Go,Dly Go,Anti,RT Anti,Dly Anti,DM 1,DM 2,Ctx DM 1,Ctx DM 2,MultSen DM,Dly DM 1,Dly DM 2,Ctx Dly DM 1," +
        "Ctx Dly DM 2,MultSen Dly DM,DMS,DNMS,DMC,DNMC",
    );
  });

  test.each(exampleTrials)("$name: input, target and mask of a trial, number by number", (example) => {
    const { name, timing, directions, strengths, length, go, inputs, answer } = example;
    const batch = painted(suite, name, timing, conditionOf(directions, strengths));
    expect([batch.stepCount, batch.inputSize, batch.outputSize]).toEqual([length, 85, 33]);
    const rule = Array.from({ length: 20 }, (_, k) => (suite.members[k].name === name ? 1 : 0));
    const segments = inputs.map(segmentOf);
    const input: number[] = [];
    const target: number[] = [];
    const mask: number[] = [];
    for (let step = 0; step < length; step++) {
      const { fixation, one, two } = segments.findLast(({ from }) => from <= step) ?? segments[0];
      const fixates = answer === "fixate" || step < go;
      input.push(fixation, ...bumps(one), ...bumps(two), ...rule);
      target.push(fixates ? 0.8 : 0.05, ...bumps(fixates ? [] : [[answer, 1]]).map((value) => value + 0.05));
      mask.push(step < 5 ? 0 : step < go ? 1 : step < go + 5 ? 0 : 25);
    }
    expectClose(batch.input, input);
    expectClose(valuesOf(batch), target);
    expect([...batch.mask]).toEqual(mask);
  });

  test.each(exampleTrials)(
    "$name: its target is solved; a wrong direction or fixation at the last step is not",
    (example) => {
      const { name, timing, directions, strengths, length, answer } = example;
      const batch = painted(suite, name, timing, conditionOf(directions, strengths));
      const right = valuesOf(batch);
      expect([...judge.solved(right, batch)]).toEqual([1]);
      const last = (length - 1) * 33;
      const withLast = (fixation: number, degrees: number | undefined) => {
        const output = right.slice();
        output.set([fixation, ...bumps(degrees === undefined ? [] : [[degrees, 1]])], last);
        return judge.solved(output, batch)[0];
      };
      if (answer === "fixate") {
        expect([withLast(0.51, undefined), withLast(0.5, undefined), withLast(0.49, directions[1])]).toEqual([1, 0, 0]);
        // Where fixation is kept, the ring does not matter.
        expect(withLast(0.9, 77)).toBe(1);
      } else {
        expect([withLast(0.5, answer), withLast(0.51, answer)]).toEqual([1, 0]);
        // 32 samples of a Gaussian with a deviation of two channels: the population vector is off by less than 1e-3 degrees
        expect(
          [answer + 35.9, answer - 35.9, answer + 36.1, answer - 36.1, answer + 180].map((d) =>
            withLast(0, (d + 360) % 360),
          ),
        ).toEqual([1, 1, 0, 0, 0]);
        expect(withLast(0, undefined)).toBe(0);
      }
    },
  );

  test.each(otherAnswers)("%s of %j with strengths %j is answered by %s", (name, directions, strengths, answer) => {
    const member = suite.members.find((one) => one.name === name);
    const direction = member?.answer(conditionOf(directions, strengths));
    expect(direction).toBeCloseTo(answer === "fixate" ? keepFixating : radians(answer), 12);
  });

  test("the bump is 0.8 on its channel, 0.7060 one away, 0.4852 two away, 0 (2.5e-14) opposite", () => {
    const { input } = painted(suite, "reactgo", [500, 500], conditionOf([112.5, 0], "1 0 / 0 0"));
    const ring = input.subarray(25 * 85 + 1, 25 * 85 + 33);
    const values = [10, 11, 9, 12, 8, 26].map((k) => ring[k]);
    expectClose(values, [0.8, 0.70599752, 0.70599752, 0.48522453, 0.48522453, 1.01e-14]);
  });
});

describe("driscoll2024", () => {
  const judge = judgeOf(driscoll2024);

  test("contextdelaydm2: sine and cosine times strength, response (sin, cos) over a baseline of 0", () => {
    const batch = painted(
      driscoll2024,
      "contextdelaydm2",
      [200, 200, 200, 200, 100, 300],
      conditionOf([30, 240], "0.9 1.3 / 1.1 0.7"),
    );
    expect(batch.stepCount).toBe(60);
    const rule = Array.from({ length: 15 }, (_, k) => (k === 9 ? 1 : 0));
    const root = Math.sqrt(3) / 2;
    const expected = [
      { from: 0, values: [1, 0, 0, 0, 0] },
      { from: 10, values: [1, 0.9 * 0.5, 0.9 * root, 1.3 * 0.5, 1.3 * root] },
      { from: 20, values: [1, 0, 0, 0, 0] },
      { from: 30, values: [1, -1.1 * root, -1.1 * 0.5, -0.7 * root, -0.7 * 0.5] },
      { from: 40, values: [1, 0, 0, 0, 0] },
      { from: 45, values: [0, 0, 0, 0, 0] },
    ];
    const steps = Array.from({ length: 60 }, (_, step) => step);
    const shown = (step: number) => expected.findLast(({ from }) => from <= step)?.values ?? [];
    expectClose(
      batch.input,
      steps.flatMap((step) => [...shown(step), ...rule]),
    );
    expectClose(
      valuesOf(batch),
      steps.flatMap((step) => (step < 45 ? [0.8, 0, 0] : [0, 0.5, root])),
    );
  });

  test("a response within 18 degrees is solved", () => {
    const batch = painted(driscoll2024, "fdgo", [300, 500, 300], conditionOf([100, 0], "1 0 / 0 0"));
    const verdict = (degrees: number, fixation = 0) => {
      const output = new Float32Array(batch.stepCount * 3);
      output.set([fixation, Math.sin(radians(degrees)), Math.cos(radians(degrees))], (batch.stepCount - 1) * 3);
      return judge.solved(output, batch)[0];
    };
    expect([verdict(117.9), verdict(82.1), verdict(118.1), verdict(81.9), verdict(100, 0.6)]).toEqual([1, 1, 0, 0, 0]);
    expect(judge.solved(new Float32Array(batch.stepCount * 3), batch)[0]).toBe(0);
  });
});
