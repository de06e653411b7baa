import { describe, expect, test } from "vitest";
import { entropyBound, kaplanYorke, spectrumOf } from "../../src/analysis/lyapunov/exponents.ts";
import { frameGrowth } from "../../src/analysis/lyapunov/growth.ts";
import { networkTangents } from "../../src/analysis/lyapunov/network-tangents.ts";
import type { TangentMap } from "../../src/analysis/lyapunov/tangent-map.ts";
import { type Cell, defineCell } from "../../src/cell/cell.ts";
import { mul } from "../../src/cell/expression.ts";
import type { NetworkOptions } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import { random, randomWeights } from "../helpers/networks.ts";

installBackends();
const key = { seed: 3, stream: 1 };

/** A map from its step and its Jacobian times a vector. */
function mapOf(
  size: number,
  step: (x: Float64Array) => Float64Array,
  push: (x: Float64Array, v: Float64Array) => Float64Array,
): TangentMap {
  return {
    stateSize: size,
    tangentSize: size,
    advance(states, tangents, _first, steps) {
      const count = states.length / size;
      const vectors = tangents.length / (count * size);
      const next = { states: states.slice(), tangents: tangents.slice() };
      for (let c = 0; c < count; c++) {
        let x: Float64Array = next.states.slice(c * size, (c + 1) * size);
        for (let m = 0; m < steps; m++) {
          for (let v = 0; v < vectors; v++) {
            const at = (c * vectors + v) * size;
            next.tangents.set(push(x, next.tangents.slice(at, at + size)), at);
          }
          x = step(x);
        }
        next.states.set(x, c * size);
      }
      return next;
    },
  };
}

const times = (matrix: readonly (readonly number[])[], x: Float64Array): Float64Array =>
  Float64Array.from(matrix, (row) => row.reduce((sum, value, j) => sum + value * x[j], 0));

const run = { transient: 100, blockSteps: 50, blocks: 10, interval: 16, key };

