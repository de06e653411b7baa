import { describe, expect, test } from "vitest";
import type { Moments } from "../../src/analysis/dynamics/contract.ts";
import { meanDynamics } from "../../src/analysis/dynamics/mean-dynamics.ts";
import { momentDynamics } from "../../src/analysis/dynamics/moment-dynamics.ts";
import { cells } from "../../src/cell/cells/registry.ts";
import { type ActivationName, activations } from "../../src/cell/expression.ts";
import type { Network, NetworkOptions, Weights } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";

installBackends();
const hiddenSize = 3;
const inputSize = 2;

function networkOf(options: Partial<NetworkOptions> & Pick<NetworkOptions, "cell">): {
  readonly network: Network;
  readonly weights: Weights;
} {
  const network = createNetwork({ inputSize, hiddenSize, outputSize: 1, ...options });
  return { network, weights: network.initialWeights(2) };
}

/** Next states of `count` copies of one state, `[count, stateSize]`, by the kernel. */
async function nextOf(network: Network, weights: Weights, state: Float64Array, input: Float64Array, count: number) {
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const initialState: Record<string, Float64Array> = {};
  const own = Object.entries(network.states).filter(([name]) => !name.startsWith("noise:"));
  let offset = 0;
  for (const [name, size] of own) {
    const part = state.slice(offset, offset + size);
    offset += size;
    initialState[name] = new Float64Array(count * size).map((_, i) => part[i % size]);
  }
  const forward = kernel.forward({
    weights,
    batchSize: count,
    stepCount: 1,
    input: new Float64Array(count * input.length).map((_, i) => input[i % input.length]),
    trials: Uint32Array.from({ length: count }, (_, i) => i),
    level: "trained",
    key: { seed: 4, stream: 0 },
    initialState,
  });
  const states = forward.states();
  return { next: own.map(([name, size]) => ({ size, values: states[name] })), size: offset };
}

/** Largest distance of the mean step from that of `count` draws, in standard errors. */
async function distanceFromDraws(network: Network, weights: Weights, count: number): Promise<number> {
  const dynamics = meanDynamics(network, weights, "trained");
  const state = Float64Array.from({ length: dynamics.stateSize }, (_, i) => 0.4 * Math.cos(2 * i + 0.5));
  const input = Float64Array.of(0.4, -1);
  const mean = dynamics.step(state, input);
  const { next } = await nextOf(network, weights, state, input, count);
  let most = 0;
  let offset = 0;
  for (const { size, values } of next) {
    for (let i = 0; i < size; i++) {
      let sum = 0;
      let squares = 0;
      // entry 1 of each trial: the state after the step
      for (let b = 0; b < count; b++) {
        const x = values[(2 * b + 1) * size + i];
        sum += x;
        squares += x * x;
      }
      const m = sum / count;
      const error = Math.sqrt(Math.max(0, squares / count - m * m) / count);
      // noise draws and kernels differ from exact arithmetic by 1e-7, the size of a float32
      most = Math.max(most, Math.abs(m - mean[offset + i]) / Math.max(error, 1e-7));
    }
    offset += size;
  }
  return most;
}

