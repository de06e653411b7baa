import { describe, expect, test } from "vitest";
import { defineCell } from "../../src/cell/cell.ts";
import { cells } from "../../src/cell/cells/registry.ts";
import { add, div, lerp, matvec, mul, sqrt, tanh } from "../../src/cell/expression.ts";
import { lawCodes } from "../../src/core/random.ts";
import { createNetwork } from "../../src/network/network.ts";
import type { NoiseSourceInput } from "../../src/noise/contract.ts";
import { laws } from "../../src/noise/laws.ts";
import { placementOf } from "../../src/noise/placement.ts";
import { presets } from "../../src/noise/presets.ts";
import { perStepFactor, stepLimit } from "../../src/noise/scaling.ts";
import { sites } from "../../src/noise/sites/registry.ts";
import { noiseWrappers, offeredSites, siteIn } from "../../src/noise/sources.ts";
import { preparedNetwork } from "../helpers/networks.ts";
import { dot, programOf } from "../helpers/programs.ts";

const sizes = { inputSize: 1, hiddenSize: 2, outputSize: 1 };

/** Per-step intensity of each leaf, as trained. */
function perStep(
  cell: string,
  settings: Readonly<Record<string, number>>,
  ...noise: readonly NoiseSourceInput[]
): Readonly<Record<string, number>> {
  const { noiseAt } = createNetwork({ cell, ...sizes, settings, noise });
  return Object.fromEntries(Object.entries(noiseAt("trained")).map(([leaf, { intensity }]) => [leaf, intensity]));
}

describe("scalings: per-step deviation of each draw", () => {
  // dt = 0.2, intensity 0.05
  test.each([
    ["ctrnn", { site: "inside" }, 0.05],
    ["ctrnn", { site: "inside", scaling: "stationary" }, Math.sqrt(2 / 0.2) * 0.05],
    ["ctrnn", { site: "inside", scaling: "per-sqrt-time" }, 0.05 / Math.sqrt(0.2)],
    ["ctrnn", { site: "outside", scaling: "stationary" }, Math.sqrt(2 / 0.2) * 0.05],
    ["ctrnn", { site: "outside", scaling: "per-sqrt-time" }, 0.05 / Math.sqrt(0.2)],
    ["ctrnn", { site: "input", scaling: "stationary" }, Math.sqrt(2 / 0.2) * 0.05],
    ["rate", { site: "inside", scaling: "stationary" }, Math.sqrt(2 / 0.2) * 0.05],
    ["rate", { site: "outside", scaling: "per-sqrt-time" }, 0.05 / Math.sqrt(0.2)],
    ["rate", { site: "state", scaling: "stationary" }, Math.sqrt(2 * 0.2) * 0.05],
    ["rate", { site: "state", scaling: "per-sqrt-time" }, Math.sqrt(0.2) * 0.05],
    ["lipschitz", { site: "state", scaling: "per-sqrt-time" }, Math.sqrt(0.2) * 0.05],
    ["lipschitz", { site: "state-multiplicative", scaling: "per-sqrt-time" }, Math.sqrt(0.2) * 0.05],
    // increments of a Brownian motion that the scheme multiplies with the drift
    [
      "lipschitz",
      { site: "state-multiplicative", proportionalTo: "drift", scaling: "per-sqrt-time" },
      Math.sqrt(0.2) * 0.05,
    ],
    ["lipschitz", { site: "update", scaling: "per-sqrt-time" }, Math.sqrt(0.2) * 0.05],
    // a step of its own cell: the increment carries the time step already
    ["controlled-plant", { site: "update", scaling: "per-sqrt-time" }, 0.05 / Math.sqrt(0.2)],
    ["lipschitz", { site: "update" }, 0.05],
  ] satisfies [string, Partial<NoiseSourceInput> & { site: string }, number][])(
    "%s, %j: %d",
    (cell, source, expected) => {
      const timeStep = cell === "lipschitz" ? { step: 0.2 } : { alpha: 0.2 };
      const [value] = Object.values(perStep(cell, timeStep, { intensity: 0.05, ...source }));
      expect(value).toBeCloseTo(expected, 14);
    },
  );

  test("the published multi-task networks: alpha 0.2, sigma 0.05 is 0.158 a step, and 0.01 at the input is 0.0316", () => {
    const part = presets.get("multitask").network({ sigma: 0.05, sigmaInput: 0.01 });
    const { noiseAt } = createNetwork({ ...part, ...sizes });
    expect(noiseAt("trained").inside.intensity.toFixed(3)).toBe("0.158");
    expect(noiseAt("trained").input.intensity.toFixed(4)).toBe("0.0316");
  });

  test("the published noisy RNNs: 0.02 a step at step 0.01 is 0.2 per square root of time", () => {
    const part = presets.get("noisyrnn-code").network({ sigma: 0.02 });
    const { noiseAt } = createNetwork({ ...part, ...sizes });
    const perSqrtTime = perStep(
      "lipschitz",
      { step: 0.01 },
      { site: "state", intensity: 0.2, scaling: "per-sqrt-time" },
    );
    expect(perSqrtTime.state).toBeCloseTo(noiseAt("trained").state.intensity, 14);
  });

  test("coloured noise has the long-run sum of white noise at every correlation time, and its limits", () => {
    const at = (scaling: "per-sqrt-time" | "stationary", dt: number, correlationTime: number, order: number) =>
      perStepFactor(scaling, { placement: { order, isLinear: true }, dt, correlationTime, perTrial: false });
    for (const [dt, c, order] of [
      [0.2, 1, 1],
      [0.01, 3, 0],
      [1, 0.3, 1],
      [0.1, 1e-6, 0],
    ]) {
      const rho = Math.exp(-dt / c);
      const longRun = at("per-sqrt-time", dt, c, order) ** 2 * ((1 + rho) / (1 - rho));
      expect(longRun / at("per-sqrt-time", dt, 0, order) ** 2).toBeCloseTo(1, 10);
    }
    // as c goes to 0 the stationary scaling becomes the white one; as dt goes to 0 in a bracket it becomes sqrt((1 + c) / c)
    expect(at("stationary", 0.2, 1e-9, 1)).toBeCloseTo(Math.sqrt(2 / 0.2), 6);
    expect(at("stationary", 1e-6, 2, 1)).toBeCloseTo(Math.sqrt(3 / 2), 6);
  });

  test("a leaf that does not reach the state has no scale to refer to", () => {
    const reader = defineCell({
      name: "reader",
      summary: "",
      state: { h: "hidden" },
      parameters: { wIn: ["hidden", "input"] },
      settings: { alpha: 0.5 },
      timeStep: "alpha",
      step: ({ h, input, p, s }) => ({ h: lerp(h, matvec(p.wIn, input), s.alpha) }),
      rate: ({ h, noise }) => add(h, noise("reading")),
    });
    const options = { cell: "reader", ...sizes, noise: [{ site: "reading", intensity: 0.1 }] };
    expect(createNetwork(options, { cell: reader }).noise[0].stepLimit).toBe("kept");
    const scaled = { ...options, noise: [{ ...options.noise[0], scaling: "stationary" as const }] };
    expect(() => createNetwork(scaled, { cell: reader })).toThrow(/does not reach the state/);
  });
});