describe("Lyapunov spectra of systems that are known", () => {
  test("a linear map has ln |eigenvalue|, to 1e-10", () => {
    // upper triangular: the eigenvalues are on the diagonal; the frame turns by (0.7 / 0.9)^100 = 1e-11 off
    const matrix = [
      [0.9, 2, -1],
      [0, -0.6, 0.5],
      [0, 0, 0.1],
    ];
    const map = mapOf(
      3,
      (x) => times(matrix, x),
      (_, v) => times(matrix, v),
    );
    const { exponents, errors } = spectrumOf(frameGrowth({ map, start: Float64Array.of(1, 1, 1), vectors: 3, ...run }));
    for (const [i, eigenvalue] of [0.9, 0.6, 0.1].entries()) expect(exponents[i]).toBeCloseTo(Math.log(eigenvalue), 10);
    expect(Math.max(...errors)).toBeLessThan(1e-10);
  });

  test("stiff directions are kept apart: the interval is halved until e^-10 a step is resolved", () => {
    const matrix = [
      [1, 0.3],
      [0, Math.exp(-10)],
    ];
    const map = mapOf(
      2,
      (x) => times(matrix, x),
      (_, v) => times(matrix, v),
    );
    const growth = frameGrowth({ map, start: Float64Array.of(1, 1), vectors: 2, ...run });
    expect(growth.shortestInterval).toBe(1);
    expect(spectrumOf(growth).exponents[1]).toBeCloseTo(-10, 9);
  });

  test("a direction that is lost has exponent minus infinity, the others are untouched", () => {
    const matrix = [
      [0.5, 1],
      [0, 0],
    ];
    const map = mapOf(
      2,
      (x) => times(matrix, x),
      (_, v) => times(matrix, v),
    );
    const { exponents } = spectrumOf(frameGrowth({ map, start: Float64Array.of(1, 1), vectors: 2, ...run }));
    expect(exponents[0]).toBeCloseTo(Math.log(0.5), 12);
    expect(exponents[1]).toBe(Number.NEGATIVE_INFINITY);
    expect(kaplanYorke(exponents, 2)).toBe(0);
  });

  test("a trajectory that diverges is counted and is in no average", () => {
    const map = mapOf(
      1,
      (x) => x.map((value) => value * value),
      (x, v) => v.map((value) => 2 * x[0] * value),
    );
    const growth = frameGrowth({ ...run, map, start: Float64Array.of(3, 1), vectors: 1, transient: 0 });
    const { exponents, diverged } = spectrumOf(growth);
    expect(diverged).toBe(1);
    expect(exponents[0]).toBeCloseTo(Math.log(2), 12);
  });

  test("Lorenz 63: 0.906, 0 and -14.57, dimension 2.06", () => {
    const [sigma, rho, beta, dt] = [10, 28, 8 / 3, 0.01];
    const drift = ([x, y, z]: Float64Array): number[] => [sigma * (y - x), x * (rho - z) - y, x * y - beta * z];
    const pushed = ([x, y, z]: Float64Array, [u, v, w]: Float64Array): number[] => [
      sigma * (v - u),
      (rho - z) * u - v - x * w,
      y * u + x * v - beta * w,
    ];
    // one Runge-Kutta step of state and tangent together
    const both = (x: Float64Array, t: Float64Array): [Float64Array, Float64Array] => {
      const stages: [number[], number[]][] = [];
      for (const c of [0, 0.5, 0.5, 1]) {
        const last = stages.at(-1);
        const at = x.map((value, i) => value + (last === undefined ? 0 : c * dt * last[0][i]));
        const along = t.map((value, i) => value + (last === undefined ? 0 : c * dt * last[1][i]));
        stages.push([drift(at), pushed(at, along)]);
      }
      const sum = (k: 0 | 1, i: number) =>
        stages[0][k][i] + 2 * stages[1][k][i] + 2 * stages[2][k][i] + stages[3][k][i];
      return [x.map((value, i) => value + (dt / 6) * sum(0, i)), t.map((value, i) => value + (dt / 6) * sum(1, i))];
    };
    const map = mapOf(
      3,
      (x) => both(x, new Float64Array(3))[0],
      (x, t) => both(x, t)[1],
    );
    const start = Float64Array.of(1, 1, 20, -5, -6, 25, 8, 2, 30);
    const growth = frameGrowth({ ...run, map, start, vectors: 3, transient: 1000, blockSteps: 500, blocks: 16 });
    const { exponents, errors } = spectrumOf(growth);
    const perTime = exponents.map((exponent) => exponent / dt);
    const error = errors.map((one) => one / dt);
    // 240 units of time; the errors are measured, and small enough to mean something
    expect(Math.max(...error)).toBeLessThan(0.06);
    expect(Math.abs(perTime[0] - 0.906)).toBeLessThan(4 * error[0]);
    expect(Math.abs(perTime[1])).toBeLessThan(4 * error[1] + 1e-3);
    expect(Math.abs(perTime[2] + 14.57)).toBeLessThan(4 * error[2] + 5e-3);
    // volumes shrink by sigma + 1 + beta everywhere; the step's own error is dt^4
    expect(perTime[0] + perTime[1] + perTime[2]).toBeCloseTo(-(sigma + 1 + beta), 3);
    expect(kaplanYorke(exponents, 3)).toBeCloseTo(2.062, 2);
  });

  test("Kaplan-Yorke dimension and entropy bound of spectra by hand", () => {
    expect(kaplanYorke(Float64Array.of(0.4, -0.1, -0.6), 3)).toBeCloseTo(2.5, 12);
    expect(kaplanYorke(Float64Array.of(-0.1, -0.2), 2)).toBe(0);
    expect(kaplanYorke(Float64Array.of(0.4, -0.1), 2)).toBe(2);
    expect(kaplanYorke(Float64Array.of(0.4, -0.1), 5)).toBeUndefined();
    expect(entropyBound(Float64Array.of(0.4, 0.2, -0.6), 5)).toBeCloseTo(0.6, 12);
    expect(entropyBound(Float64Array.of(0.4, 0.2), 5)).toBeUndefined();
  });
});

/** dh = a h dt, in any number of units. */
const linearCell: Cell = defineCell({
  name: "linear-decay",
  summary: "exponential growth",
  state: { h: "hidden" },
  parameters: {},
  settings: { a: 0.1, step: 0.01 },
  timeStep: "step",
  drift: ({ h, s }) => ({ h: mul(s.a, h) }),
});

async function tangentsOf(options: Partial<NetworkOptions>, count: number, cell?: Cell) {
  const network = createNetwork(
    { cell: cell?.name ?? "ctrnn", inputSize: 1, hiddenSize: 3, outputSize: 1, ...options },
    cell === undefined ? {} : { cell },
  );
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const weights = randomWeights(network, 1);
  const trials = Uint32Array.from({ length: count }, (_, c) => c);
  const input = (first: number, steps: number) =>
    Float64Array.from({ length: count * steps }, (_, k) => Math.sin(first + (k % steps)));
  const driven = { network, kernel, weights, level: "trained" as const, key: { seed: 5, stream: 7 }, trials, input };
  return { ...driven, map: networkTangents(driven) };
}