describe("the mean step agrees with Monte Carlo of the kernel", () => {
  // some 200 units in all: the largest of so many normal deviates is beyond 4.5 once in 700 times
  test.each(cells.names)("%s: each activation, noise inside, within 4.5 standard errors", async (cell) => {
    const { settings, sites } = cells.get(cell);
    const site = sites.find((name) => name.startsWith("inside"));
    const choices = "activation" in settings ? (Object.keys(activations) as ActivationName[]) : [undefined];
    for (const activation of choices) {
      // exp of exp of a gaussian variable has no mean
      if ((cell === "feedforward" || cell === "lstm") && activation === "exp") continue;
      const { network, weights } = networkOf({
        cell,
        ...(activation === undefined ? {} : { settings: { activation } }),
        noise: [site === undefined ? { site: "state", intensity: 0.6 } : { site: site.split(":")[0], intensity: 0.6 }],
      });
      expect(await distanceFromDraws(network, weights, 1000), activation).toBeLessThan(4.5);
    }
  });

  test.each([
    ["ctrnn", "outside", "gaussian", 0.6],
    ["ctrnn", "input", "gaussian", 0.6],
    ["ctrnn", "weight", "gaussian", 0.6],
    ["ctrnn", "update", "uniform-decrement", 0.6],
    ["ctrnn", "inside", "uniform", 0.6],
    ["ctrnn", "inside", "rademacher", 0.6],
    ["ctrnn", "inside", "bernoulli", 0.4],
    ["ctrnn", "inside", "uniform-decrement", 0.9],
    ["rate", "outside", "rademacher", 0.6],
    ["lipschitz", "state-multiplicative", "gaussian", 0.6],
    ["gru", "update", "bernoulli", 0.4],
    ["elman", "state", "gaussian", 0.6],
  ] as const)("%s with %s noise, %s", async (cell, site, law, intensity) => {
    const { network, weights } = networkOf({ cell, noise: [{ site, law, intensity }] });
    expect(await distanceFromDraws(network, weights, 4000)).toBeLessThan(4.5);
  });

  test("several sources at once, one of them coloured", async () => {
    const { network, weights } = networkOf({
      cell: "ctrnn",
      settings: { activation: "softplus" },
      noise: [
        { site: "inside", intensity: 0.5, correlationTime: 2 },
        { site: "input", intensity: 0.3 },
        { site: "outside", intensity: 0.4 },
      ],
    });
    expect(await distanceFromDraws(network, weights, 4000)).toBeLessThan(4.5);
  });

  test("gru with input noise, whose gates and candidate share it: within 0.02 of the noise", async () => {
    // the gaussian approximation of each factor; the products of their remainders are dropped
    const { network, weights } = networkOf({
      cell: "gru",
      settings: { activation: "retanh" },
      noise: [{ site: "input", intensity: 0.7 }],
    });
    const dynamics = meanDynamics(network, weights, "trained");
    const state = Float64Array.of(0.3, -0.2, 0.5);
    const input = Float64Array.of(0.4, -1);
    const count = 20000;
    const { next } = await nextOf(network, weights, state, input, count);
    const mean = dynamics.step(state, input);
    for (let i = 0; i < hiddenSize; i++) {
      let sum = 0;
      for (let b = 0; b < count; b++) sum += next[0].values[(2 * b + 1) * hiddenSize + i];
      expect(Math.abs(sum / count - mean[i])).toBeLessThan(0.02 * 0.7);
    }
  });
});

describe("one step of the closure from a known state has the moments of draws", () => {
  test.each([
    ["ctrnn", "inside", "retanh"],
    ["elman", "inside", "hard-tanh"],
    ["rate", "outside", "relu"],
    ["gru", "inside", "tanh"],
  ] as const)("%s, noise %s, %s: covariance within 4.5 standard errors", async (cell, site, activation) => {
    const { network, weights } = networkOf({ cell, settings: { activation }, noise: [{ site, intensity: 0.8 }] });
    const state = Float64Array.of(0.3, -0.2, 0.5);
    const input = Float64Array.of(0.4, -1);
    const start: Moments = { mean: state, covariance: new Float64Array(hiddenSize ** 2) };
    const { covariance } = momentDynamics(network, weights, "trained").step(start, input);
    const count = 8000;
    const { next } = await nextOf(network, weights, state, input, count);
    const x = next[0].values;
    const mean = Float64Array.from({ length: hiddenSize }, (_, i) => {
      let sum = 0;
      for (let b = 0; b < count; b++) sum += x[(2 * b + 1) * hiddenSize + i];
      return sum / count;
    });
    for (let i = 0; i < hiddenSize; i++) {
      for (let j = 0; j < hiddenSize; j++) {
        let sum = 0;
        let squares = 0;
        for (let b = 0; b < count; b++) {
          const row = (2 * b + 1) * hiddenSize;
          const product = (x[row + i] - mean[i]) * (x[row + j] - mean[j]);
          sum += product;
          squares += product ** 2;
        }
        const found = sum / count;
        const error = Math.sqrt((squares / count - found ** 2) / count);
        expect(Math.abs(found - covariance[i * hiddenSize + j])).toBeLessThan(4.5 * error + 1e-12);
      }
    }
  });
});
