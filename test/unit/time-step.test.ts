import { describe, expect, test } from "vitest";
import { timeStep } from "../../src/analysis/time-step.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import type { NetworkOptions } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { trainOptions } from "../../src/train/options.ts";
import { followTask } from "../helpers/small-tasks.ts";

async function analysed(options: Partial<NetworkOptions>, asked: Record<string, unknown> = {}) {
  const network = createNetwork({ cell: "ctrnn", inputSize: 1, hiddenSize: 4, outputSize: 1, ...options });
  const kernel = await network.kernel({ precision: "float64", backend: "reference" });
  const found = await timeStep.run({
    network,
    kernel,
    weights: network.initialWeights(3),
    seed: 2,
    task: followTask,
    training: trainOptions({ updates: 1 }),
    options: resolvedOptions("test", timeStep.options, { trials: 16, ...asked }),
  });
  return { ...found, numberOf: (name: string) => found.numbers.find((one) => one.name === name)?.value as number };
}

const additive = { site: "state", intensity: 0.3, scaling: "per-sqrt-time" } as const;

describe("time-step", () => {
  test("additive noise: order 1 within 0.3, and a table of every step with the loss", async () => {
    const { numberOf, tables, warnings } = await analysed({
      noise: [additive],
      settings: { alpha: 0.1, activation: "tanh" },
    });
    expect(Math.abs(numberOf("order") - 1)).toBeLessThan(0.3);
    const [{ rows }] = tables;
    expect(rows.map(({ timeStep: dt }) => dt)).toEqual([0.1, 0.05, 0.025, 0.0125, 0.00625]);
    expect(rows[4].outputError).toBe(0);
    expect(numberOf("lossChange")).toBeCloseTo((rows[0].loss as number) - (rows[4].loss as number), 14);
    expect(warnings.filter((text) => text.includes("silent"))).toEqual([]);
  });

  test("Heun's error at the same step is below two thirds of Euler-Maruyama's", async () => {
    const settings = { alpha: 0.2, activation: "tanh" };
    const euler = await analysed({ noise: [additive], settings });
    const heun = await analysed({ noise: [additive], settings, scheme: "heun" });
    expect(heun.numberOf("outputError")).toBeLessThan((2 / 3) * euler.numberOf("outputError"));
  });

  test("options change the result; noise that is no Brownian motion is silent and named; a map is refused", async () => {
    const options = { noise: [additive] };
    const [usual, more, finer] = [
      await analysed(options),
      await analysed(options, { trials: 8 }),
      await analysed(options, { halvings: 3 }),
    ];
    expect(more.numberOf("outputError")).not.toBe(usual.numberOf("outputError"));
    expect(finer.tables[0].rows).toHaveLength(4);
    const { warnings } = await analysed({ noise: [additive, { site: "inside", intensity: 1 }] });
    expect(warnings[0]).toMatch(/no Brownian motion \(inside\)/);
    await expect(analysed({ cell: "elman" })).rejects.toThrow(/gives its step/);
  });
});