describe("Lyapunov exponents of networks", () => {
  test("geometric Brownian motion has a - s^2 / 2 per unit of time, within 4 standard errors of 480 units", async () => {
    const [a, s, dt] = [0.1, 0.8, 0.01];
    const noise = [{ site: "state-multiplicative", scaling: "per-sqrt-time" as const, intensity: s }];
    const { map } = await tangentsOf({ hiddenSize: 1, noise, settings: { a, step: dt } }, 96, linearCell);
    const growth = frameGrowth({
      ...run,
      map,
      start: map.start({ h: new Float64Array(96).fill(1) }),
      vectors: 1,
      transient: 0,
      interval: 100,
    });
    const { exponents, errors } = spectrumOf(growth);
    const error = errors[0] / dt;
    // s / sqrt(480) = 0.037
    expect(error).toBeLessThan(0.045);
    // Euler's own bias is dt (-a^2/2 + a s^2 - 3 s^4/4) = -0.0025
    expect(Math.abs(exponents[0] / dt - (a - (s * s) / 2) + 0.0025)).toBeLessThan(4 * error);
  });

  test("noise shared by all units shifts every exponent of a linear network by -s^2 / 2, its own draws do not", async () => {
    const [s, dt] = [1, 0.01];
    const settings = { step: dt, activation: "linear" };
    const spectrum = async (shared: boolean, intensity: number) => {
      const noise = [{ site: "state-multiplicative", scaling: "per-sqrt-time" as const, intensity, shared }];
      const { map } = await tangentsOf({ cell: "lipschitz", hiddenSize: 6, noise, settings }, 12);
      return spectrumOf(frameGrowth({ ...run, map, start: map.start({}), vectors: 6, blockSteps: 100, interval: 100 }));
    };
    const [silent, together, apart] = await Promise.all([spectrum(true, 0), spectrum(true, s), spectrum(false, s)]);
    const differences = Array.from(together.exponents, (exponent, i) => (exponent - silent.exponents[i]) / dt);
    for (const [i, difference] of differences.entries()) {
      // 120 units of time: s / sqrt(120) = 0.09; bias of Euler below dt s^4
      expect(Math.abs(difference + (s * s) / 2)).toBeLessThan(4 * Math.max(0.09, together.errors[i] / dt) + dt);
      expect(together.errors[i] / dt).toBeLessThan(0.12);
    }
    // one draw moves all exponents alike; draws of their own push them apart
    expect(Math.max(...differences) - Math.min(...differences)).toBeLessThan(0.02);
    expect(apart.exponents[0] - apart.exponents[5]).toBeGreaterThan(
      silent.exponents[0] - silent.exponents[5] + 0.3 * dt,
    );
  });

  test.each([
    { cell: "ctrnn", noise: [{ site: "inside", intensity: 0.3 }] },
    { cell: "lipschitz", noise: [{ site: "state-multiplicative", intensity: 0.4, proportionalTo: "drift" as const }] },
    { cell: "gru", noise: [{ site: "update", intensity: 0.4, correlationTime: 3 }] },
    {
      cell: "controlled-plant",
      noise: [
        { site: "state-multiplicative", intensity: 0.2 },
        { site: "weight", intensity: 0.1 },
      ],
    },
  ])(
    "$cell: tangents are the difference of perturbed trajectories on the same noise path, in any pieces",
    async (options) => {
      const { map, network } = await tangentsOf(options, 2);
      const { tangentSize, stateSize } = map;
      const states = map.start({ h: random(6, 4) });
      const tangents = random(2 * tangentSize, 5);
      const whole = map.advance(states, tangents, 0, 7);
      const first = map.advance(states, tangents, 0, 3);
      expect(map.advance(first.states, first.tangents, 3, 4)).toEqual(whole);
      const moved = (by: number) =>
        map.advance(
          states.map((x, k) => {
            const i = k % stateSize;
            return i < tangentSize ? x + by * tangents[Math.floor(k / stateSize) * tangentSize + i] : x;
          }),
          tangents,
          0,
          7,
        ).states;
      const [up, down] = [moved(1e-5), moved(-1e-5)];
      for (let c = 0; c < 2; c++) {
        for (let i = 0; i < tangentSize; i++) {
          const difference = (up[c * stateSize + i] - down[c * stateSize + i]) / 2e-5;
          // central differences: 1e-10 of the third derivative, and 1e-16 / 1e-5 of rounding
          expect(Math.abs(whole.tangents[c * tangentSize + i] - difference)).toBeLessThan(1e-7);
        }
      }
      const coloured = Object.keys(network.states).some((name) => name.startsWith("noise:"));
      expect(stateSize > tangentSize).toBe(coloured);
    },
  );
});
