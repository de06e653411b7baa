import { describe, expect, test } from "vitest";
import { defineCell } from "../../src/cell/cell.ts";
import { cells } from "../../src/cell/cells/registry.ts";
import { add, concat, lerp, matvec, slice } from "../../src/cell/expression.ts";
import { CapabilityError, ParameterError, ShapeError, SpecError } from "../../src/core/errors.ts";
import type { RealArray } from "../../src/engine/contract.ts";
import type { NetworkCall, NetworkOptions, Weights } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import type { NoiseSourceInput } from "../../src/noise/contract.ts";
import { lossCotangent, preparedNetwork, random } from "../helpers/networks.ts";
import { dot } from "../helpers/programs.ts";

const small = { cell: "ctrnn", inputSize: 1, hiddenSize: 20, outputSize: 1 } as const;
/** White noise at every site, and coloured noise inside. */
const everywhere: readonly NoiseSourceInput[] = [
  { site: "inside", intensity: 0.4, correlationTime: 2 },
  ...["outside", "state", "update", "state-multiplicative", "input", "weight"].map((site) => ({
    site,
    intensity: 0.2,
  })),
];

function issuesOf(options: unknown): readonly { path: string; rule: string }[] {
  try {
    createNetwork(options as NetworkOptions);
  } catch (error) {
    if (error instanceof SpecError) return error.issues;
    throw error;
  }
  return [];
}

/** Rows of `[batch, ...]` arrays in another order. */
function rows<Values extends RealArray>(values: Values, order: readonly number[], batchSize: number): Values {
  const width = values.length / batchSize;
  const result = values.slice(0, order.length * width) as Values;
  for (const [to, from] of order.entries()) result.set(values.subarray(from * width, (from + 1) * width), to * width);
  return result;
}

const largest = (values: ArrayLike<number>): number => Math.max(0, ...Array.from(values, Math.abs));
function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(0, ...Array.from(a, (x, i) => Math.abs(x - b[i])));
}