describe("placement: power of the time step and linearity, read from the equations", () => {
  const placed = (name: string, leaf: string) => {
    const cell = cells.get(name);
    const source = { site: leaf, law: "gaussian", intensity: 1, scaling: "per-step" } as const;
    const wrappers = noiseWrappers(cell, cell.sites.includes(leaf) ? [] : [source]);
    return placementOf(programOf(cell, {}, wrappers), leaf, cell.timeStep, Object.keys(cell.state));
  };

  test.each([
    ["ctrnn", "inside", 1, false],
    ["ctrnn", "outside", 1, true],
    ["ctrnn", "state", 0, true],
    ["ctrnn", "input", 1, false],
    ["ctrnn", "weight:wRec", 1, false],
    ["rate", "inside", 1, true],
    ["rate", "outside", 1, true],
    ["rate", "input", 1, true],
    ["lipschitz", "inside", 1, false],
    ["lipschitz", "weight:wLinear", 1, true],
    ["lipschitz", "state", 0, true],
    ["elman", "inside", 0, false],
    ["elman", "outside", 0, true],
    ["gru", "inside", 0, false],
    ["gru", "outside", 0, true],
  ])("%s, %s: power %d, linear %s", (cell, leaf, order, isLinear) => {
    expect(placed(cell, leaf)).toEqual({ order, isLinear });
  });

  test("a diffusion's noise arrives with the square root of the time step and is kept as it is", () => {
    const sde = defineCell({
      name: "sde",
      summary: "",
      state: { h: "hidden" },
      parameters: { wRec: ["hidden", "hidden"], wIn: ["hidden", "input"] },
      settings: { step: 0.04, strength: 0.5 },
      timeStep: "step",
      drift: ({ h, input, p }) => ({ h: add(mul(h, -1), tanh(matvec(p.wRec, h)), matvec(p.wIn, input)) }),
      diffusion: ({ h, s }) => ({ h: mul(s.strength, sqrt(add(1, mul(h, h)))) }),
    });
    const at = (scaling: "per-step" | "per-sqrt-time" | "stationary") =>
      createNetwork({ cell: "sde", ...sizes, noise: [{ site: "diffusion", intensity: 1, scaling }] }, { cell: sde })
        .noise[0];
    expect(at("per-step")).toMatchObject({ leaf: "diffusion", factor: 1, stepLimit: "kept" });
    expect(at("per-sqrt-time")).toMatchObject({ factor: 1, stepLimit: "kept" });
    expect(at("stationary").factor).toBeCloseTo(Math.SQRT2, 14);
  });

  test("quotients, products, conditions and differences on the way are followed", () => {
    const odd = defineCell({
      name: "odd",
      summary: "",
      state: { h: "hidden" },
      parameters: { wIn: ["hidden", "input"] },
      settings: { dt: 0.1, tau: 2 },
      timeStep: "dt",
      step: ({ h, input, p, s, noise }) => ({
        h: add(
          h,
          mul(div(s.dt, s.tau), add(matvec(p.wIn, input), noise("current"))),
          mul(sqrt(div(s.dt, s.tau)), h, noise("kick")),
          div(mul(s.dt, noise("odd")), s.dt),
          mul(s.dt, noise("squared"), noise("squared")),
        ),
      }),
    });
    const of = (leaf: string) => placementOf(programOf(odd), leaf, "dt", ["h"]);
    expect(of("current")).toEqual({ order: 1, isLinear: true });
    expect(of("kick")).toEqual({ order: 0.5, isLinear: true });
    expect(of("odd")).toEqual({ order: 0, isLinear: true });
    expect(of("squared")).toEqual({ order: 1, isLinear: false });
    expect(of("absent")).toEqual({ order: undefined, isLinear: true });
  });
});

