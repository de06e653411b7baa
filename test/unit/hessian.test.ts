/** Second derivatives of the loss against differences, closed forms and each other. */
import { describe, expect, test } from "vitest";
import type { AnalysisCall, Findings, NetworkAnalysis } from "../../src/analysis/contract.ts";
import { dot } from "../../src/analysis/fixed-points/linear.ts";
import { readoutKernel } from "../../src/analysis/hessian/readout-kernel.ts";
import { conditioning } from "../../src/analysis/hessian/spectrum.ts";
import { stateHessians } from "../../src/analysis/hessian/state-hessian.ts";
import { hessian } from "../../src/analysis/hessian.ts";
import { lossSurface } from "../../src/analysis/loss-surface/loss-surface.ts";
import { type NamedSurface, surfacesOf } from "../../src/analysis/loss-surface/surfaces.ts";
import { CapabilityError, InterruptedError, ParameterError } from "../../src/core/errors.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import type { NetworkOptions, Weights } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import type { NoiseSourceInput } from "../../src/noise/contract.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import type { Task } from "../../src/task/contract.ts";
import { losses } from "../../src/train/losses/registry.ts";
import { pushTask } from "../helpers/closed-loop-task.ts";
import { randomWeights } from "../helpers/networks.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";

installBackends();

const seed = 5;
const noise: readonly NoiseSourceInput[] = [
  { site: "inside", intensity: 0.3 },
  { site: "outside", intensity: 0.2 },
];
type Changes = Partial<Omit<NetworkOptions, "noise">> & { readonly noise?: readonly NoiseSourceInput[] };

async function callOf(task: Task, changes: Changes = {}, backend = "wasm"): Promise<AnalysisCall> {
  const network = createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: 3,
    outputSize: task.outputSize,
    // smooth, so that differences hold
    settings: { alpha: 0.4, activation: "tanh" },
    noise,
    ...changes,
  });
  const kernel = await network.kernel({ precision: "float64", backend });
  return { network, kernel, weights: randomWeights(network, 1), seed, task, training: undefined, options: {} };
}

const analysed = (call: AnalysisCall, options: Record<string, unknown> = {}, analysis: NetworkAnalysis = hessian) =>
  analysis.run({ ...call, options: resolvedOptions("test", analysis.options, { trials: 8, ...options }) });
const numberOf = ({ numbers }: Findings, name: string) => Number(numbers.find((one) => one.name === name)?.value);
const rowsOf = ({ tables }: Findings, name: string) => tables.find((one) => one.name === name)?.rows ?? [];

const unit = (size: number, i: number) => new Float64Array(size).fill(1, i, i + 1);
const columns = (size: number, product: (vector: Float64Array) => Float64Array) =>
  Array.from({ length: size }, (_, i) => product(unit(size, i)));