describe("specification", () => {
  test("a cell, sizes and one source are enough; the specification spells out the rest and gives the same network", () => {
    const network = createNetwork({ ...small, noise: [{ site: "inside", intensity: 0.5 }] });
    expect(network.spec).toEqual({
      ...small,
      settings: { alpha: 0.2, activation: "relu" },
      noise: [{ site: "inside", law: "gaussian", intensity: 0.5, scaling: "per-step", correlationTime: 0 }],
      parametrisations: {
        wRec: { name: "dense" },
        wIn: { name: "dense" },
        bRec: { name: "dense" },
        wOut: { name: "dense" },
        bOut: { name: "dense" },
      },
      initialisers: {
        wRec: { name: "normal", gain: 0.9, fan: null },
        wIn: { name: "normal", gain: 1, fan: null },
        bRec: { name: "zeros" },
        wOut: { name: "normal", gain: 1, fan: null },
        bOut: { name: "zeros" },
      },
      readout: { from: "every", bias: true, activation: "linear" },
    });
    const again = createNetwork(JSON.parse(JSON.stringify(network.spec)));
    expect(again.spec).toEqual(network.spec);
    expect(again.initialWeights(3)).toEqual(network.initialWeights(3));
    expect(Object.isFrozen(network.spec.noise[0])).toBe(true);
  });

  test("every cell completes to a specification that gives itself again", () => {
    for (const cell of cells.names) {
      const { spec } = createNetwork({ ...small, cell });
      expect(createNetwork(spec).spec).toEqual(spec);
    }
  });

  test("all issues are reported at once, each with its path", () => {
    const issues = issuesOf({
      cell: "elman",
      inputSize: 0,
      hiddenSize: 2,
      outputSize: 1.5,
      settings: { alpha: 1, activation: "rel" },
      noise: [
        { site: "insid", intensity: -1 },
        { site: "state", intensity: 1, scaling: "stationary", colour: "pink" },
        { site: "state", intensity: 1 },
        7,
      ],
      parametrisations: {
        wRec: { name: "mask", density: 2 },
        wIn: { name: "symmetric-skew" },
        wRek: { name: "dense" },
      },
      initialisers: { bRec: { name: "uniform-fan-in" }, wOut: { name: "norml" }, bOut: 3 },
      readout: { from: "first", bias: 1, to: 2 },
      hidenSize: 3,
    });
    expect(issues.map(({ path }) => path).sort()).toEqual([
      "hidenSize",
      "initialisers.bOut",
      "initialisers.bRec",
      "initialisers.wOut.name",
      "inputSize",
      "noise[0].intensity",
      "noise[0].site",
      "noise[1].colour",
      "noise[2].site",
      "noise[3]",
      "outputSize",
      "parametrisations.wIn",
      "parametrisations.wRec.density",
      "parametrisations.wRek",
      "readout.bias",
      "readout.from",
      "readout.to",
      "settings.activation",
      "settings.alpha",
    ]);
  });

  test.each([
    [{ cell: "ctrn" }, "cell", /did you mean "ctrnn"/],
    [{ settings: { alpha: 1.5 } }, "settings.alpha", /\(0, 1\], got 1.5/],
    [{ noise: {} }, "noise", /list of sources/],
    [{ noise: [{ site: "inside" }] }, "noise[0].intensity", /got nothing/],
    [{ noise: [{ site: "outside", intensity: 1, law: "normal" }] }, "noise[0].law", /no noise law is named "normal"/],
    [{ noise: [{ site: "update", intensity: 1, law: "bernoulli" }] }, "noise[0].intensity", /\[0, 1\), got 1/],
    [
      { noise: [{ site: "update", intensity: 0.1, law: "bernoulli", scaling: "stationary" }] },
      "noise[0].scaling",
      /no standard deviation/,
    ],
    [
      { noise: [{ site: "state", intensity: 0.1, law: "uniform", correlationTime: 1 }] },
      "noise[0].law",
      /Ornstein-Uhlenbeck noise is gaussian/,
    ],
    [{ noise: [{ site: "state", intensity: 0.1, shared: true }] }, "noise[0].shared", /multiplicative/],
    [
      { noise: [{ site: "update", intensity: 0.1, proportionalTo: "drift" }] },
      "noise[0].proportionalTo",
      /state-multiplicative/,
    ],
    [
      { noise: [{ site: "weight", intensity: 0.1, correlationTime: 1 }] },
      "noise[0].correlationTime",
      /fixed over a trial/,
    ],
    [
      { noise: [{ site: "weight", intensity: 0.1, scaling: "per-sqrt-time" }] },
      "noise[0].scaling",
      /drawn once a trial/,
    ],
    [
      {
        noise: [
          { site: "weight", intensity: 0.1 },
          { site: "weight:wIn", intensity: 0.1 },
        ],
      },
      "noise[1].site",
      /taken by noise\[0\]/,
    ],
    [{ noise: [{ site: "weight:wOut", intensity: 0.1 }] }, "noise[0].site", /weight:wRec/],
    [
      { cell: "elman", noise: [{ site: "state", intensity: 1, scaling: "per-sqrt-time" }] },
      "noise[0].scaling",
      /map without a time step/,
    ],
    [
      { cell: "lipschitz", noise: [{ site: "diffusion", intensity: 1 }] },
      "noise[0].site",
      /no noise site of the cell lipschitz/,
    ],
    [{ parametrisations: { wRec: { name: "constant" } } }, "parametrisations.wRec.name", /no parametrisation is named/],
    [{ parametrisations: { bRec: { name: "dale" } } }, "parametrisations.bRec", /matrix/],
    [{ settings: 3 }, "settings", /object/],
  ])("%j is one issue at %s", (change, path, message) => {
    const issues = issuesOf({ ...small, ...change });
    expect(issues).toHaveLength(1);
    expect(issues[0].path).toBe(path);
    expect(`${issues[0].rule} ${(issues[0] as { remedy?: string }).remedy}`).toMatch(message);
  });

  test("the Lipschitz RNN at 128 units, 1 channel, 10 classes has 34 314 numbers, as its published code", () => {
    const network = createNetwork({ cell: "lipschitz", inputSize: 1, hiddenSize: 128, outputSize: 10 });
    expect(network.parameterCount).toBe(34314);
    expect(network.spec.parametrisations.wRec).toEqual({ name: "symmetric-skew", beta: 0.75, gamma: 0.001 });
  });

  test("frozen arrays are listed and not counted, masked weights not counted", () => {
    const network = createNetwork({
      ...small,
      parametrisations: { wRec: { name: "mask", density: 0.1 }, wIn: { name: "frozen" } },
    });
    expect(network.frozen).toEqual(["wIn"]);
    const free = network.effectiveWeights({ ...network.initialWeights(1), wRec: new Float64Array(400).fill(1) }).wRec;
    expect(network.parameterCount).toBe(Array.from(free).filter((x) => x === 1).length + 20 + 20 + 1);
  });

  test("references are those of the cell, its noise, and its parametrisations, each once", () => {
    const { references } = createNetwork({
      cell: "lipschitz",
      inputSize: 1,
      hiddenSize: 2,
      outputSize: 1,
      noise: [{ site: "update", intensity: 0.1, law: "bernoulli" }],
    });
    expect(references).toEqual(["erichson2021", "lim2021", "srivastava2014"]);
  });

  test("the readout without bias has no bOut; with one it starts as zeros and wOut as N(0, 1/n)", () => {
    expect(Object.keys(createNetwork({ ...small, readout: { bias: false } }).shapes)).toEqual([
      "wRec",
      "wIn",
      "bRec",
      "wOut",
    ]);
    const { wOut, bOut } = createNetwork({ ...small, hiddenSize: 1000, outputSize: 10 }).initialWeights(1);
    expect([...bOut].every((x) => x === 0)).toBe(true);
    const variance = dot(wOut, wOut) / wOut.length;
    // 10^4 numbers: relative deviation of a variance sqrt(2 / 10^4) = 1.4 %, bound 5 of these
    expect(Math.abs(variance * 1000 - 1)).toBeLessThan(0.07);
  });
});