describe("what halving dt does is claimed per scheme", () => {
  const white = { dt: 0.1, correlationTime: 0, perTrial: false };
  test.each([
    ["per-step", 0, true, 0, "diverges"],
    ["per-step", 0.5, true, 0, "kept"],
    ["per-step", 1, true, 0, "averages-out"],
    ["per-step", 1, false, 0, "averages-out"],
    ["per-step", 1, false, 2, "kept"],
    ["per-step", 0, true, 2, "diverges"],
    ["per-sqrt-time", 0, true, 0, "kept"],
    ["per-sqrt-time", 1, true, 0, "kept"],
    ["stationary", 1, false, 0, "diverges"],
    ["stationary", 1, false, 2, "kept"],
  ] as const)(
    "%s, power %d, linear %s, correlation time %d: %s",
    (scaling, order, isLinear, correlationTime, limit) => {
      expect(stepLimit(scaling, { ...white, placement: { order, isLinear }, correlationTime })).toBe(limit);
    },
  );

  test("a map has no time step, a draw per trial no steps", () => {
    const placement = { order: 0, isLinear: true };
    expect(stepLimit("per-step", { ...white, dt: undefined, placement })).toBe("no-time-step");
    expect(stepLimit("per-step", { ...white, perTrial: true, placement })).toBe("kept");
  });
});

