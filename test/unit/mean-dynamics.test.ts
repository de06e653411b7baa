import { describe, expect, test } from "vitest";
import type { Dynamics } from "../../src/analysis/dynamics/contract.ts";
import { meanDynamics, silentDynamics } from "../../src/analysis/dynamics/mean-dynamics.ts";
import { smoothedOutputs } from "../../src/analysis/dynamics/smoothed-run.ts";
import { defineCell } from "../../src/cell/cell.ts";
import { cells } from "../../src/cell/cells/registry.ts";
import { add, concat, matvec, max, mul, power, slice, sumUnits, tanh, where } from "../../src/cell/expression.ts";
import { CapabilityError, ShapeError } from "../../src/core/errors.ts";
import { normals } from "../../src/core/random.ts";
import type { Network, NetworkOptions, Weights } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import { followTask } from "../helpers/small-tasks.ts";

installBackends();
type Given = Partial<NetworkOptions> & Pick<NetworkOptions, "cell">;
const networkOf = (options: Given, extras: Parameters<typeof createNetwork>[1] = {}): Network =>
  createNetwork({ inputSize: 2, hiddenSize: 3, outputSize: 2, ...options }, extras);

/** States and inputs by chance. */
function samples({ stateSize, inputSize }: Dynamics, count: number) {
  const draw = (size: number, stream: number): Float64Array =>
    Float64Array.from(normals(new Float32Array(count * size), { seed: 5, stream }, { trial: 0 }));
  return { states: draw(stateSize, 1), inputs: draw(inputSize, 2), cotangents: draw(stateSize, 3) };
}

/** Largest difference of the Jacobian from central differences, and of the pullback from cotangent times Jacobian. */
function derivativeErrors(dynamics: Dynamics): { readonly jacobian: number; readonly pullback: number } {
  const { stateSize: n, inputSize: m } = dynamics;
  const count = 3;
  const { states, inputs, cotangents } = samples(dynamics, count);
  const pulled = dynamics.pullback(states, inputs, cotangents);
  const errors = { jacobian: 0, pullback: 0 };
  const h = 1e-5;
  for (let r = 0; r < count; r++) {
    const state = states.slice(r * n, (r + 1) * n);
    const input = inputs.slice(r * m, (r + 1) * m);
    const jacobian = dynamics.jacobian(state, input);
    for (let j = 0; j < n; j++) {
      const moved = (by: number) =>
        dynamics.step(
          state.map((x, i) => (i === j ? x + by : x)),
          input,
        );
      const [up, down] = [moved(h), moved(-h)];
      let sum = 0;
      for (let i = 0; i < n; i++) {
        errors.jacobian = Math.max(errors.jacobian, Math.abs((up[i] - down[i]) / (2 * h) - jacobian[i * n + j]));
        sum += cotangents[r * n + i] * jacobian[i * n + j];
      }
      errors.pullback = Math.max(errors.pullback, Math.abs(sum - pulled[r * n + j]));
    }
  }
  return errors;
}