describe("weights", () => {
  test("equal seeds give equal weights, other seeds others; changing one initialiser leaves the other arrays alone", () => {
    const plain = createNetwork(small).initialWeights(5);
    expect(createNetwork(small).initialWeights(5)).toEqual(plain);
    expect(createNetwork(small).initialWeights(6).wRec).not.toEqual(plain.wRec);
    const changed = createNetwork({ ...small, initialisers: { wRec: { name: "identity", gain: 0.5 } } }).initialWeights(
      5,
    );
    expect(changed.wRec).not.toEqual(plain.wRec);
    expect({ ...changed, wRec: null }).toEqual({ ...plain, wRec: null });
  });

  test("effective weights go through the parametrisation", () => {
    const network = createNetwork({
      ...small,
      hiddenSize: 2,
      parametrisations: { wRec: { name: "dale", excitatory: 0.5 } },
    });
    const weights: Weights = { ...network.initialWeights(1), wRec: Float64Array.of(-1, 2, 3, 4) };
    expect([...network.effectiveWeights(weights).wRec]).toEqual([1, -2, 3, -4]);
    expect(network.effectiveWeights(weights).wIn).toEqual(weights.wIn);
  });

  test("missing, unknown and misshapen arrays are named", async () => {
    const { kernel, call } = await preparedNetwork({ cell: "ctrnn" });
    const { wIn, ...rest } = call.weights;
    expect(() => kernel.forward({ ...call, weights: rest })).toThrow(/weights, wIn: is missing/);
    expect(() => kernel.forward({ ...call, weights: { ...call.weights, wInn: wIn } })).toThrow(/did you mean "wIn"/);
    expect(() => kernel.forward({ ...call, weights: { ...rest, wIn: new Float64Array(5) } })).toThrow(ShapeError);
    expect(() => kernel.tangent(call, { weights: { wIn: new Float64Array(5) } })).toThrow(
      /direction of wIn.*\[3, 2\].*got 5/,
    );
  });
});