describe("Hessians made of products, column by column, equal differences of gradients to 1e-7", () => {
  const parametrisations: Record<string, Changes> = {
    dense: {},
    "mask and frozen": {
      parametrisations: { wRec: { name: "mask", density: 0.5, seed: 2 }, wIn: { name: "frozen" } },
    },
    "low-rank and orthogonal, re-based, of an elman": {
      cell: "elman",
      settings: {},
      parametrisations: { wRec: { name: "orthogonal", rebase: 2 }, wOut: { name: "low-rank", rank: 1 } },
    },
    "symmetric-skew of a gru": {
      cell: "gru",
      hiddenSize: 2,
      settings: {},
      parametrisations: { wRec: { name: "symmetric-skew" } },
    },
  };
  for (const task of [followTask, signTask, pushTask]) {
    for (const [label, changes] of Object.entries(parametrisations)) {
      if (task === pushTask && label !== "dense") continue;
      test(`${task.name}, ${label}, clean and noisy`, async () => {
        const call = await callOf(task, changes);
        const { network, kernel, weights } = call;
        const { surfaces, numbers, warnings } = surfacesOf("test", call, kernel, {
          split: "test",
          trials: 4,
          draws: 2,
        });
        expect(surfaces.map(({ name }) => name)).toEqual(["clean", "noisy"]);
        expect(numbers.size).toBe(network.parameterCount);
        expect(warnings).toHaveLength(task === pushTask ? 1 : 0);
        const loss = losses.get(task.loss);
        for (const surface of surfaces) {
          const passes = surface.passesOf(4);
          const h = 1e-5;
          const gradientAt = (move: Float64Array): Float64Array => {
            const step = numbers.scattered(move);
            const at: Weights = Object.fromEntries(
              Object.entries(weights).map(([name, values]) => [name, values.map((x, i) => x + step[name][i])]),
            );
            return lossSurface({ kernel, weights: at, loss }, passes, numbers).gradient();
          };
          const dense = columns(numbers.size, surface.hessianProduct);
          for (const [i, column] of dense.entries()) {
            const [up, down] = [h, -h].map((by) => gradientAt(unit(numbers.size, i).map((x) => by * x)));
            // truncation 1e-10 times third derivatives of the gradient, rounding 1e-16 / 1e-5
            for (const [j, value] of column.entries()) {
              expect(Math.abs(value - (up[j] - down[j]) / (2 * h))).toBeLessThan(1e-7);
              expect(Math.abs(value - dense[j][i])).toBeLessThan(1e-13);
            }
          }
          expect(Math.max(...dense.flatMap((column) => [...column].map(Math.abs)))).toBeGreaterThan(0.05);
          // and the gradient is that of the values
          const direction = unit(numbers.size, 1);
          const [up, down] = [h, -h].map((by) => surface.values(direction.map((x) => by * x)));
          const mean = (values: Float64Array) => values.reduce((a, b) => a + b) / values.length;
          expect(Math.abs(surface.gradient()[1] - (mean(up) - mean(down)) / (2 * h))).toBeLessThan(1e-8);
        }
      });
    }
  }
});

test("the noisy loss is the mean over its draws, all the same in every call, and no draw is the clean loss", async () => {
  const call = await callOf(followTask);
  const given = { split: "test", trials: 6, draws: 3 };
  const [clean, noisy] = surfacesOf("test", call, call.kernel, given).surfaces;
  const again = surfacesOf("test", call, call.kernel, { ...given, draws: 2 }).surfaces[1];
  expect([...again.trained]).toEqual([...noisy.trained.subarray(0, 2)]);
  expect(new Set([...noisy.trained, ...clean.trained]).size).toBe(4);
  const v = randomVector(clean.numbers.size);
  const one = (surface: NamedSurface, draw: number) =>
    lossSurface(
      { ...call, loss: losses.get("mean-squared-error") },
      surface
        .passesOf(6)
        .filter((pass) => pass.draw === draw)
        .map((pass) => ({ ...pass, draw: 0, share: 3 * pass.share })),
      surface.numbers,
    ).hessianProduct(v);
  const parts = [0, 1, 2].map((draw) => one(noisy, draw));
  const whole = noisy.hessianProduct(v);
  for (const [i, value] of whole.entries())
    expect(value).toBeCloseTo((parts[0][i] + parts[1][i] + parts[2][i]) / 3, 12);
});

const randomVector = (size: number): Float64Array => Float64Array.from({ length: size }, (_, i) => Math.sin(1 + 3 * i));

