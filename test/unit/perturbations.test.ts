import { describe, expect, test } from "vitest";
import { type Victim, victimOf } from "../../src/analysis/attacks/victim.ts";
import { perturbations } from "../../src/analysis/perturbations/registry.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import { trialIndices } from "../../src/train/batches.ts";
import { losses } from "../../src/train/losses/registry.ts";
import { linearClassifier } from "../helpers/linear-classifier.ts";

installBackends();
const range = { low: -3, high: 3 };

async function victim(count: number, first = 0, stepCount = 20): Promise<Victim> {
  const { network, weights, task } = linearClassifier({ stepCount, hasLengths: true });
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const setting = {
    network,
    kernel,
    weights,
    loss: losses.get("cross-entropy"),
    level: "zero",
    keys: [{ seed: 0, stream: 0 }],
  } as const;
  return victimOf(setting, task.batch("test", trialIndices(first, count), 0));
}

function perturbed(name: string, on: Victim, stream = 1) {
  return perturbations.get(name).prepare({
    victim: on,
    range,
    key: { seed: 8, stream },
    clip: () => {},
    steps: 5,
    restarts: 2,
    startKey: (restart) => ({ seed: 8, stream: 100 + restart }),
  });
}

/** Changes of the numbers of the trials' own steps. */
const changes = (on: Victim, input: Float64Array): { from: number; to: number }[] =>
  Array.from(on.clean, (from, i) => ({ from, to: input[i] })).filter(
    (_, i) => i % on.stride < on.counts[Math.floor(i / on.stride)],
  );
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe.each(perturbations.names)("%s", (name) => {
  test("0 changes nothing, a strength changes the trials' own steps alone, and it does not matter which trials are looked at together", async () => {
    const { strengths, isRandom, most = Number.POSITIVE_INFINITY } = perturbations.get(name);
    expect([...strengths]).toEqual([...strengths].sort((a, b) => a - b));
    expect(strengths[strengths.length - 1]).toBeLessThanOrEqual(most);
    const on = await victim(8);
    const at = perturbed(name, on);
    const strongest = strengths[strengths.length - 1];
    expect(at(0)).toEqual(on.clean);
    const input = at(strongest);
    expect(input).not.toEqual(on.clean);
    for (let i = 0; i < input.length; i++) {
      if (i % on.stride >= on.counts[Math.floor(i / on.stride)]) expect(input[i]).toBe(0);
    }
    expect(at(strongest)).toEqual(input);
    const alone = await victim(3, 5);
    const own = perturbed(name, alone)(strongest);
    // a gradient is divided by the number of trials, which may round
    for (const [i, value] of own.entries()) expect(value).toBeCloseTo(input[5 * on.stride + i], 12);
    const other = perturbed(name, on, 2)(strongest);
    if (isRandom) expect(other).not.toEqual(input);
    else expect(other).toEqual(input);
  });
});

// 400 trials of 2 to 20 steps and 2 channels: 8704 numbers. Five standard errors throughout.
describe("of 8704 numbers", () => {
  test("white noise of 0.3 has mean 0 and deviation 0.3", async () => {
    const on = await victim(400);
    const found = changes(on, perturbed("white", on)(0.3)).map(({ from, to }) => to - from);
    const count = found.length;
    expect(count).toBeGreaterThan(8000);
    expect(Math.abs(mean(found))).toBeLessThan((5 * 0.3) / Math.sqrt(count));
    expect(Math.abs(mean(found.map((x) => x * x)) - 0.09)).toBeLessThan(5 * 0.09 * Math.sqrt(2 / count));
    const twice = changes(on, perturbed("white", on)(0.6)).map(({ from, to }) => to - from);
    for (const [i, change] of twice.entries()) expect(change).toBeCloseTo(2 * found[i], 12);
  });

  test("multiplicative noise of 0.5 is white in the factor", async () => {
    const on = await victim(400);
    const factors = changes(on, perturbed("multiplicative", on)(0.5)).map(({ from, to }) => to / from - 1);
    expect(Math.abs(mean(factors))).toBeLessThan((5 * 0.5) / Math.sqrt(factors.length));
    expect(Math.abs(mean(factors.map((x) => x * x)) - 0.25)).toBeLessThan(5 * 0.25 * Math.sqrt(2 / factors.length));
  });

  test("salt and pepper of 0.2 replaces a fifth, half by the least and half by the greatest; those of 0.1 are among them", async () => {
    const on = await victim(400);
    const [some, many] = [0.1, 0.2].map((strength) => changes(on, perturbed("salt-and-pepper", on)(strength)));
    const share = (is: (to: number) => boolean): number => mean(many.map(({ to }) => Number(is(to))));
    const error = Math.sqrt(0.09 / many.length);
    expect(Math.abs(share((to) => to === range.low) - 0.1)).toBeLessThan(5 * error);
    expect(Math.abs(share((to) => to === range.high) - 0.1)).toBeLessThan(5 * error);
    for (const [i, { from, to }] of some.entries()) if (to !== from) expect(many[i].to).toBe(to);
  });
});

