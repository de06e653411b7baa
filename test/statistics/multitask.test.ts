/** Timings, directions and strengths of yang2019 against the published table; draw weights; driscoll2024's ranges. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Split, Task, TrialBatch } from "../../src/task/contract.ts";
import { tasks } from "../../src/task/registry.ts";
import { chiSquareScore } from "../helpers/special.ts";

// Numbers are functions of the seed, so these tests pass always or never. Bounds are five deviations of a mean or share,
// and 4.753 for the score of a chi-square: a normal number exceeds it once in a million.
const deviations = 5;
const chiSquareLimit = 4.753;

const make = (options: Record<string, unknown>): Promise<Task> =>
  tasks.get("multitask").create(options, {
    dataset: () => Promise.reject(new Error("no data set is needed")),
    file: () => Promise.reject(new Error("no file is needed")),
  });

/** Trials of one task, each with a timing of its own. */
interface Sample {
  readonly lengths: number[];
  readonly conditions: Record<string, number[]>;
  /** First step at which a modality shows something, and whether it is modality 1. */
  readonly onsets: number[];
  readonly isFirstModality: boolean[];
}

const perTask = 480;

/** `perTask` test trials of each of some tasks. */
async function samples(options: Record<string, unknown>): Promise<Map<string, Sample>> {
  const task = await make({ ...options, scoredTrialsPerGroup: 1 });
  const names = task.parts ?? [];
  const found = new Map<string, Sample>(
    names.map((name) => [name, { lengths: [], conditions: {}, onsets: [], isFirstModality: [] }]),
  );
  // A few hundred trials at a time: an array of all would take a gigabyte.
  const size = 12 * names.length;
  for (let first = 0; first < perTask * names.length; first += size)
    add(task, batchOf(task, "test", first, size), found);
  return found;
}

function batchOf(task: Task, split: Split, first: number, count: number): TrialBatch {
  return task.batch(
    split,
    Uint32Array.from({ length: count }, (_, i) => first + i),
    7,
  );
}