describe("sites and laws", () => {
  test("what cells offer", () => {
    expect(offeredSites(cells.get("elman"))).toEqual([
      "inside",
      "outside",
      "input",
      "weight",
      "weight:wRec",
      "weight:wIn",
      "update",
      "state-multiplicative",
      "state",
    ]);
    for (const cell of cells.members) {
      expect(offeredSites(cell), cell.name).toEqual(expect.arrayContaining([...sites.names]));
      for (const site of offeredSites(cell)) expect(siteIn(cell, site)?.leaves.length).toBeGreaterThan(0);
    }
    expect(siteIn(cells.get("elman"), "weight")?.leaves).toEqual(["weight:wRec", "weight:wIn"]);
    expect(siteIn(cells.get("elman"), "weight:bRec")).toBeUndefined();
    expect(siteIn(cells.get("elman"), "state:h")).toBeUndefined();
  });

  test("every law that can be drawn is described, and nothing else", () => {
    expect([...laws.names].sort()).toEqual(Object.keys(lawCodes).sort());
    expect(sites.names).toHaveLength(7);
  });

  test("multiplicative noise acts on the clean increment and additive noise comes last, however sources are listed", async () => {
    const list: NoiseSourceInput[] = [
      { site: "state", intensity: 0.3 },
      { site: "update", intensity: 0.5 },
      { site: "state-multiplicative", intensity: 0.2, proportionalTo: "drift" },
    ];
    const outputs: ArrayLike<number>[] = [];
    for (const noise of [list, [...list].reverse()]) {
      const { kernel, call } = await preparedNetwork({ cell: "ctrnn", noise });
      outputs.push(kernel.forward(call).output);
    }
    expect(outputs[0]).toEqual(outputs[1]);
  });

  test("a site that the equations use twice has one coloured process", async () => {
    const twice = defineCell({
      name: "twice",
      summary: "",
      state: { h: "hidden" },
      parameters: { wIn: ["hidden", "input"] },
      settings: { alpha: 0.5 },
      timeStep: "alpha",
      step: ({ h, input, p, s, noise }) => ({
        h: lerp(h, add(matvec(p.wIn, input), noise("a"), mul(-1, noise("a"))), s.alpha),
      }),
    });
    const noise = [{ site: "a", intensity: 1, correlationTime: 2 }];
    const { network, kernel, call } = await preparedNetwork({ cell: "twice", noise, extras: { cell: twice } });
    expect(Object.keys(network.states)).toEqual(["h", "noise:a"]);
    const silent = kernel.forward({ ...call, level: "zero" }).output;
    kernel.forward(call).output.forEach((z, i) => {
      expect(Math.abs(z - silent[i])).toBeLessThan(1e-14);
    });
  });

  test("the correlation time changes the noise", async () => {
    const outputs: string[] = [];
    for (const correlationTime of [0, 0.5, 5]) {
      const { kernel, call } = await preparedNetwork({
        cell: "ctrnn",
        noise: [{ site: "inside", intensity: 1, correlationTime }],
      });
      outputs.push(String(kernel.forward(call).output));
    }
    expect(new Set(outputs).size).toBe(3);
  });
});

describe("presets give the deviation added to the state per step of the programs they are named after", () => {
  /** Deviation of the state after one step from h = 0 with W = 0, u = 0, b = 0, over 4000 units. */
  async function added(
    name: string,
    options: Readonly<Record<string, number>>,
    settings: Readonly<Record<string, number>>,
  ) {
    const part = presets.get(name).network(options);
    const hidden = 4000;
    const network = createNetwork({
      ...part,
      settings: { ...part.settings, ...settings },
      inputSize: 1,
      hiddenSize: 1,
      outputSize: 1,
      parametrisations: Object.fromEntries(
        ["wRec", "wLinear"].filter((w) => w in cells.get(part.cell).parameters).map((w) => [w, { name: "dense" }]),
      ),
    });
    const kernel = await network.kernel({ backend: "reference", precision: "float64" });
    const weights = Object.fromEntries(
      Object.entries(network.initialWeights(1)).map(([w, values]) => [w, values.map(() => 0)]),
    );
    const { states } = kernel.forward({
      weights,
      batchSize: hidden,
      stepCount: 1,
      input: new Float64Array(hidden),
      trials: Uint32Array.from({ length: hidden }, (_, trial) => trial),
      level: "trained",
      key: { seed: 2, stream: 2 },
    });
    const after = states().h.filter((_, i) => i % 2 === 1);
    return Math.sqrt(dot(after, after) / hidden);
  }

  // 4000 draws: a deviation is known to 1 / sqrt(8000) = 1.1 %; the bound is 5 of these
  test.each([
    ["psychrnn", { sigma: 0.1 }, { alpha: 0.2 }, Math.sqrt(0.4) * 0.1],
    ["nn4n-recurrent", { sigma: 0.1 }, { alpha: 0.2 }, 0.2 * 0.1],
    ["nn4n-hidden", { sigma: 0.1 }, { alpha: 0.2 }, 0.1],
    ["noisyrnn-code", { sigma: 0.02, mu: 0.02 }, {}, 0.02],
    ["sde", { sigma: 0.3 }, { step: 0.04 }, 0.06],
  ])("%s %j at %j: %d", async (name, options, settings, expected) => {
    expect(Math.abs((await added(name, options, settings)) / expected - 1)).toBeLessThan(0.055);
  });

  test("every preset makes a network, and every option changes it", () => {
    for (const { name, options, network } of presets.members) {
      const base = Object.fromEntries(Object.keys(options).map((option) => [option, 0.1]));
      const spec = (given: Readonly<Record<string, number>>) => createNetwork({ ...network(given), ...sizes }).spec;
      for (const option of Object.keys(options)) {
        expect(spec({ ...base, [option]: 0.2 }), `${name} ${option}`).not.toEqual(spec(base));
      }
      expect(() => network({})).toThrow(/sigma: must be a number in \[0, infinity\), got nothing/);
      expect(() => network({ sigma: 1, sigmo: 1 })).toThrow(/did you mean "sigma"/);
    }
  });
});