test("occlusion of 0.3 zeroes round(0.3 L) steps in a row; every place is as likely, and 0.6 covers 0.3", async () => {
  const on = await victim(400);
  const { inputSize } = on.batch;
  const [some, many] = [0.3, 0.6].map((strength) => perturbed("occlusion", on)(strength));
  const starts: number[] = [];
  for (const [row, count] of on.counts.entries()) {
    const length = count / inputSize;
    const gone = (input: Float64Array): number[] =>
      Array.from({ length }, (_, t) => t).filter((t) => {
        const at = row * on.stride + t * inputSize;
        return input.slice(at, at + inputSize).every((value) => value === 0);
      });
    const missing = gone(some);
    expect(missing).toHaveLength(Math.round(0.3 * length));
    expect(missing.every((t, i) => t === missing[0] + i)).toBe(true);
    expect(gone(many)).toEqual(expect.arrayContaining(missing));
    if (length >= 10) starts.push(missing[0] / (length - missing.length));
  }
  // uniform on 0..L - n, divided by L - n >= 7: mean 1/2, variance below 1/12 (1 + 2 / 7)
  expect(Math.abs(mean(starts) - 0.5)).toBeLessThan(5 * Math.sqrt(((1 / 12) * (9 / 7)) / starts.length));
});

test("time jitter reads a ramp at t + s z, clamped to the trial: deviation s in its middle", async () => {
  const on = await victim(400, 0, 41);
  const { inputSize } = on.batch;
  const clean = on.clean.map((_, i) => Math.floor((i % on.stride) / inputSize));
  const input = perturbed("time-jitter", { ...on, clean })(2);
  const shifts: number[] = [];
  for (const [row, count] of on.counts.entries()) {
    const last = count / inputSize - 1;
    for (let t = 0; t <= last; t++) {
      const at = row * on.stride + t * inputSize;
      expect(input[at]).toBe(input[at + 1]);
      expect(input[at]).toBeGreaterThanOrEqual(0);
      expect(input[at]).toBeLessThanOrEqual(last);
      // 14 steps are 7 deviations from either end
      if (t >= 14 && t <= last - 14) shifts.push(input[at] - t);
    }
  }
  expect(shifts.length).toBeGreaterThan(500);
  expect(Math.abs(mean(shifts))).toBeLessThan((5 * 2) / Math.sqrt(shifts.length));
  expect(Math.abs(mean(shifts.map((x) => x * x)) - 4)).toBeLessThan(5 * 4 * Math.sqrt(2 / shifts.length));
});

test("quantisation to steps of 0.25 leaves multiples of it from the least number on, none off by more than 0.125", async () => {
  const on = await victim(40);
  for (const { from, to } of changes(on, perturbed("quantisation", on)(0.25))) {
    expect(Math.abs(to - from)).toBeLessThanOrEqual(0.125);
    expect(Number.isInteger((to - range.low) / 0.25)).toBe(true);
  }
});