describe("without noise", () => {
  test.each(cells.names)("%s: step and readout are those of the kernel to 1e-14", async (cell) => {
    const network = networkOf({ cell, readout: { activation: "sigmoid" } });
    const weights = network.initialWeights(3);
    const dynamics = silentDynamics(network, weights);
    const { states, inputs } = samples(dynamics, 4);
    const kernel = await network.kernel({ precision: "float64", backend: "reference" });
    const initialState: Record<string, Float64Array> = {};
    let offset = 0;
    for (const [name, size] of Object.entries(network.states)) {
      const part = new Float64Array(4 * size);
      for (let b = 0; b < 4; b++) {
        const from = b * dynamics.stateSize + offset;
        part.set(states.subarray(from, from + size), b * size);
      }
      initialState[name] = part;
      offset += size;
    }
    expect(offset).toBe(dynamics.stateSize);
    const call = { weights, batchSize: 4, stepCount: 1, input: inputs, trials: new Uint32Array(4) };
    const forward = kernel.forward({ ...call, level: "zero", key: { seed: 1, stream: 0 }, initialState });
    const next = dynamics.step(states, inputs);
    offset = 0;
    for (const [name, size] of Object.entries(network.states)) {
      const values = forward.states()[name];
      for (let b = 0; b < 4; b++) {
        for (let i = 0; i < size; i++) {
          const found = next[b * dynamics.stateSize + offset + i];
          expect(Math.abs(found - values[(2 * b + 1) * size + i])).toBeLessThan(1e-14);
        }
      }
      offset += size;
    }
    const read = dynamics.readout(next);
    for (let k = 0; k < read.length; k++) expect(Math.abs(read[k] - forward.output[k])).toBeLessThan(1e-14);
  });

  test("no state is no next state, and one unit is one number", () => {
    const network = networkOf({ cell: "ctrnn", hiddenSize: 1, inputSize: 1, outputSize: 1 });
    const dynamics = silentDynamics(network, network.initialWeights(1));
    expect(dynamics.step(new Float64Array(0), new Float64Array(0))).toEqual(new Float64Array(0));
    expect(dynamics.step(Float64Array.of(0.5), Float64Array.of(1)).length).toBe(1);
    expect(dynamics.jacobian(Float64Array.of(0.5), Float64Array.of(1)).length).toBe(1);
  });

  test("shapes that do not fit are refused", () => {
    const network = networkOf({ cell: "ctrnn" });
    const dynamics = silentDynamics(network, network.initialWeights(1));
    expect(() => dynamics.step(new Float64Array(4), new Float64Array(2))).toThrow(ShapeError);
    expect(() => dynamics.step(new Float64Array(6), new Float64Array(2))).toThrow(/2, 2|count, 2/);
  });
});

describe("derivatives", () => {
  test.each([
    ["ctrnn", "inside", "relu"],
    ["ctrnn", "inside", "retanh"],
    ["elman", "inside", "softplus"],
    ["lipschitz", "inside", "leaky-relu"],
    ["rate", "outside", "tanh"],
    ["gru", "inside", "gelu"],
    ["gru", "update", "tanh"],
  ])(
    "%s with %s noise, %s: Jacobian equal to differences to 1e-8, pullback to the Jacobian to 1e-12",
    (cell, site, activation) => {
      const network = networkOf({ cell, settings: { activation }, noise: [{ site, intensity: 0.5 }] });
      const { jacobian, pullback } = derivativeErrors(meanDynamics(network, network.initialWeights(3), "trained"));
      // central differences: h^2 = 1e-10 times third derivatives, rounding 1e-16 / h = 1e-11
      expect(jacobian).toBeLessThan(1e-8);
      expect(pullback).toBeLessThan(1e-12);
    },
  );

  test("weight noise, whose spread depends on the state: Jacobian of the whole mean to 1e-8", () => {
    const network = networkOf({ cell: "ctrnn", noise: [{ site: "weight:wRec", intensity: 0.8 }] });
    const dynamics = meanDynamics(network, network.initialWeights(3), "trained");
    const silent = silentDynamics(network, network.initialWeights(3));
    const { states, inputs } = samples(dynamics, 1);
    const { jacobian, pullback } = derivativeErrors(dynamics);
    expect(jacobian).toBeLessThan(1e-8);
    expect(pullback).toBeLessThan(1e-12);
    expect(dynamics.jacobian(states, inputs)).not.toEqual(silent.jacobian(states, inputs));
  });

  test("a feedforward cell forgets its state: the Jacobian is 0", () => {
    const network = networkOf({ cell: "feedforward", noise: [{ site: "inside", intensity: 0.5 }] });
    const dynamics = meanDynamics(network, network.initialWeights(3), "trained");
    const { states, inputs } = samples(dynamics, 1);
    expect(dynamics.jacobian(states, inputs)).toEqual(new Float64Array(9));
    expect(dynamics.step(states, inputs)).toEqual(
      dynamics.step(
        states.map((x) => -x),
        inputs,
      ),
    );
  });
});