describe("the Hessian of the state equals differences of the loss run from moved states to 1e-6", () => {
  const cases: Record<string, Changes> = {
    "ctrnn, coloured noise": { noise: [{ site: "inside", intensity: 0.3, correlationTime: 2 }] },
    "rate, whose rates and readout are not linear": { cell: "rate", readout: { activation: "tanh" } },
    "controlled-plant, whose readout is of its second state": {
      cell: "controlled-plant",
      settings: { activation: "tanh" },
    },
  };
  for (const task of [followTask, signTask]) {
    for (const [label, changes] of Object.entries(cases)) {
      // signTask counts the last step alone: from step 2 on the loss is all later, at step 5 all of the step itself
      test(`${task.name}, ${label}, after step 2 and after the last, clean and noisy`, async () => {
        const call = await callOf(task, changes, "reference");
        const { network, kernel, weights } = call;
        const readout = await readoutKernel(network, weights);
        const loss = losses.get(task.loss);
        for (const { passesOf } of surfacesOf("test", call, kernel, { split: "test", trials: 2, draws: 1 }).surfaces) {
          const [pass] = passesOf(2);
          const { batch } = pass;
          const trajectory = kernel.forward({ ...pass.call, weights }).states();
          for (const step of [2, -1]) {
            const found = stateHessians({ network, kernel, weights, loss, readout, step }, pass);
            const at = step === -1 ? 5 : step;
            expect(found.map((one) => one.step)).toEqual([at, at]);
            const row = 1;
            const single = (values: ArrayLike<number>, size: number, from: number, to: number) =>
              Float32Array.from(values).slice((row * 6 + from) * size, (row * 6 + to) * size);
            const own = task.batch("test", Uint32Array.of(batch.trials[row]), seed);
            const sizes = Object.entries(network.states).filter(([name]) => !name.startsWith("noise:"));
            const stateSize = sizes.reduce((sum, [, size]) => sum + size, 0);
            const initial = (move: Float64Array) => {
              let from = 0;
              return Object.fromEntries(
                Object.entries(network.states).map(([name, size]) => {
                  const entry = (row * 7 + at + 1) * size;
                  const state = Float64Array.from(trajectory[name].subarray(entry, entry + size));
                  if (!name.startsWith("noise:")) for (let i = 0; i < size; i++) state[i] += move[from++];
                  return [name, state];
                }),
              );
            };
            const lossFrom = (move: Float64Array): number => {
              const state = initial(move);
              const output = new Float64Array(6 * task.outputSize);
              const { cell } = network.spec;
              const rates = cell === "rate" ? state.h.map(Math.tanh) : cell === "controlled-plant" ? state.x : state.h;
              const { wOut, bOut } = weights;
              for (let o = 0; o < task.outputSize; o++) {
                const z = bOut[o] + dot(rates, wOut.subarray(rates.length * o));
                output[at * task.outputSize + o] = cell === "rate" ? Math.tanh(z) : z;
              }
              if (at < 5) {
                const later = kernel.forward({
                  ...pass.call,
                  weights,
                  batchSize: 1,
                  stepCount: 5 - at,
                  input: single(batch.input, 1, at + 1, 6),
                  trials: Uint32Array.of(batch.trials[row]),
                  firstStep: at + 1,
                  outputFrom: 0,
                  initialState: state,
                });
                output.set(later.output, (at + 1) * task.outputSize);
              }
              return loss.measure(output, own).value;
            };
            const h = 1e-4;
            for (let i = 0; i < stateSize; i++) {
              for (let j = 0; j < stateSize; j++) {
                const shifted = (a: number, b: number) =>
                  lossFrom(new Float64Array(stateSize).map((_, k) => (k === i ? a * h : 0) + (k === j ? b * h : 0)));
                const difference = (shifted(1, 1) - shifted(1, -1) - shifted(-1, 1) + shifted(-1, -1)) / (4 * h * h);
                // rounding 1e-16 / h^2, truncation h^2 times fourth derivatives
                expect(Math.abs(found[1].matrix[stateSize * i + j] - difference)).toBeLessThan(1e-6);
              }
            }
            expect(Math.max(...found[1].matrix.map(Math.abs))).toBeGreaterThan(1e-3);
          }
        }
      });
    }
  }

  test("a step that a trial does not have is refused", async () => {
    const call = await callOf(followTask);
    await expect(analysed(call, { stateStep: 6 })).rejects.toThrow(/must be a step of every trial, got 6/);
  });
});