describe("noise levels", () => {
  const noisy = {
    ...small,
    noise: [
      { site: "inside", intensity: 0.5 },
      { site: "state", intensity: 0.2, scaling: "stationary" as const },
    ],
  };

  test("trained, zero, factor and sites give the intensities that they say; 'stationary' at the state is sqrt(2 alpha)", () => {
    const { noiseAt } = createNetwork(noisy);
    const intensities = (level: Parameters<typeof noiseAt>[0]) =>
      Object.values(noiseAt(level)).map(({ intensity }) => Number(intensity.toFixed(12)));
    const unit = Math.sqrt(0.4);
    const rounded = (...values: number[]) => values.map((x) => Number(x.toFixed(12)));
    expect(intensities("trained")).toEqual(rounded(0.5, 0.2 * unit));
    expect(intensities("zero")).toEqual([0, 0]);
    expect(intensities({ factor: 1.5 })).toEqual(rounded(0.75, 0.3 * unit));
    expect(intensities({ sites: { state: 1 } })).toEqual(rounded(0.5, unit));
  });

  test("levels that make no sense are refused", () => {
    const { noiseAt } = createNetwork(noisy);
    expect(() => noiseAt({ sites: { insde: 1 } })).toThrow(/did you mean "inside"/);
    expect(() => noiseAt({ factor: -1 })).toThrow(ParameterError);
    expect(() => noiseAt({ factor: Number.NaN })).toThrow(ParameterError);
    expect(() => noiseAt("loud" as "zero")).toThrow(/noise level/);
    expect(() => createNetwork(small).noiseAt({ sites: { inside: 1 } })).toThrow(
      /intensity 0 if it was trained without/,
    );
    const dropout = createNetwork({ ...small, noise: [{ site: "update", law: "bernoulli", intensity: 0.6 }] });
    expect(() => dropout.noiseAt({ factor: 2 })).toThrow(/\[0, 1\), got 1.2/);
  });

  test("a source of intensity 0 can be switched on at evaluation", () => {
    const network = createNetwork({ ...small, noise: [{ site: "inside", intensity: 0 }] });
    expect(network.noiseAt({ sites: { inside: 0.3 } }).inside.intensity).toBe(0.3);
  });

  for (const cell of cells.names) {
    test(`${cell}: at level zero all sites together change no bit of output, activity or gradient`, async () => {
      const silent = await preparedNetwork({ cell });
      const noisy = await preparedNetwork({ cell, noise: everywhere });
      const call: NetworkCall = { ...noisy.call, weights: silent.call.weights, level: "zero" };
      const [a, b] = [silent.kernel.forward(silent.call, true), noisy.kernel.forward(call, true)];
      expect(largestDifference(a.output, b.output)).toBe(0);
      expect(largestDifference(a.activity, b.activity)).toBe(0);
      const [ga, gb] = [a, b].map((forward) => forward.backward(lossCotangent(forward.output)));
      for (const name of Object.keys(ga)) expect(largestDifference(ga[name], gb[name])).toBe(0);
      const trained = noisy.kernel.forward({ ...call, level: "trained" });
      expect(largestDifference(trained.output, a.output)).toBeGreaterThan(0.01);
    });
  }
});

describe("each site alone changes the output of each cell", () => {
  const sites = ["inside", "outside", "state", "state-multiplicative", "update", "input", "weight"];
  test.each(cells.names)("%s", async (cell) => {
    const silent = await preparedNetwork({ cell });
    const { output } = silent.kernel.forward(silent.call);
    for (const site of sites) {
      const { kernel, call } = await preparedNetwork({ cell, noise: [{ site, intensity: 0.4 }] });
      const noisy = kernel.forward({ ...call, weights: silent.call.weights }).output;
      // an oscillator's velocity moves its place by step^2 = 0.002 of a force
      expect(largestDifference(noisy, output), site).toBeGreaterThan(1e-5);
    }
  });
});