describe("drives", () => {
  test("of a ctrnn: W h + W_in u + b, whether the noise is silent or not", () => {
    const network = networkOf({ cell: "ctrnn", noise: [{ site: "inside", intensity: 0.5 }] });
    const weights = network.initialWeights(3);
    const { wRec, wIn } = network.effectiveWeights(weights);
    const state = Float64Array.of(0.2, -0.4, 1);
    const input = Float64Array.of(1, -2);
    const wanted = Array.from(
      { length: 3 },
      (_, i) => wRec[3 * i] * 0.2 - wRec[3 * i + 1] * 0.4 + wRec[3 * i + 2] + wIn[2 * i] - 2 * wIn[2 * i + 1],
    );
    for (const dynamics of [silentDynamics(network, weights), meanDynamics(network, weights, "trained")]) {
      const drives = dynamics.drive?.(state, input) as Float64Array;
      for (let i = 0; i < 3; i++) expect(Math.abs(drives[i] - wanted[i])).toBeLessThan(1e-15);
    }
  });

  test("of a feedforward cell: those of every layer, one after the other", () => {
    const network = networkOf({ cell: "feedforward", settings: { depth: 2 } });
    const weights = network.initialWeights(3);
    const { wLayer1, wLayer2, bLayer2 } = network.effectiveWeights(weights);
    const drives = silentDynamics(network, weights).drive?.(
      new Float64Array(3),
      Float64Array.of(1, 0.5),
    ) as Float64Array;
    expect(drives.length).toBe(6);
    for (let i = 0; i < 3; i++) {
      expect(drives[i]).toBeCloseTo(wLayer1[2 * i] + 0.5 * wLayer1[2 * i + 1], 14);
      const next = [0, 1, 2].reduce((sum, j) => sum + wLayer2[3 * i + j] * Math.max(0, drives[j]), bLayer2[i]);
      expect(drives[3 + i]).toBeCloseTo(next, 14);
    }
  });

  test("of rate, whose noise enters its current: the state, which the activation of the next step sees", () => {
    const network = networkOf({ cell: "rate" });
    const dynamics = silentDynamics(network, network.initialWeights(1));
    const state = Float64Array.of(0.2, -0.4, 1);
    expect(dynamics.drive?.(state, Float64Array.of(1, 0.5))).toEqual(state);
  });
});

describe("cells of one's own", () => {
  const own = defineCell({
    name: "own",
    summary: "slices, sums, shared draws and a draw used twice",
    state: { h: "2*hidden" },
    parameters: { wRec: ["hidden", "2*hidden"], wIn: ["hidden", "input"] },
    settings: { gain: 0.5 },
    step: ({ h, input, p, noise, s }) => {
      const x = add(matvec(p.wRec, h), matvec(p.wIn, input), noise("inside", "hidden"));
      const first = mul(x, tanh(x));
      const second = add(tanh(x), mul(s.gain, sumUnits(first)), mul(slice(h, 0, "hidden"), noise("shared", "1")));
      return { h: concat(first, second) };
    },
  });

  test("are averaged: x tanh(x) as a whole, sums and shared draws by their means", async () => {
    const network = networkOf(
      {
        cell: "own",
        noise: [
          { site: "inside", intensity: 0.6 },
          { site: "shared", intensity: 0.5 },
        ],
      },
      { cell: own },
    );
    const weights = network.initialWeights(3);
    const dynamics = meanDynamics(network, weights, "trained");
    const { states, inputs } = samples(dynamics, 1);
    const mean = dynamics.step(states, inputs);
    const kernel = await network.kernel({ precision: "float64", backend: "vector" });
    const count = 4000;
    const repeatedRows = (row: Float64Array) => new Float64Array(count * row.length).map((_, k) => row[k % row.length]);
    const { h } = kernel
      .forward({
        weights,
        batchSize: count,
        stepCount: 1,
        input: repeatedRows(inputs),
        trials: Uint32Array.from({ length: count }, (_, i) => i),
        level: "trained",
        key: { seed: 1, stream: 0 },
        initialState: { h: repeatedRows(states) },
      })
      .states();
    for (let i = 0; i < 6; i++) {
      let sum = 0;
      let squares = 0;
      for (let b = 0; b < count; b++) {
        const x = h[(2 * b + 1) * 6 + i];
        sum += x;
        squares += x * x;
      }
      const m = sum / count;
      const error = Math.sqrt((squares / count - m * m) / count);
      expect(Math.abs(m - mean[i])).toBeLessThan(4 * error);
    }
    const { jacobian, pullback } = derivativeErrors(dynamics);
    expect(jacobian).toBeLessThan(1e-8);
    expect(pullback).toBeLessThan(1e-12);
  });

  const mixing = (name: string, equation: (a: ReturnType<typeof tanh>, b: ReturnType<typeof tanh>) => typeof a) =>
    defineCell({
      name,
      summary: "two noisy drives in one operation",
      state: { h: "hidden" },
      parameters: { wRec: ["hidden", "hidden"], wIn: ["hidden", "input"] },
      settings: {},
      step: ({ h, input, p, noise }) => ({
        h: equation(add(matvec(p.wRec, h), noise("one")), add(matvec(p.wIn, input), noise("two"))),
      }),
    });

  test.each([
    ["max", (a, b) => max(a, b)],
    ["where", (a, b) => where(a, b, 0)],
    ["pow", (a, b) => power(a, b)],
  ] as [string, Parameters<typeof mixing>[1]][])(
    "that take %s of two noisy vectors are refused, and run without noise",
    (name, equation) => {
      const noise = [
        { site: "one", intensity: 0.5 },
        { site: "two", intensity: 0.5 },
      ];
      const network = networkOf({ cell: name, noise }, { cell: mixing(name, equation) });
      const weights = network.initialWeights(1);
      const [state, input] = [Float64Array.of(1, 2, 3), Float64Array.of(1, 1)];
      expect(() => meanDynamics(network, weights, "trained").step(state, input)).toThrow(CapabilityError);
      expect(() => meanDynamics(network, weights, "trained").step(state, input)).toThrow(/Monte Carlo/);
      expect(silentDynamics(network, weights).step(state, input).length).toBe(3);
    },
  );

  test("whose readout sees the input give no outputs of states alone", () => {
    const cell = defineCell({
      name: "direct",
      summary: "the rate sees the input",
      state: { h: "hidden" },
      parameters: { wIn: ["hidden", "input"] },
      settings: {},
      step: ({ h, input, p }) => ({ h: add(h, matvec(p.wIn, input)) }),
      rate: ({ h, input, p }) => add(h, matvec(p.wIn, input)),
    });
    const network = networkOf({ cell: "direct" }, { cell });
    const dynamics = silentDynamics(network, network.initialWeights(1));
    expect(dynamics.step(new Float64Array(3), new Float64Array(2)).length).toBe(3);
    expect(() => dynamics.readout(new Float64Array(3))).toThrow(CapabilityError);
  });
});