describe("a network of which the linear readout alone is trained", () => {
  const frozen = Object.fromEntries(["wRec", "wIn", "bRec"].map((name) => [name, { name: "frozen" }]));

  test("has the Hessian 2 mean(x x'), x = (rates, 1), equal to its Gauss-Newton matrix, to 1e-12", async () => {
    const call = await callOf(followTask, { parametrisations: frozen, noise: [] });
    const { kernel, weights } = call;
    const { surfaces, numbers } = surfacesOf("test", call, kernel, { split: "test", trials: 8, draws: 4 });
    expect(surfaces).toHaveLength(1);
    expect(numbers.blocks.map(({ name }) => name)).toEqual(["wOut", "bOut"]);
    const [{ batch, call: pass }] = surfaces[0].passesOf(8);
    const { h } = kernel.forward({ ...pass, weights }).states();
    const expected = new Float64Array(16);
    let count = 0;
    for (let row = 0; row < 8; row++) {
      for (let step = 0; step < 6; step++) {
        if (batch.mask[row * 6 + step] === 0) continue;
        count++;
        const x = [...h.subarray((row * 7 + step + 1) * 3, (row * 7 + step + 2) * 3), 1];
        for (let i = 0; i < 16; i++) expected[i] += 2 * x[i >> 2] * x[i & 3];
      }
    }
    for (const product of [surfaces[0].hessianProduct, surfaces[0].gaussNewtonProduct])
      for (const [i, column] of columns(4, product).entries())
        for (const [j, value] of column.entries()) expect(value).toBeCloseTo(expected[4 * i + j] / count, 12);
  });
});

