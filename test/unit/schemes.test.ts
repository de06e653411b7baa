import { describe, expect, test } from "vitest";
import { defineCell } from "../../src/cell/cell.ts";
import { mul } from "../../src/cell/expression.ts";
import { schemes } from "../../src/cell/schemes/registry.ts";
import { normals, type PathStep, pathStep } from "../../src/core/random.ts";
import type { NetworkOptions } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { refinedKernel } from "../../src/network/refinement.ts";
import type { NoiseSourceInput } from "../../src/noise/contract.ts";
import { preparedNetwork } from "../helpers/networks.ts";

const sizes = { inputSize: 2, hiddenSize: 3, outputSize: 1 };
const sde = "per-sqrt-time";
const additive: NoiseSourceInput = { site: "state", intensity: 0.4, scaling: sde };
const growing: NoiseSourceInput = { site: "state-multiplicative", intensity: 0.3, scaling: sde, shared: true };

const issuesOf = (options: Partial<NetworkOptions>): string => {
  try {
    createNetwork({ cell: "ctrnn", ...sizes, ...options });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

/** States of a ctrnn after one step from random ones, with noise and a level. */
async function stepped(options: Partial<NetworkOptions>, more: object = {}): Promise<ArrayLike<number>> {
  const { kernel, call } = await preparedNetwork({ cell: "ctrnn", stepCount: 1, ...options });
  const initialState = { h: Float64Array.of(0.5, -1, 2, 1.5, 0.25, -0.75) };
  const { h } = kernel.forward({ ...call, initialState, ...more }).states();
  return [0, 1].flatMap((b) => [...h.slice(b * 6 + 3, b * 6 + 6)]);
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-14): void {
  expect(found).toHaveLength(expected.length);
  for (let i = 0; i < found.length; i++) expect(Math.abs(found[i] - expected[i]), `${i}`).toBeLessThan(tolerance);
}

const combined = (make: (...values: number[]) => number, ...lists: ArrayLike<number>[]): number[] =>
  Array.from(lists[0], (_, i) => make(...lists.map((list) => list[i])));

describe("the choice of a scheme", () => {
  test("the cell's own is not spelled out, so it changes no specification; another is", () => {
    const spec = createNetwork({ cell: "lipschitz", ...sizes }).spec;
    expect(spec).not.toHaveProperty("scheme");
    expect(createNetwork({ cell: "lipschitz", ...sizes, scheme: "euler-maruyama" }).spec).toEqual(spec);
    const { spec: other, references } = createNetwork({ cell: "lipschitz", ...sizes, scheme: "heun" });
    expect(other.scheme).toBe("heun");
    expect(references).toContain("rumelin1982");
    expect(createNetwork(other).spec).toEqual(other);
  });

  test("each scheme gives other states of a network with multiplicative noise", async () => {
    const all = await Promise.all(schemes.names.map((scheme) => stepped({ scheme, noise: [growing] })));
    expect(new Set(all.map(String)).size).toBe(schemes.names.length);
  });

  test("a map has none, an unknown one offers the nearest, a cell without a leak has no exponential Euler", () => {
    expect(issuesOf({ cell: "gru", scheme: "heun" })).toMatch(
      /scheme: integrates the drift of a cell, and gru gives its step/,
    );
    expect(issuesOf({ scheme: "milsten" })).toMatch(/did you mean "milstein"/);
    expect(issuesOf({ cell: "lipschitz", scheme: "exponential-euler" })).toMatch(/states none/);
  });

  test("Milstein takes one motion for both parts of mixed noise and refuses two, and units of their own in a mixed drift", () => {
    const multiplicative: NoiseSourceInput = { ...growing, shared: false };
    const scheme = "milstein";
    expect(issuesOf({ scheme, noise: [additive, multiplicative] })).toMatch(
      /"state-multiplicative" depends on h, which "state" moves/,
    );
    expect(issuesOf({ scheme, noise: [additive, { ...multiplicative, motion: "state" }] })).toBe("");
    const drift = { ...multiplicative, proportionalTo: "drift" as const };
    expect(issuesOf({ scheme, noise: [drift] })).toMatch(/mixes the units of h/);
    expect(issuesOf({ scheme, noise: [{ ...drift, shared: true }] })).toBe("");
  });
});

describe("Brownian sources are part of the diffusion", () => {
  test("at level zero the Ito schemes of order 1 are Euler's, and every scheme is finite", async () => {
    const at = (scheme: string) => stepped({ scheme, noise: [growing] }, { level: "zero" });
    expectClose(await at("milstein"), await at("euler-maruyama"));
    for (const scheme of schemes.names) expect(Array.from(await at(scheme)).every(Number.isFinite)).toBe(true);
  });

  test("Milstein's correction is (s h) s (dB^2 - dt) / 2 of the draw that Euler-Maruyama takes, to 1e-13", async () => {
    const [euler, still] = [
      await stepped({ noise: [growing] }),
      await stepped({ noise: [growing] }, { level: "zero" }),
    ];
    const h = [0.5, -1, 2, 1.5, 0.25, -0.75];
    const dt = 0.2;
    const b = combined((x, y, z) => (x - y) / (0.3 * z), euler, still, h);
    const expected = combined((x, y, z) => x + 0.5 * 0.09 * z * (y * y - dt), euler, b, h);
    expectClose(await stepped({ scheme: "milstein", noise: [growing] }), expected, 1e-13);
  });

  test("with one motion, mixed noise is (s1 + s2 f) dB: the kick of the first times (s1 + s2 f) / s1", async () => {
    const mixed: NoiseSourceInput = {
      site: "state-multiplicative",
      intensity: 0.3,
      scaling: sde,
      proportionalTo: "drift",
    };
    const noise = [additive, { ...mixed, motion: "state" as const }];
    const [still, kicked] = [await stepped({ noise }, { level: "zero" }), await stepped({ noise: [additive] })];
    const drift = combined((x, h) => (x - h) / 0.2, still, [0.5, -1, 2, 1.5, 0.25, -0.75]);
    // draws are rounded to float32 with their intensities
    const expected = combined((x, y, f) => x + ((y - x) * (0.4 + 0.3 * f)) / 0.4, still, kicked, drift);
    expectClose(await stepped({ noise }), expected, 1e-7);
    expect(await stepped({ noise: [additive, mixed] })).not.toEqual(await stepped({ noise }));
    expect(issuesOf({ noise: [{ ...mixed, motion: "state" }] })).toMatch(
      /takes the draws of the site state, at which there is no source/,
    );
    const unlike: NoiseSourceInput = { ...mixed, motion: "state", law: "rademacher" };
    expect(issuesOf({ noise: [additive, unlike] })).toMatch(/white sources of one law and scaling/);
  });

  test("a factor on the drift leaves Brownian increments alone", async () => {
    const update: NoiseSourceInput = { site: "update", law: "uniform-decrement", intensity: 0.6 };
    const [both, factor] = [await stepped({ noise: [update, additive] }), await stepped({ noise: [update] })];
    const [kick, none] = [await stepped({ noise: [additive] }), await stepped({ noise: [] })];
    expectClose(
      combined((x, y) => x - y, both, factor),
      combined((x, y) => x - y, kick, none),
    );
    expect(factor).not.toEqual(none);
  });
});

describe("Brownian paths", () => {
  const key = { seed: 2 ** 40 + 1, stream: 3 };
  const at = (halvings: number, step = 5): PathStep => pathStep(6, key, { trial: 2, step, site: 2 }, 18, halvings);

  test("without halving the draws are those of the addresses", () => {
    expect([...at(0).normals]).toEqual([...normals(new Float64Array(6), key, { trial: 2, step: 5, site: 2 })]);
    expect([...at(0).integrals]).toEqual([...normals(new Float64Array(6), key, { trial: 2, step: 5, site: 18 })]);
  });

  test("halves add up to the whole, increments and time integrals, to 1e-14", () => {
    for (let k = 0; k < 5; k++) {
      const [whole, halves] = [at(k), at(k + 1)];
      const [h, units] = [2 ** -k, 6];
      for (let i = 0; i < whole.normals.length; i++) {
        const first = 2 * Math.floor(i / units) * units + (i % units);
        const increment = (path: PathStep, n: number, size: number) => Math.sqrt(size) * path.normals[n];
        const integral = (path: PathStep, n: number, size: number) =>
          size * (increment(path, n, size) / 2 + Math.sqrt(size / 12) * path.integrals[n]);
        const [w1, w2] = [increment(halves, first, h / 2), increment(halves, first + units, h / 2)];
        expect(Math.abs(w1 + w2 - increment(whole, i, h))).toBeLessThan(1e-14);
        const joined = integral(halves, first, h / 2) + (h / 2) * w1 + integral(halves, first + units, h / 2);
        expect(Math.abs(joined - integral(whole, i, h))).toBeLessThan(1e-14);
      }
    }
  });

  test("parts are independent standard normals: covariances of 4000 paths within 5 standard errors", () => {
    const { normals: z, integrals: y } = pathStep(4000, key, { trial: 0, step: 0, site: 2 }, 18, 2);
    const rows = [0, 1, 2, 3].flatMap((p) => [z, y].map((list) => list.subarray(4000 * p, 4000 * (p + 1))));
    for (const [i, a] of rows.entries()) {
      for (const [j, b] of rows.entries()) {
        const covariance = a.reduce((sum, x, n) => sum + x * b[n], 0) / 4000;
        expect(Math.abs(covariance - (i === j ? 1 : 0)), `${i} ${j}`).toBeLessThan(
          (5 * (i === j ? Math.SQRT2 : 1)) / Math.sqrt(4000),
        );
      }
    }
  });

  test.each(schemes.names)(
    "%s: a network in one part is the network itself to 1e-6, and in two parts is another",
    async (scheme) => {
      const { network, kernel, call } = await preparedNetwork({
        cell: "ctrnn",
        scheme,
        noise: [growing],
        stepCount: 5,
      });
      const own = kernel.forward(call).states().h;
      const [whole, halves] = await Promise.all(
        [0, 1].map((halvings) => refinedKernel(network, { backend: "reference", precision: "float64", halvings })),
      );
      // draws of a kernel are rounded to float32 with their intensity
      expectClose(whole.run(call).states.h, own, 1e-6);
      const finer = halves.run(call).states.h;
      expect(finer).toHaveLength(own.length);
      expect(Math.max(...combined((x, y) => Math.abs(x - y), finer, own))).toBeGreaterThan(1e-3);
    },
  );

  test("what has no path is refused: noise that is no Brownian motion, a cell that gives its step", async () => {
    const options = { backend: "reference", precision: "float64", halvings: 1 } as const;
    const { network, call } = await preparedNetwork({
      cell: "ctrnn",
      noise: [{ site: "inside", intensity: 0.1 }, additive],
    });
    const refined = await refinedKernel(network, options);
    expect(() => refined.run(call)).toThrow(/is no Brownian motion/);
    expect(() => refined.run({ ...call, level: { sites: { inside: 0 } } })).not.toThrow();
    await expect(refinedKernel((await preparedNetwork({ cell: "gru" })).network, options)).rejects.toThrow(
      /no finer one/,
    );
    await expect(refinedKernel(network, { ...options, halvings: 0.5 })).rejects.toThrow(/integer/);
  });
});

describe("steps of their own durations", () => {
  const durations = "last-input" as const;

  test("equal durations of 1 are no durations, to 1e-15", async () => {
    for (const scheme of schemes.names) {
      const even = await preparedNetwork({ cell: "ctrnn", scheme, noise: [additive], stepCount: 3 });
      const uneven = await preparedNetwork({
        cell: "ctrnn",
        scheme,
        noise: [additive],
        inputSize: 3,
        durations,
        stepCount: 3,
      });
      const input = Float64Array.from({ length: 18 }, (_, i) =>
        i % 3 === 2 ? 1 : even.call.input[Math.floor(i / 3) * 2 + (i % 3)],
      );
      const call = { ...uneven.call, weights: even.call.weights, input };
      expectClose(uneven.kernel.forward(call).output, even.kernel.forward(even.call).output, 1e-14);
    }
  });

  test("a geometric Brownian motion takes each step as long as it is, and none for padding", async () => {
    const motion = defineCell({
      name: "motion",
      summary: "geometric Brownian motion",
      state: { h: "hidden" },
      parameters: {},
      settings: { dt: 0.1 },
      timeStep: "dt",
      drift: ({ h }) => ({ h: mul(-0.5, h) }),
      diffusion: ({ h }) => ({ h: mul(0.8, h) }),
    });
    const noise = [{ site: "diffusion", intensity: 1 }];
    const ratios = [1, 0.25, 3, 0];
    const { kernel, call } = await preparedNetwork({
      cell: "motion",
      extras: { cell: motion },
      inputSize: 1,
      hiddenSize: 1,
      batchSize: 1,
      stepCount: 4,
      durations,
      scheme: "milstein",
      noise,
      call: { input: Float64Array.from(ratios), initialState: { h: Float64Array.of(2) } },
    });
    const pass = kernel.forward(call, true);
    const { h } = pass.states();
    let expected = 2;
    for (const [step, ratio] of ratios.entries()) {
      const [z] = normals(new Float64Array(1), call.key, { trial: call.trials[0], step, site: 6 });
      const dt = 0.1 * ratio;
      const b = Math.sqrt(dt) * z;
      expected *= 1 - 0.5 * dt + 0.8 * b + 0.5 * 0.64 * (b * b - dt);
      expect(Math.abs(h[step + 1] - expected)).toBeLessThan(1e-6);
    }
    expect(h[4]).toBe(h[3]);
    const { input } = pass.backwardAll({ output: new Float64Array(8).fill(1) });
    expect([...input].every(Number.isFinite)).toBe(true);
  });

  test("they need a drift, and noise that knows how long a step is", () => {
    expect(issuesOf({ cell: "gru", durations })).toMatch(/durations: needs a cell that gives a drift/);
    expect(issuesOf({ durations, noise: [{ site: "inside", intensity: 1, scaling: sde }] })).toMatch(
      /steps of one duration/,
    );
    expect(issuesOf({ durations, noise: [{ ...additive, correlationTime: 1 }] })).toMatch(/steps of one duration/);
    expect(issuesOf({ durations: "first" as "last-input" })).toMatch(/must be "last-input"/);
    expect(createNetwork({ cell: "ctrnn", ...sizes, durations }).shapes.wIn).toEqual([3, 1]);
  });
});
