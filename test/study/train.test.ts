/** The noise preference on function approximation at a fifth of its scale: 400 updates, 3 seeds, 16 draws. */
import { beforeAll, describe, expect, test } from "vitest";
import { noisePreference } from "../../src/analysis/noise-preference.ts";
import type { Preference } from "../../src/analysis/preference.ts";
import { installBackend } from "../../src/engine/backends.ts";
import { wasmBackend } from "../../src/engine/compiled/backend.ts";
import { createNetwork } from "../../src/network/network.ts";
import { wasmProvider } from "../../src/platform/node/wasm-provider.ts";
import type { Task } from "../../src/task/contract.ts";
import { functionApproximation } from "../../src/task/function-approximation.ts";
import type { Checkpoint } from "../../src/train/checkpoint.ts";
import { type TrainCall, train } from "../../src/train/train.ts";

let task: Task;

beforeAll(async () => {
  installBackend(wasmBackend(wasmProvider()));
  task = await functionApproximation.create({}, { dataset: () => Promise.reject(), file: () => Promise.reject() });
});

async function networkWith(site: string, intensity: number) {
  const settings = { alpha: 0.2, activation: "relu" };
  const network = createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: 20,
    outputSize: 1,
    settings,
    noise: [{ site, intensity }],
  });
  return { network, kernel: await network.kernel({ precision: "float32" }) };
}

async function trained(site: string, intensity: number): Promise<Preference> {
  const subject = await networkWith(site, intensity);
  const options = { updates: 400, learningRate: 3e-3, schedule: { name: "step" } };
  const subjects = [];
  for (const seed of [0, 1, 2]) {
    const { outcome, weights } = await train({ ...subject, task, options, seed });
    expect(outcome).toEqual({ kind: "completed", update: 400 });
    subjects.push({ ...subject, weights, seed });
  }
  return noisePreference({ subjects, task, trials: 41, repeats: 16 }).preference;
}

describe("sin(pi u) with 20 ReLU units, alpha 0.2, 30 steps", () => {
  for (const intensity of [0.5, 1]) {
    test(`noise ${intensity} inside: wanted at test, and silence at least triples the loss`, async () => {
      const preference = await trained("inside", intensity);
      expect(preference.preferenceRatio).toBeGreaterThan(3);
      expect(preference.preferredLow).toBeGreaterThan(0.5 * intensity);
      expect(preference.verdict).toMatch(/noise/);
    });
  }
  for (const [site, intensity] of [
    ["inside", 0.1],
    ["outside", 0.5],
    ["outside", 1],
  ] as const) {
    test(`noise ${intensity} ${site}: best at zero, within a tenth of the training noise`, async () => {
      const preference = await trained(site, intensity);
      expect(preference.preferenceIndex).toBeLessThan(0.1);
      // Three seeds leave a wide interval: silence, or undecided.
      expect(preference.verdict).not.toMatch(/noise/);
    });
  }
});

describe("compiled float32 kernel", () => {
  test("split at updates 1 and 17 of 30 and resumed ends in the same bits", async () => {
    const subject = await networkWith("inside", 0.5);
    const call: TrainCall = {
      ...subject,
      task,
      seed: 4,
      options: { updates: 30, activity: 0.01, validation: { every: 10, trials: 32, level: "zero" }, keepBest: true },
    };
    const facts = ({ arrays, meta }: Checkpoint) =>
      JSON.stringify([Object.entries(arrays).map(([k, a]) => [k, ...a]), meta]);
    const whole = facts((await train(call)).checkpoint);
    for (const update of [1, 17]) {
      let asked = 0;
      const first = await train({ ...call, hooks: { shouldStop: () => asked++ === update } });
      expect(first.outcome).toEqual({ kind: "interrupted", update });
      // Another run in between: the kernel holds no state that matters.
      await train({ ...call, seed: 5 });
      expect(facts((await train({ ...call, resume: first.checkpoint })).checkpoint)).toBe(whole);
    }
  });
});