describe("noise is a function of its address", () => {
  test.each(everywhere.map(({ site }) => site))(
    "%s: equal keys give equal bits, another stream, seed or trial other ones",
    async (site) => {
      const noise = everywhere.filter((source) => source.site === site);
      const { kernel, call } = await preparedNetwork({ cell: "ctrnn", noise });
      const at = (change: Partial<NetworkCall>) => kernel.forward({ ...call, ...change }).output;
      const plain = at({});
      expect(at({})).toEqual(plain);
      expect(largestDifference(at({ key: { ...call.key, stream: 10 } }), plain)).toBeGreaterThan(1e-6);
      expect(largestDifference(at({ key: { ...call.key, seed: 4 } }), plain)).toBeGreaterThan(1e-6);
      expect(largestDifference(at({ trials: Uint32Array.of(5, 13) }), plain)).toBeGreaterThan(1e-6);
      expect(at({ trials: Uint32Array.of(5, 13) }).slice(0, 8)).toEqual(plain.slice(0, 8));
    },
  );

  test("permuted trials give permuted outputs to the bit and the same gradient to 1e-13", async () => {
    const { kernel, call } = await preparedNetwork({ cell: "ctrnn", noise: everywhere, batchSize: 4 });
    const order = [2, 0, 3, 1];
    const shuffled: NetworkCall = {
      ...call,
      input: rows(call.input, order, 4),
      trials: Uint32Array.from(order, (b) => call.trials[b]),
    };
    const [a, b] = [kernel.forward(call, true).output, kernel.forward(shuffled, true).output];
    expect(b).toEqual(rows(a, order, 4));
    const cotangent = random(a.length, 8);
    const whole = kernel.forward(call, true).backward({ output: cotangent });
    const other = kernel.forward(shuffled, true).backward({ output: rows(cotangent, order, 4) });
    for (const [name, g] of Object.entries(whole)) {
      expect(largestDifference(g, other[name])).toBeLessThan(1e-13 * (1 + largest(g)));
    }
  });

  test("a batch in two parts gives the outputs of the whole to the bit", async () => {
    const { kernel, call } = await preparedNetwork({ cell: "ctrnn", noise: everywhere, batchSize: 5 });
    const part = (order: number[]) =>
      kernel.forward({
        ...call,
        batchSize: order.length,
        input: rows(call.input, order, 5),
        trials: Uint32Array.from(order, (b) => call.trials[b]),
      }).output;
    expect([...part([0, 1]), ...part([2, 3, 4])]).toEqual([...kernel.forward(call).output]);
  });

  test("a sequence in two calls gives the outputs of the whole to the bit, coloured noise included", async () => {
    const { kernel, call } = await preparedNetwork({ cell: "ctrnn", noise: everywhere, batchSize: 1, stepCount: 6 });
    const whole = kernel.forward(call).output;
    const first = kernel.forward({ ...call, stepCount: 4, input: call.input.slice(0, 8) });
    const final = Object.fromEntries(Object.entries(first.states()).map(([name, h]) => [name, h.slice(-3)]));
    const rest = { ...call, stepCount: 2, input: call.input.slice(8), firstStep: 4 };
    const second = kernel.forward({ ...rest, initialState: final });
    expect([...first.output, ...second.output]).toEqual([...whole]);
    expect(() => kernel.forward({ ...rest, initialState: { h: final.h } })).toThrow(/continues coloured noise/);
    // switched off in the middle, coloured noise leaves nothing behind
    const silent = kernel.forward({ ...rest, level: "zero", initialState: final });
    expect([...silent.output]).toEqual([
      ...kernel.forward({ ...rest, level: "zero", initialState: { h: final.h } }).output,
    ]);
    expect(() => kernel.forward({ ...rest, initialState: { g: final.h } })).toThrow(/no state is named "g"/);
  });
});

