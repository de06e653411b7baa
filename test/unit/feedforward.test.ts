import { describe, expect, test } from "vitest";
import { cells } from "../../src/cell/cells/registry.ts";
import { SpecError } from "../../src/core/errors.ts";
import { createNetwork } from "../../src/network/network.ts";
import { agree } from "../helpers/agreement.ts";
import { candidates } from "../helpers/backends.ts";
import { lossCotangent, movedCall, preparedNetwork, random, randomWeights, smoothLoss } from "../helpers/networks.ts";
import { dot, programOf, setup } from "../helpers/programs.ts";

const cell = cells.get("feedforward");
const sizes = { inputSize: 2, hiddenSize: 4, outputSize: 3 };
const inBoth = ["inside", "outside"].map((site) => ({ site, intensity: 0.3 }));

const layer = (k: number): string[] => [`wLayer${k}`, `bLayer${k}`];
const upTo = (depth: number): number[] => Array.from({ length: depth }, (_, k) => k + 1);

const issuesOf = (options: Partial<Parameters<typeof createNetwork>[0]>): readonly string[] => {
  try {
    createNetwork({ cell: "feedforward", ...sizes, ...options });
    return [];
  } catch (error) {
    if (error instanceof SpecError) return error.issues.map(({ path, rule }) => `${path}: ${rule}`);
    throw error;
  }
};

describe("the depth decides what there is", () => {
  test.each([1, 3, 8])("%i layers have as many matrices and biases, and two noise leaves each", (depth) => {
    const network = createNetwork({ cell: "feedforward", ...sizes, settings: { depth }, noise: inBoth });
    expect(Object.keys(network.shapes)).toEqual([...upTo(depth).flatMap(layer), "wOut", "bOut"]);
    expect(network.parameterCount).toBe(4 * 2 + 4 + (depth - 1) * (4 * 4 + 4) + 4 * 3 + 3);
    expect(network.noise.map(({ leaf }) => leaf)).toEqual(
      ["inside", "outside"].flatMap((site) => upTo(depth).map((k) => `${site}:${k}`)),
    );
  });

  test("the noise of a layer has one number at every depth, and no other leaf has it", () => {
    const numbers = (depth: number) => programOf(cell, { depth }).noises.map(({ site, number }) => ({ site, number }));
    const deepest = numbers(8);
    expect(new Set(deepest.map(({ number }) => number)).size).toBe(16);
    for (const depth of upTo(7)) expect(numbers(depth)).toEqual(deepest.slice(0, 2 * depth));
  });

  test("what another depth has is unknown, and depths are whole numbers from 1 to 8", () => {
    expect(issuesOf({ settings: { depth: 5 }, noise: [{ site: "inside:5", intensity: 1 }] })).toEqual([]);
    expect(issuesOf({ noise: [{ site: "inside:5", intensity: 1 }] })[0]).toMatch(/^noise\[0\]\.site: no noise site/);
    expect(issuesOf({ settings: { depth: 1 }, parametrisations: { wLayer2: { name: "frozen" } } })[0]).toMatch(
      /^parametrisations\.wLayer2: no parameter/,
    );
    for (const depth of [0, 9, 2.5]) {
      const rule = `settings.depth: must lie in the whole numbers of [1, 8], got ${depth}`;
      expect(issuesOf({ settings: { depth } })).toEqual([rule]);
    }
  });

  test("one source per leaf: inside and inside:2 together are refused", () => {
    const noise = ["inside", "inside:2"].map((site) => ({ site, intensity: 0.1 }));
    expect(issuesOf({ noise })).toEqual(['noise[1].site: one source per site, "inside:2" is taken by noise[0]']);
  });
});