describe("a run on the mean dynamics", () => {
  const batch = followTask.batch("test", Uint32Array.of(0, 1, 2), 1);
  const options: Given = { cell: "ctrnn", inputSize: 1, outputSize: 1, noise: [{ site: "inside", intensity: 0.7 }] };
  const network = networkOf(options);
  const weights: Weights = network.initialWeights(3);

  test("at level zero has the outputs of the kernel without noise, from the trial's initial states", async () => {
    const kernel = await network.kernel({ precision: "float64", backend: "reference" });
    const { batchSize, stepCount, trials } = batch;
    const call = { weights, batchSize, stepCount, trials, input: Float64Array.from(batch.input) };
    const plain = kernel.forward({ ...call, level: "zero", key: { seed: 1, stream: 0 } });
    const found = smoothedOutputs(network, weights, "zero", batch);
    for (let k = 0; k < found.length; k++) expect(Math.abs(found[k] - plain.output[k])).toBeLessThan(1e-14);
    const initialState = Float32Array.of(0.5, 1, 2);
    const h = new Float64Array(9).map((_, k) => initialState[Math.floor(k / 3)]);
    const begun = kernel.forward({ ...call, level: "zero", key: { seed: 1, stream: 0 }, initialState: { h } });
    const foundBegun = smoothedOutputs(network, weights, "zero", { ...batch, initialState });
    for (let k = 0; k < found.length; k++) expect(Math.abs(foundBegun[k] - begun.output[k])).toBeLessThan(1e-14);
  });

  test("the level changes it, and a readout from the last step leaves the others 0", () => {
    const zero = smoothedOutputs(network, weights, "zero", batch);
    const trained = smoothedOutputs(network, weights, "trained", batch);
    expect(trained).not.toEqual(zero);
    expect(smoothedOutputs(network, weights, { factor: 1 }, batch)).toEqual(trained);
    const last = smoothedOutputs(networkOf({ ...options, readout: { from: "last" } }), weights, "trained", batch);
    const { stepCount } = batch;
    expect(Array.from(last, (value, k) => (k % stepCount === stepCount - 1 ? value : 0))).toEqual(Array.from(last));
    expect(last[stepCount - 1]).toBe(trained[stepCount - 1]);
  });
});