describe("what is computed", () => {
  test("activity is the sum of squared rates and the readout is linear in them", async () => {
    const { kernel, call } = await preparedNetwork({
      cell: "rate",
      hiddenSize: 2,
      outputSize: 1,
      batchSize: 1,
      stepCount: 2,
    });
    const forward = kernel.forward(call);
    const h = forward.states().h.slice(2);
    const rate = h.map((x) => Math.max(0, x));
    const { wOut, bOut } = call.weights;
    for (const t of [0, 1]) {
      const [a, b] = [rate[2 * t], rate[2 * t + 1]];
      expect(forward.activity[t]).toBeCloseTo(a * a + b * b, 12);
      expect(forward.output[t]).toBeCloseTo(wOut[0] * a + wOut[1] * b + bOut[0], 12);
    }
  });

  test("readout from the last step computes only that one; outputFrom overrides it", async () => {
    const { kernel, call } = await preparedNetwork({ cell: "ctrnn", readout: { from: "last" }, outputSize: 1 });
    const every = await preparedNetwork({ cell: "ctrnn", outputSize: 1 });
    const whole = every.kernel.forward(every.call).output;
    const zeroed = (from: number) => [...whole].map((x, i) => (i % 4 < from ? 0 : x));
    expect([...kernel.forward(call).output]).toEqual(zeroed(3));
    expect([...kernel.forward({ ...call, outputFrom: 1 }).output]).toEqual(zeroed(1));
    expect([...kernel.forward({ ...call, outputFrom: 4 }).output]).toEqual(zeroed(4));
    expect(() => kernel.forward({ ...call, outputFrom: 5 })).toThrow(/outputFrom: must be an integer in 0..4, got 5/);
  });

  test("steps before outputFrom count neither through the output nor through the activity", async () => {
    const { kernel, call } = await preparedNetwork({ cell: "ctrnn" });
    const full = new Float64Array(16).fill(1);
    const late = full.map((_, i) => (i % 8 < 6 ? 0 : 1));
    const gradient = (output: Float64Array) =>
      kernel.forward({ ...call, outputFrom: 3 }, true).backward({ output, activity: 0.5 });
    expect(gradient(full)).toEqual(gradient(late));
    const everyStep = kernel.forward(call, true).backward({ output: late, activity: 0.5 });
    expect(largestDifference(everyStep.wRec, gradient(late).wRec)).toBeGreaterThan(1e-3);
    const alone = kernel.forward(call, true).backward({ output: late });
    const onlyLast = kernel.forward({ ...call, outputFrom: 3 }, true).backward({ output: late });
    expect(largestDifference(alone.wRec, onlyLast.wRec)).toBeLessThan(1e-14);
  });

  test("the activity weight is the cotangent of the summed activity: doubling it doubles its gradient", async () => {
    const { kernel, call } = await preparedNetwork({ cell: "ctrnn" });
    const gradient = (activity: number) =>
      kernel
        .forward(call, true)
        .backward({ output: new Float64Array(16), activity })
        .wRec.map((g) => g / activity);
    expect(largest(gradient(1))).toBeGreaterThan(1e-3);
    expect(largestDifference(gradient(1), gradient(2))).toBeLessThan(1e-14);
  });

  test("states are the cell's and those of coloured noise, with the initial state first", async () => {
    const { network, kernel, call } = await preparedNetwork({ cell: "ctrnn", noise: everywhere });
    expect(network.states).toEqual({ h: 3, "noise:inside": 3 });
    const states = kernel.forward({ ...call, initialState: { h: random(6, 9) } }).states();
    expect(Object.keys(states)).toEqual(["h", "noise:inside"]);
    expect([...states.h.slice(0, 3)]).toEqual([...random(6, 9).slice(0, 3)]);
    expect(states.h).toHaveLength(2 * 5 * 3);
  });

  test.each([
    ["batch 0", { batchSize: 0 }],
    ["time 1", { stepCount: 1 }],
    ["time 0", { stepCount: 0 }],
    ["hidden 1", { hiddenSize: 1 }],
    ["everything 1", { batchSize: 1, stepCount: 1, inputSize: 1, hiddenSize: 1, outputSize: 1 }],
  ])("%s: forward, gradient and tangent have the right sizes and are finite", async (_label, setup) => {
    const { network, kernel, call } = await preparedNetwork({ cell: "ctrnn", noise: everywhere, ...setup });
    const forward = kernel.forward(call, true);
    const { batchSize, stepCount } = call;
    expect(forward.output).toHaveLength(batchSize * stepCount * network.spec.outputSize);
    expect(forward.activity).toHaveLength(batchSize * stepCount);
    const gradient = forward.backwardAll(lossCotangent(forward.output));
    expect(gradient.input).toHaveLength(call.input.length);
    for (const [name, g] of Object.entries(gradient.weights)) {
      expect(g).toHaveLength(call.weights[name].length);
      expect([...g].every(Number.isFinite)).toBe(true);
    }
    const tangent = kernel.tangent(call, { weights: call.weights }, true);
    expect(tangent.outputTangent).toHaveLength(forward.output.length);
    const second = tangent.backward(lossCotangent(tangent.output), { output: tangent.outputTangent });
    for (const [name, g] of Object.entries(second.gradientTangent)) expect(g).toHaveLength(call.weights[name].length);
  });

  test("results of a pass cannot be asked for after the next one, nor gradients of a pass that kept nothing", async () => {
    const { kernel, call } = await preparedNetwork({ cell: "ctrnn" });
    const first = kernel.forward(call, true);
    kernel.forward(call);
    expect(() => first.states()).toThrow(/after the next call/);
    const forgetful = kernel.forward(call);
    expect(() => forgetful.backward({ output: new Float64Array(16) })).toThrow(CapabilityError);
  });

  test("arrays of the wrong length are named with their shape", async () => {
    const { kernel, call } = await preparedNetwork({ cell: "ctrnn" });
    expect(() => kernel.forward({ ...call, input: new Float64Array(15) })).toThrow(ShapeError);
    expect(() => kernel.forward({ ...call, trials: new Uint32Array(3) })).toThrow(ShapeError);
    const forward = kernel.forward(call, true);
    expect(() => forward.backward({ output: new Float64Array(15) })).toThrow(
      /output cotangent.*\[2, 4, 2\], 16 numbers, got 15/,
    );
  });

  test("the reference computes in float64 only and says so", async () => {
    const network = createNetwork(small);
    await expect(network.kernel({ backend: "reference", precision: "float32" })).rejects.toThrow(CapabilityError);
    await expect(network.kernel({ backend: "abacus", precision: "float64" })).rejects.toThrow(
      /no back end is named "abacus"/,
    );
    expect((await network.kernel({ precision: "float64" })).precision).toBe("float64");
  });
});