function add(task: Task, batch: TrialBatch, found: Map<string, Sample>): void {
  const codeSize = task.outputSize - 1;
  for (let row = 0; row < batch.batchSize; row++) {
    const sample = found.get(task.parts?.[batch.parts?.[row] ?? 0] ?? "") as Sample;
    sample.lengths.push(batch.lengths?.[row] ?? 0);
    for (const [name, column] of Object.entries(batch.conditions)) {
      sample.conditions[name] ??= [];
      sample.conditions[name].push(column[row]);
    }
    let onset = 0;
    const shows = (step: number, modality: number) => {
      const at = (row * batch.stepCount + step) * batch.inputSize + 1 + modality * codeSize;
      return batch.input.subarray(at, at + codeSize).some((value) => value !== 0);
    };
    while (!shows(onset, 0) && !shows(onset, 1)) onset++;
    sample.onsets.push(onset);
    sample.isFirstModality.push(shows(onset, 0));
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const difference = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value - b[i]);

/** Share of true within five deviations of `probability`. */
function expectShare(values: readonly boolean[], probability: number): void {
  const spread = Math.sqrt((probability * (1 - probability)) / values.length);
  const share = values.filter(Boolean).length / values.length;
  expect(Math.abs(share - probability)).toBeLessThan(deviations * spread);
}

/** All values in [from, to), in 8 equal bins equally often. */
function expectUniform(values: readonly number[], from: number, to: number): void {
  const counts = new Array<number>(8).fill(0);
  for (const value of values) {
    expect(value >= from && value < to).toBe(true);
    counts[Math.floor((8 * (value - from)) / (to - from))]++;
  }
  expect(chiSquareScore(counts)).toBeLessThan(chiSquareLimit);
}

/** Only these values, equally often. */
function expectAmong(values: readonly number[], choice: readonly number[]): void {
  const counts = choice.map((one) => values.filter((value) => Math.abs(value - one) < 1e-9).length);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
  if (choice.length > 1) expect(chiSquareScore(counts)).toBeLessThan(chiSquareLimit);
}

const turn = 2 * Math.PI;
const apart = (from: readonly number[], to: readonly number[]) => difference(to, from).map((d) => (d + turn) % turn);

describe("yang2019", () => {
  let found: Map<string, Sample>;
  beforeAll(async () => {
    found = await samples({});
  });
  const sampleOf = (name: string) => found.get(name) as Sample;

  /** Equally likely lengths of each period in steps of 20 ms, by the table; the stimulus comes on after the first one. */
  const steps = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const go = [steps(15, 34), steps(25, 74), [25]];
  const reaction = [steps(25, 124), [25]];
  const delayedGo = [[15, 25, 35], [10, 20, 30], [10, 20, 40, 80], [25]];
  const decision = [steps(5, 19), [20, 40, 80], [25]];
  const delayedDecision = [[10, 20, 30], [10, 20, 30], [10, 20, 40, 80], [10, 20, 30], steps(5, 14), [25]];
  const match = [[10, 20, 30], [10, 20, 30], [10, 20, 40, 80], [25]];
  const category = [...match.slice(0, 3), [10, 20, 30]];
  test.each([
    ["fdgo", go, 65, 133],
    ["fdanti", go, 65, 133],
    ["reactgo", reaction, 50, 149],
    ["reactanti", reaction, 50, 149],
    ["delaygo", delayedGo, 60, 170],
    ["delayanti", delayedGo, 60, 170],
    ["dm1", decision, 50, 124],
    ["dm2", decision, 50, 124],
    ["contextdm1", decision, 50, 124],
    ["contextdm2", decision, 50, 124],
    ["multidm", decision, 50, 124],
    ["delaydm1", delayedDecision, 70, 209],
    ["delaydm2", delayedDecision, 70, 209],
    ["contextdelaydm1", delayedDecision, 70, 209],
    ["contextdelaydm2", delayedDecision, 70, 209],
    ["multidelaydm", delayedDecision, 70, 209],
    ["dmsgo", match, 55, 165],
    ["dmsnogo", match, 55, 165],
    ["dmcgo", category, 40, 170],
    ["dmcnogo", category, 40, 170],
  ])("%s: lengths, go signals and onsets have the table's means and limits", (name, periods, shortest, longest) => {
    const { lengths, conditions, onsets } = sampleOf(name);
    expect(lengths).toHaveLength(perTask);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(shortest);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(longest);
    // The same limits from the periods: the table of lengths and the table of periods agree.
    const total = (pick: (lengths: readonly number[]) => number) => periods.reduce((sum, one) => sum + pick(one), 0);
    expect([total((one) => Math.min(...one)), total((one) => Math.max(...one))]).toEqual([shortest, longest]);
    const expectMean = (values: readonly number[], of: readonly (readonly number[])[]) => {
      const expected = of.reduce((sum, one) => sum + mean(one), 0);
      const variance = of.reduce((sum, one) => sum + mean(one.map((x) => (x - mean(one)) ** 2)), 0);
      expect(Math.abs(mean(values) - expected)).toBeLessThanOrEqual(deviations * Math.sqrt(variance / perTask));
    };
    expectMean(lengths, periods);
    expectMean(onsets, periods.slice(0, 1));
    const goSteps = conditions.goTime.map((time) => time / 20);
    expectMean(goSteps, periods.slice(0, -1));
    expectAmong(difference(lengths, goSteps), periods[periods.length - 1]);
  });

  test.each([
    ["delaygo", [15, 25, 35]],
    ["delaydm1", [10, 20, 30]],
    ["dmsgo", [10, 20, 30]],
    ["dmcgo", [10, 20, 30]],
    ["dm1", steps(5, 19)],
    ["fdgo", steps(15, 34)],
  ])("%s: the stimulus comes on at each of its steps equally often", (name, choice) => {
    expectAmong(sampleOf(name).onsets, choice);
  });

  test("first directions are uniform over the circle in every task but DMC and DNMC", () => {
    for (const [name, { conditions }] of found) {
      if (!name.startsWith("dmc")) expectUniform(conditions.firstDirection, 0, turn);
    }
  });

  test("where the modality is open it is either one half of the time; elsewhere it is the task's", () => {
    for (const name of ["fdgo", "reactanti", "delaygo", "dmsgo", "dmcnogo"]) {
      expectShare(sampleOf(name).isFirstModality, 0.5);
      const { conditions } = sampleOf(name);
      expect(new Set(difference(conditions.firstStrength1, conditions.firstStrength2))).toEqual(new Set([1, -1]));
    }
    for (const [name, modality] of [
      ["dm1", 1],
      ["dm2", 2],
      ["delaydm1", 1],
      ["delaydm2", 2],
    ] as const) {
      const { conditions } = sampleOf(name);
      expect(conditions[`firstStrength${3 - modality}`].every((strength) => strength === 0)).toBe(true);
      expect(conditions[`firstStrength${modality}`].every((strength) => strength > 0)).toBe(true);
    }
    // Both stimuli of a match task in the same modality half of the time
    const { firstStrength1, secondStrength1 } = sampleOf("dmsgo").conditions;
    expectShare(
      difference(firstStrength1, secondStrength1).map((d) => d === 0),
      0.5,
    );
  });

  const together = [0.01, 0.02, 0.04, 0.08];
  const delayed = [0.08, 0.16, 0.32];
  test.each([
    ["dm1", 1, together],
    ["dm2", 2, together],
    ["contextdm1", 1, together],
    ["contextdm1", 2, together],
    ["contextdm2", 2, together],
    ["delaydm1", 1, delayed],
    ["delaydm2", 2, delayed],
    ["contextdelaydm1", 1, delayed],
    ["contextdelaydm1", 2, delayed],
    ["contextdelaydm2", 2, delayed],
  ])("%s, modality %i: strengths mean + c and mean - c, mean U(0.8, 1.2), |c| of %j", (name, modality, choice) => {
    const { conditions } = sampleOf(name);
    const first = conditions[`firstStrength${modality}`];
    const second = conditions[`secondStrength${modality}`];
    expectUniform(
      first.map((value, i) => (value + second[i]) / 2),
      0.8,
      1.2,
    );
    expectAmong(
      difference(first, second).map((d) => Math.abs(d) / 2),
      choice,
    );
    expectShare(
      difference(first, second).map((d) => d > 0),
      0.5,
    );
    expectUniform(apart(conditions.firstDirection, conditions.secondDirection), 0.5 * Math.PI, 1.5 * Math.PI);
  });

  test("context decisions: the modalities favour the same direction half of the time", () => {
    for (const name of ["contextdm1", "contextdelaydm2"]) {
      const { firstStrength1, firstStrength2, secondStrength1, secondStrength2 } = sampleOf(name).conditions;
      const one = difference(firstStrength1, secondStrength1);
      const two = difference(firstStrength2, secondStrength2);
      expectShare(
        one.map((d, i) => d > 0 === two[i] > 0),
        0.5,
      );
    }
  });

  test.each([
    ["multidm", together],
    ["multidelaydm", delayed],
  ])("%s: summed strengths are 2 (mean +- c); each is split by U(0.2, 0.8) of it, either way", (name, choice) => {
    const { firstStrength1, firstStrength2, secondStrength1, secondStrength2 } = sampleOf(name).conditions;
    const sum = (a: readonly number[], b: readonly number[]) => a.map((value, i) => (value + b[i]) / 2);
    const first = sum(firstStrength1, firstStrength2);
    const second = sum(secondStrength1, secondStrength2);
    expectUniform(sum(first, second), 0.8, 1.2);
    expectAmong(
      difference(first, second).map((d) => Math.abs(d) / 2),
      choice,
    );
    for (const [one, two] of [
      [firstStrength1, firstStrength2],
      [secondStrength1, secondStrength2],
    ]) {
      const split = one.map((value, i) => (2 * (value - two[i])) / (value + two[i]));
      expectUniform(split.map(Math.abs), 0.2, 0.8);
      expectShare(
        split.map((d) => d > 0),
        0.5,
      );
    }
  });

  test("DMS and DNMS: a match half of the time, else 20 to 340 degrees apart; match and response belong together", () => {
    for (const [name, responds] of [
      ["dmsgo", true],
      ["dmsnogo", false],
    ] as const) {
      const { firstDirection, secondDirection, targetDirection } = sampleOf(name).conditions;
      const isMatch = firstDirection.map((direction, i) => direction === secondDirection[i]);
      expectShare(isMatch, 0.5);
      expectUniform(
        apart(firstDirection, secondDirection).filter((_, i) => !isMatch[i]),
        Math.PI / 9,
        (17 * Math.PI) / 9,
      );
      expect(targetDirection).toEqual(secondDirection.map((d, i) => (isMatch[i] === responds ? d : -1)));
    }
  });

  test("DMC and DNMC: ten directions each, independent; categories below and above 180 degrees", () => {
    const ten = [0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 1.3, 1.5, 1.7, 1.9].map((x) => x * Math.PI);
    for (const [name, responds] of [
      ["dmcgo", true],
      ["dmcnogo", false],
    ] as const) {
      const { firstDirection, secondDirection, targetDirection } = sampleOf(name).conditions;
      expectAmong(firstDirection, ten);
      expectAmong(secondDirection, ten);
      const isMatch = firstDirection.map((direction, i) => direction < Math.PI === secondDirection[i] < Math.PI);
      expectShare(isMatch, 0.5);
      expect(targetDirection).toEqual(secondDirection.map((d, i) => (isMatch[i] === responds ? d : -1)));
    }
  });

  test("training draws Ctx DM 1 and 2 with 5/28 each and every other task with 1/28", async () => {
    const task = await make({ trialsPerGroup: 1 });
    const counts = new Array<number>(20).fill(0);
    const total = 5600;
    for (let first = 0; first < total; first += 200) {
      for (const part of batchOf(task, "train", first, 200).parts ?? []) counts[part]++;
    }
    for (const [part, count] of counts.entries()) {
      const probability = part === 8 || part === 9 ? 5 / 28 : 1 / 28;
      const spread = Math.sqrt(total * probability * (1 - probability));
      expect(Math.abs(count - total * probability)).toBeLessThan(deviations * spread);
    }
    // Cells of equal probability: the ten halves of what is drawn five times as often would not be told apart
    const rare = counts.filter((_, part) => part !== 8 && part !== 9);
    expect(chiSquareScore(rare)).toBeLessThan(chiSquareLimit);
  });
});

describe("driscoll2024", () => {
  test("durations and strengths are continuous over their ranges", async () => {
    const found = await samples({ suite: "driscoll2024", tasks: "fdgo,reactgo,delaygo,delaydm1,multidelaydm,dmcgo" });
    const of = (name: string) => found.get(name) as Sample;
    // Limits of sums of periods, each cut off to steps of 20 ms: U(a, b) has a / 20 .. b / 20 - 1 steps.
    const limits: Record<string, readonly [number, number, number, number]> = {
      fdgo: [15 + 10 + 15, 34 + 74 + 34, 15, 34],
      reactgo: [25 + 15, 124 + 84, 25, 124],
      delaygo: [15 + 10 + 10 + 15, 34 + 79 + 79 + 34, 15, 34],
      delaydm1: [10 + 3 * 10 + 5 + 15, 29 + 3 * 79 + 14 + 34, 10, 29],
      multidelaydm: [10 + 3 * 10 + 5 + 15, 29 + 3 * 79 + 14 + 34, 10, 29],
      dmcgo: [10 + 10 + 10 + 15, 29 + 79 + 79 + 34, 10, 29],
    };
    for (const [name, [shortest, longest, earliest, latest]] of Object.entries(limits)) {
      const { lengths, onsets } = of(name);
      expect(Math.min(...lengths)).toBeGreaterThanOrEqual(shortest);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(longest);
      expectUniform(onsets, earliest, latest + 1);
    }
    const responses = (name: string) =>
      difference(
        of(name).lengths,
        of(name).conditions.goTime.map((time) => time / 20),
      );
    expectUniform(responses("reactgo"), 15, 85);
    expectUniform(responses("delaydm1"), 15, 35);
    const { firstStrength1, secondStrength1 } = of("delaydm1").conditions;
    expectUniform(
      difference(firstStrength1, secondStrength1).map((d) => Math.abs(d) / 2),
      0.005,
      0.8,
    );
    const multi = of("multidelaydm").conditions;
    const split = multi.firstStrength1.map(
      (one, i) => (2 * Math.abs(one - multi.firstStrength2[i])) / (one + multi.firstStrength2[i]),
    );
    expectUniform(split, 0.005, 0.8);
    expectUniform(of("dmcgo").conditions.firstDirection, 0, turn);
  });
});