describe("hessian", () => {
  test("blocks: traces add up to the trace, no eigenvalue lies outside the whole's; Gauss-Newton has none below 0", async () => {
    const found = await analysed(await callOf(signTask), { steps: 100, traceProducts: 100 });
    for (const loss of ["clean", "noisy"]) {
      for (const matrix of ["hessian", "gauss-newton"]) {
        const [whole, ...blocks] = rowsOf(found, "spectra").filter((row) => row.loss === loss && row.matrix === matrix);
        expect(whole.isComplete).toBe(true);
        expect(blocks.map(({ block }) => block)).toEqual(["wRec", "wIn", "bRec", "wOut", "bOut"]);
        const total = blocks.reduce((sum, { trace }) => sum + Number(trace), 0);
        expect(total).toBeCloseTo(Number(whole.trace), 12);
        for (const { largest, smallest } of blocks) {
          expect(Number(largest)).toBeLessThanOrEqual(Number(whole.largest) + 1e-12);
          expect(Number(smallest)).toBeGreaterThanOrEqual(Number(whole.smallest) - 1e-12);
        }
        if (matrix === "gauss-newton") expect(Number(whole.smallest)).toBeGreaterThan(-1e-12);
        else expect(Number(whole.smallest)).toBeLessThan(-1e-3);
        const shares = rowsOf(found, "eigenvector-blocks").filter(
          (row) => row.loss === loss && row.matrix === matrix && row.rank === 1,
        );
        expect(shares.reduce((sum, { share }) => sum + Number(share), 0)).toBeCloseTo(1, 12);
        const moments = rowsOf(found, "moments").filter((row) => row.loss === loss && row.matrix === matrix);
        expect(Number(moments[0].moment) * Number(whole.size)).toBeCloseTo(Number(whole.trace), 12);
      }
    }
  });

  test("ends early within its stated errors, and then says bounds of condition numbers that hold", async () => {
    const call = await callOf(followTask, { hiddenSize: 8, noise: [] });
    const exact = await analysed(call, { steps: 1000, traceProducts: 1000, gaussNewton: false });
    const early = await analysed(call, { steps: 30, eigenvalues: 2, gaussNewton: false, tolerance: 1e-4 });
    const [all, some] = [exact, early].map((found) => rowsOf(found, "spectra")[0]);
    expect(all.isComplete).toBe(true);
    expect(some.isComplete).toBe(false);
    expect(Number(some.products)).toBeLessThan(30);
    for (const end of ["largest", "smallest"]) {
      expect(Math.abs(Number(some[end]) - Number(all[end]))).toBeLessThanOrEqual(Number(some[`${end}Error`]));
      expect(Number(some[`${end}Error`])).toBeLessThan(1e-4 * Number(all.largest));
    }
    expect(Math.abs(Number(some.trace) - Number(all.trace))).toBeLessThan(4 * Number(some.traceError));
    for (const one of ["conditionPositive", "conditionModulus"]) {
      expect(Number(some[one])).toBeGreaterThan(1);
      expect(Number(some[one])).toBeLessThanOrEqual(Number(all[one]));
    }
    expect(Number(some.endsRatio) / Number(all.endsRatio)).toBeCloseTo(1, 2);
  });

  test("every option changes what it says", async () => {
    const call = await callOf(followTask);
    const quick = {
      gaussNewton: false,
      blocks: false,
      steps: 8,
      eigenvalues: 1,
      traceProducts: 6,
      densityProbes: 2,
      densitySteps: 3,
      densityPoints: 9,
      stateTrials: 2,
    };
    const base = await analysed(call, quick);
    const changed = (change: Record<string, unknown>) => analysed(call, { ...quick, ...change });
    for (const change of [{ split: "test" }, { trials: 5 }]) {
      const found = await changed(change);
      expect(numberOf(found, "loss")).not.toBe(numberOf(base, "loss"));
    }
    const drawn = await changed({ draws: 2 });
    expect(numberOf(drawn, "loss")).toBe(numberOf(base, "loss"));
    expect(numberOf(drawn, "lossNoisy")).not.toBe(numberOf(base, "lossNoisy"));
    expect((await changed({ draws: 0 })).numbers.some(({ name }) => name.endsWith("Noisy"))).toBe(false);
    expect(rowsOf(base, "spectra")).toHaveLength(2);
    expect(rowsOf(await changed({ gaussNewton: true }), "spectra")).toHaveLength(2 * 2);
    expect(rowsOf(await changed({ blocks: true }), "spectra")).toHaveLength(2 * 6);
    expect(rowsOf(await changed({ eigenvalues: 3 }), "eigenvalues")).toHaveLength(2 * 6);
    expect(rowsOf(await changed({ steps: 12, tolerance: 0 }), "spectra")[0].products).toBe(12);
    expect(rowsOf(await changed({ steps: 12, tolerance: 1 }), "spectra")[0].products).toBe(5);
    expect(numberOf(await changed({ traceProducts: 9 }), "trace")).not.toBe(numberOf(base, "trace"));
    for (const change of [{ densityProbes: 3 }, { densitySteps: 2 }])
      expect(rowsOf(await changed(change), "moments")[3]).not.toEqual(rowsOf(base, "moments")[3]);
    expect(rowsOf(await changed({ densityProbes: 0 }), "density")).toEqual([]);
    expect(rowsOf(await changed({ densityPoints: 5 }), "density")).toHaveLength(2 * 5);
    expect(numberOf(await changed({ kernelWidth: 0.01 }), "kernelWidth")).toBeCloseTo(
      2 * numberOf(base, "kernelWidth"),
      14,
    );
    expect(rowsOf(base, "eigenvectors")).toEqual([]);
    expect(rowsOf(await changed({ vectors: 1 }), "eigenvectors")).toHaveLength(2 * call.network.parameterCount);
    expect(rowsOf(await changed({ stateTrials: 1 }), "state")).toHaveLength(2);
    expect(rowsOf(await changed({ stateTrials: 0 }), "state")).toEqual([]);
    expect(rowsOf(await changed({ stateStep: 3 }), "state")[0].step).toBe(3);
    expect(rowsOf(base, "state")[0].step).toBe(5);
  });

  test("tells its way from 0 to 1, stops when asked, and refuses what it cannot do", async () => {
    const call = await callOf(followTask);
    const shares: number[] = [];
    const quick = { draws: 1, steps: 5, traceProducts: 6, densityProbes: 1, densitySteps: 2 };
    await analysed({ ...call, onProgress: (share) => shares.push(share) }, quick);
    expect(shares[0]).toBe(0);
    expect(shares.every((share, i) => i === 0 || (share >= shares[i - 1] && share <= 1))).toBe(true);
    expect(shares.at(-1)).toBeGreaterThan(0.9);
    let asked = 0;
    await expect(analysed({ ...call, shouldStop: () => ++asked > 3 }, quick)).rejects.toThrow(InterruptedError);
    expect(asked).toBe(4);
    await expect(analysed(call, { split: "tset" })).rejects.toThrow(ParameterError);
    const weights = { ...call.weights, wOut: call.weights.wOut.map(() => Number.NaN) };
    await expect(analysed({ ...call, weights })).rejects.toThrow(
      /asks for a finite loss of the trained weights, got NaN/,
    );
    const parametrisations = Object.fromEntries(Object.keys(call.weights).map((array) => [array, { name: "frozen" }]));
    await expect(analysed(await callOf(followTask, { parametrisations }))).rejects.toThrow(CapabilityError);
  });
});

