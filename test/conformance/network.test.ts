import { describe, expect, test } from "vitest";
import { installBackend } from "../../src/engine/backends.ts";
import type { Precision, RealArray } from "../../src/engine/contract.ts";
import type { NetworkKernel } from "../../src/network/contract.ts";
import type { NoiseSourceInput } from "../../src/noise/contract.ts";
import { candidates } from "../helpers/backends.ts";
import { lossCotangent, type PreparedNetwork, preparedNetwork, randomWeights } from "../helpers/networks.ts";
import { worst } from "../helpers/programs.ts";

/** Every way in which noise changes a program, with every law: further states, draws per trial, shared draws. */
const noise: readonly NoiseSourceInput[] = [
  { site: "inside", intensity: 0.4, correlationTime: 2 },
  { site: "state", intensity: 0.2, law: "rademacher", scaling: "per-sqrt-time" },
  { site: "update", intensity: 0.2, law: "bernoulli" },
  { site: "state-multiplicative", intensity: 0.2, law: "uniform", shared: true },
  { site: "input", intensity: 0.2, law: "uniform-decrement" },
  { site: "weight", intensity: 0.2 },
];

/** Outputs, states, gradients, tangents and Hessian-vector product of a network. */
function results({ network, call }: PreparedNetwork, kernel: NetworkKernel): Record<string, RealArray> {
  const named = (prefix: string, arrays: Readonly<Record<string, RealArray>>) =>
    Object.entries(arrays).map(([name, values]) => [`${prefix} ${name}`, values] as const);
  // the other draws of antithetic pairs; bernoulli has none
  const mirrored = kernel.forward({ ...call, mirrored: true, level: { sites: { update: 0 } } });
  const mirroredOutput = ["mirrored output", mirrored.output] as const;
  const forward = kernel.forward(call, true);
  const found = [
    mirroredOutput,
    ["output", forward.output] as const,
    ["activity", forward.activity] as const,
    ...named("state", forward.states()),
  ];
  const { weights, input, initialState } = forward.backwardAll(lossCotangent(forward.output));
  found.push(...named("gradient", weights), ["gradient input", input], ...named("gradient state", initialState));
  const tangent = kernel.tangent(call, { weights: randomWeights(network, 50) }, true);
  found.push(["tangent output", tangent.outputTangent], ...named("tangent state", tangent.stateTangents()));
  const second = tangent.backward(lossCotangent(tangent.output), { output: tangent.outputTangent });
  found.push(...named("hvp", second.gradientTangent));
  return Object.fromEntries(found);
}

// float64: rounding of sums of a few hundred terms. float32: epsilon 6e-8 times the same, with products of weights of
// size 0.5 over 7 steps and second derivatives; noise is bit-identical in both.
const bounds: Readonly<Record<Precision, number>> = { float64: 1e-12, float32: 5e-5 };

describe.each(candidates)("$label: networks with noise at every site agree with the reference", ({ backend }) => {
  test.each(Object.entries(bounds) as [Precision, number][])("%s within %d", async (precision, bound) => {
    installBackend(backend);
    const prepared = await preparedNetwork({
      cell: "ctrnn",
      settings: { activation: "tanh" },
      noise,
      batchSize: 9,
      stepCount: 7,
      hiddenSize: 11,
      parametrisations: { wRec: { name: "dale" } },
    });
    const kernel = await prepared.network.kernel({ backend: backend.name, precision });
    expect([kernel.backend, kernel.precision]).toEqual([backend.name, precision]);
    const { error, where } = worst(results(prepared, kernel), results(prepared, prepared.kernel));
    expect(error, where).toBeLessThan(bound);
    expect(error).toBeGreaterThan(0);
  });
});
