import { expect, test } from "vitest";
import { analyses } from "../../src/analysis/registry.ts";
import { spreadTrials } from "../../src/analysis/spread-trials.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";

installBackends();

test("40 trials: 3 are the ends and the middle, 1 the middle, 40 and more are all; without end the first 512 stand for all", () => {
  expect([...spreadTrials(followTask, "test", 3)]).toEqual([0, 20, 39]);
  expect([...spreadTrials(followTask, "test", 1)]).toEqual([19]);
  const all = Array.from({ length: 40 }, (_, i) => i);
  for (const count of [40, 64]) expect([...spreadTrials(followTask, "test", count)]).toEqual(all);
  expect([...spreadTrials(followTask, "train", 3)]).toEqual([0, 256, 511]);
  expect(spreadTrials(followTask, "train", 600).at(-1)).toBe(599);
});

const countOf = { stability: "samples", shift: "inputCount", "stationary-law": "inputCount", "fixed-points": "inputs" };

/** Ends an analysis where it asks for its first trials. */
class Asked extends Error {
  readonly indices: Uint32Array;
  constructor(indices: Uint32Array) {
    super("asked for trials");
    this.indices = indices;
  }
}

test.each(analyses.members.map(({ name }) => name))(
  "%s asks for test trials from both ends of the split",
  async (name) => {
    const analysis = analyses.get(name);
    const isOfClasses = name === "margin" || name === "robustness";
    const known = isOfClasses ? signTask : followTask;
    const network = createNetwork({
      cell: "ctrnn",
      inputSize: 1,
      hiddenSize: 2,
      outputSize: known.outputSize,
      settings: { alpha: 0.2, activation: "relu" },
      noise: [{ site: "inside", intensity: 0.5 }],
    });
    const count = (countOf as Readonly<Record<string, string>>)[name] ?? "trials";
    const split = "split" in analysis.options ? { split: "test" } : {};
    const asked = analysis.run({
      network,
      kernel: await network.kernel({ precision: "float64", backend: "reference" }),
      weights: network.initialWeights(1),
      seed: 1,
      task: {
        ...known,
        batch: (_split, indices) => {
          throw new Asked(indices);
        },
      },
      training: undefined,
      options: resolvedOptions("test", analysis.options, { [count]: 3, ...split }),
    });
    const { indices } = await asked.then(
      () => new Asked(new Uint32Array()),
      (error: unknown) => {
        if (error instanceof Asked) return error;
        throw error;
      },
    );
    expect([indices[0], indices.at(-1)]).toEqual([0, 39]);
  },
);