describe("equations", () => {
  test.each([1, 3, 8])("%i layers without noise equal the layers written out, to 1e-14", async (depth) => {
    const settings = { depth, activation: "softplus" };
    const { kernel, call } = await preparedNetwork({ cell: "feedforward", settings, hiddenSize: 4 });
    const w = call.weights;
    const affine = (matrix: string, bias: string, x: readonly number[]): number[] =>
      Array.from(w[bias], (b, i) => b + x.reduce((sum, value, j) => sum + w[matrix][i * x.length + j] * value, 0));
    const expected: number[] = [];
    for (let row = 0; row < call.batchSize * call.stepCount; row++) {
      let rate = [...call.input.slice(2 * row, 2 * row + 2)];
      for (const k of upTo(depth))
        rate = affine(`wLayer${k}`, `bLayer${k}`, rate).map((drive) => Math.log1p(Math.exp(drive)));
      expected.push(...affine("wOut", "bOut", rate));
    }
    const { output } = kernel.forward(call);
    // up to 8 layers of sums of 4 terms of size below 10: some hundred roundings of 1e-16
    for (const [i, value] of expected.entries())
      expect(Math.abs(output[i] - value)).toBeLessThan(1e-14 * (1 + Math.abs(value)));
  });

  test("the state before changes no bit", async () => {
    const { kernel, call } = await preparedNetwork({ cell: "feedforward", noise: inBoth });
    const moved = { ...call, initialState: { h: random(6, 4) } };
    expect(kernel.forward(moved).output).toEqual(kernel.forward(call).output);
  });

  test.each([
    ["inside", 3],
    ["outside", 3],
    ["inside:2", 1],
    ["weight", 0],
  ])("noise at %s of linear layers adds the variance of %i layers: fresh in each", async (site, count) => {
    const hiddenSize = 4;
    const batchSize = 4000;
    const unit = Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
    const { network, kernel, call } = await preparedNetwork({
      cell: "feedforward",
      settings: { activation: "linear" },
      noise: [{ site, intensity: 0.5 }],
      inputSize: hiddenSize,
      outputSize: hiddenSize,
      hiddenSize,
      batchSize,
      stepCount: 1,
    });
    const weights = Object.fromEntries(
      Object.entries(network.shapes).map(([name, { length }]) => [name, length === 2 ? unit : new Float64Array(4)]),
    );
    const trials = Uint32Array.from({ length: batchSize }, (_, b) => b);
    const input = new Float64Array(batchSize * hiddenSize);
    const { output } = kernel.forward({ ...call, weights, trials, input });
    const variance = dot(output, output) / output.length;
    // identity matrices: each layer adds 0.25 (weights times an input of 0 add nothing). 16 000 draws: relative
    // deviation sqrt(2 / 16000) = 1.1 %, times 4. One draw for all layers would give 9 * 0.25.
    expect(Math.abs(variance - 0.25 * count)).toBeLessThanOrEqual(0.045 * 0.25 * count);
  });

  test("weight noise covers the matrices of every layer", async () => {
    for (const depth of [1, 8]) {
      const noise = [{ site: "weight", intensity: 0.2 }];
      const { network } = await preparedNetwork({ cell: "feedforward", settings: { depth }, noise });
      expect(network.noise.map(({ leaf }) => leaf)).toEqual(upTo(depth).map((k) => `weight:wLayer${k}`));
    }
  });

  test("weights start from N(0, 2 / fan-in), within 4 standard errors of the deviation", () => {
    const network = createNetwork({ cell: "feedforward", inputSize: 16, hiddenSize: 64, outputSize: 1 });
    const weights = network.initialWeights(3);
    for (const [name, fan] of Object.entries({ wLayer1: 16, wLayer2: 64, wLayer3: 64 })) {
      const deviation = Math.sqrt(dot(weights[name], weights[name]) / weights[name].length);
      const error = Math.sqrt(1 / (2 * weights[name].length));
      expect(Math.abs(deviation / Math.sqrt(2 / fan) - 1), name).toBeLessThan(4 * error);
    }
    expect([...weights.bLayer2]).toEqual(new Array(64).fill(0));
  });
});

describe.each([1, 8])("at depth %i", (depth) => {
  test("WebAssembly and vector routines equal the reference to 1e-12 (float64)", async () => {
    // native kernels of this depth take a compiler seconds; the default depth is in the conformance suite
    const quick = candidates.filter(({ label }) => !label.startsWith("native"));
    await agree(setup(cell, { settings: { depth }, batchSize: 5, stepCount: 3 }), "float64", quick);
  });

  test("the gradient equals central differences to 1e-6", async () => {
    const settings = { depth, activation: "tanh" };
    const { network, kernel, call } = await preparedNetwork({ cell: "feedforward", settings, noise: inBoth });
    const forward = kernel.forward(call, true);
    const gradient = forward.backwardAll(lossCotangent(forward.output));
    const direction = { weights: randomWeights(network, 10), input: random(call.input.length, 1) };
    // h = 1e-5: truncation below 1e-8 at these sizes, rounding about 1e-10
    const [up, down] = [1e-5, -1e-5].map((by) => smoothLoss(kernel.forward(movedCall(call, direction, by))));
    let slope = dot(gradient.input, direction.input);
    for (const [name, g] of Object.entries(gradient.weights)) slope += dot(g, direction.weights[name]);
    expect(Math.abs((up - down) / 2e-5 - slope) / (1 + Math.abs(slope))).toBeLessThan(1e-6);
    for (const [name, g] of Object.entries(gradient.weights))
      expect(dot(g, g), `${name} has a gradient`).toBeGreaterThan(0);
  });
});