describe("cells of one's own", () => {
  const twoStates = defineCell({
    name: "two-speeds",
    summary: "a fast and a slow population",
    state: { fast: "hidden", slow: "2*hidden" },
    parameters: { wFast: ["hidden", "3*hidden"], wSlow: ["2*hidden", "hidden"], wIn: ["hidden", "input"], gain: [] },
    settings: { alpha: 0.5, activation: "tanh" },
    timeStep: "alpha",
    step: ({ fast, slow, input, p, s, f, noise }) => {
      const drive = add(matvec(p.wFast, concat(fast, slow)), matvec(p.wIn, input), noise("inside"));
      const dendrite = add(matvec(p.wSlow, fast), noise("dendrite", "2*hidden"));
      return { fast: lerp(fast, f.activation(drive), s.alpha), slow: lerp(slow, f.activation(dendrite), 0.1) };
    },
    rate: ({ fast, slow }) => add(fast, slice(slow, 0, "hidden")),
  });
  const options = { cell: "two-speeds", inputSize: 2, hiddenSize: 3, outputSize: 2 };

  test("have a site per state, one per matrix and their own; noise at each changes the output", async () => {
    const sites = [
      "inside",
      "dendrite",
      "state",
      "state:slow",
      "update:slow",
      "state-multiplicative:slow",
      "weight:wSlow",
      "input",
    ];
    const extras = { cell: twoStates };
    const plain = await preparedNetwork({ ...options, extras });
    const silent = plain.kernel.forward(plain.call).output;
    const outputs: RealArray[] = [];
    for (const site of sites) {
      const { network, kernel, call } = await preparedNetwork({
        ...options,
        extras,
        noise: [{ site, intensity: 0.3 }],
      });
      expect(network.noise.map(({ leaf }) => leaf)).toEqual([site]);
      outputs.push(kernel.forward({ ...call, weights: plain.call.weights }).output);
      expect(largestDifference(outputs[outputs.length - 1], silent)).toBeGreaterThan(1e-3);
    }
    expect(new Set(outputs.map(String)).size).toBe(sites.length);
  });

  test("are found by name only when passed, and may not take the readout's names", () => {
    expect(() => createNetwork(options)).toThrow(/no cell is named "two-speeds"/);
    const clash = defineCell({
      name: "clash",
      summary: "",
      state: { h: "hidden" },
      parameters: { wOut: ["hidden", "hidden"] },
      settings: {},
      step: ({ h, p }) => ({ h: matvec(p.wOut, h) }),
    });
    expect(() => createNetwork({ ...options, cell: "clash" }, { cell: clash })).toThrow(
      /name of the readout's parameter/,
    );
    const elsewhere = defineCell({
      name: "elsewhere",
      summary: "",
      state: { h: "memory" },
      parameters: {},
      settings: {},
      step: ({ h }) => ({ h }),
    });
    expect(() => createNetwork({ ...options, cell: "elsewhere" }, { cell: elsewhere })).toThrow(
      /"memory" must be a whole number/,
    );
  });

  test("initial weights of a number start at zero and are trained", async () => {
    const { network, kernel, call } = await preparedNetwork({ ...options, extras: { cell: twoStates } });
    const weights: Weights = network.initialWeights(1);
    expect(weights.gain).toHaveLength(1);
    expect(kernel.forward(call, true).backward({ output: new Float64Array(16) }).gain).toHaveLength(1);
  });
});