test("the hinge is flat but for its kink: its Gauss-Newton matrix is 0, with a density and no condition numbers", async () => {
  const call = { ...(await callOf(signTask)), loss: "hinge" };
  const found = await analysed(call, { steps: 5, draws: 0, blocks: false, densityProbes: 2, densitySteps: 2 });
  expect(numberOf(found, "largestEigenvalueGaussNewton")).toBe(0);
  expect(numberOf(found, "largestEigenvalue")).toBeGreaterThan(0.01);
  expect(found.numbers.find(({ name }) => name === "conditionPositiveGaussNewton")?.value).toBeNull();
  const density = rowsOf(found, "density").filter(({ matrix }) => matrix === "gauss-newton");
  expect(density.every((row) => Number.isFinite(row.density) && row.kernelWidth === 0.005)).toBe(true);
});

test("conditioning: 8, 2, 1e-3, -4 give 8000 by positive eigenvalues, 8000 by moduli, 2 by ends; zeros are left out", () => {
  const pairs = (values: readonly number[], isComplete: boolean, error = 0) => ({
    values: Float64Array.from(values),
    errors: new Float64Array(values.length).fill(error),
    weights: new Float64Array(values.length),
    isComplete,
    vector: () => new Float64Array(0),
  });
  const near = (value: number) => expect.closeTo(value, 9) as unknown as number;
  expect(conditioning(pairs([8, 2, 1e-3, -4], true))).toEqual({
    positive: near(8000),
    modulus: near(8000),
    ends: 2,
    isExact: true,
    zeros: 0,
  });
  expect(conditioning(pairs([8, 2, 0, -0.5], true))).toEqual({
    positive: 4,
    modulus: 16,
    ends: 16,
    isExact: true,
    zeros: 1,
  });
  // an eigenvalue lies within 1 of 2 and of -4: at most 3 and 5
  expect(conditioning(pairs([8, 2, -4], false, 1))).toEqual({
    positive: 7 / 3,
    modulus: 7 / 3,
    ends: null,
    isExact: false,
    zeros: null,
  });
  expect(conditioning(pairs([8, 2, -4], false, 0.03)).ends).toBe(2);
  expect(conditioning(pairs([-1, -2], true))).toEqual({
    positive: null,
    modulus: 2,
    ends: null,
    isExact: true,
    zeros: 0,
  });
});
