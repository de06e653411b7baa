/**
 * Distribution and independence of the noise numbers, as WebAssembly draws them (the conformance tests show that all
 * back ends draw the same).
 *
 * Every statistic is a standard normal number under the hypothesis, to good approximation; seeds are fixed, and another
 * seed would fail one two-sided check with probability 1e-6 (|score| < 4.892), one one-sided check with 1e-6 (4.753).
 */
import { beforeAll, describe, expect, test } from "vitest";
import { lawCodes, words } from "../../src/core/random.ts";
import { keyWords, type NoiseC, type NoiseRequest, noiseC } from "../helpers/noise-c.ts";
import { chiSquareScore, normalCdf } from "../helpers/special.ts";
import { reserve } from "../helpers/wasm-c.ts";

const twoSided = 4.892;
const oneSided = 4.753;

let c: NoiseC;
beforeAll(async () => {
  c = await noiseC();
}, 120_000);

const sequence = (length: number, first = 0) => Uint32Array.from({ length }, (_, i) => first + i);
const base: NoiseRequest = {
  law: lawCodes.gaussian,
  intensity: 1,
  trials: sequence(64),
  site: 1,
  units: 128,
  firstStep: 0,
  steps: 128,
  stream: 0x05000000,
  seed: 20260104,
};
/** 2^20 numbers by default. */
const draw = (change: Partial<NoiseRequest> = {}) => Float32Array.from(c.fill({ ...base, ...change }));

describe("16.8 million normals (256 trials x 256 steps x 256 units)", () => {
  let z: Float32Array;
  beforeAll(() => {
    z = draw({ trials: sequence(256), steps: 256, units: 256 });
  });

  test("moments 1 to 4 are 0, 1, 0, 3 within 4.9 standard errors", () => {
    // Exact standard errors from E z^2, E z^4 - 1, E z^6 and E z^8 - 9 = 1, 2, 15, 96.
    const sums = [0, 0, 0, 0];
    for (const x of z) {
      const square = x * x;
      sums[0] += x;
      sums[1] += square;
      sums[2] += square * x;
      sums[3] += square * square;
    }
    const expected = [0, 1, 0, 3];
    const variance = [1, 2, 15, 96];
    sums.forEach((sum, k) => {
      const score = (sum / z.length - expected[k]) / Math.sqrt(variance[k] / z.length);
      expect(Math.abs(score), `moment ${k + 1}`).toBeLessThan(twoSided);
    });
  });

  test("the Kolmogorov-Smirnov distance to the normal distribution is below 2.69 / sqrt(n)", () => {
    // P(sqrt(n) D > 2.69) = 2 exp(-2 * 2.69^2) = 1e-6. Between two of the order statistics that are looked at, the
    // distance can grow by at most stride / n.
    const stride = 64;
    const sorted = z.slice().sort();
    let distance = 0;
    for (let i = 0; i < sorted.length; i += stride) {
      distance = Math.max(distance, Math.abs(i / sorted.length - normalCdf(sorted[i])));
    }
    expect((distance + stride / sorted.length) * Math.sqrt(sorted.length)).toBeLessThan(2.69);
  });
});

test("268 million normals: as many beyond +-4, +-4.5 and +-5 as there must be, and not too many beyond 5.5", () => {
  const bounds = [4, 4.5, 5, 5.5];
  // Upper tail probabilities of the normal distribution (mpmath 1.3, ncdf).
  const probability = [3.167124183311992e-5, 3.3976731247300535e-6, 2.866515718791939e-7, 1.898956246588772e-8];
  const { program } = c;
  const at = program.heap;
  const blocks = 1024;
  const steps = 4096;
  reserve(program, at, 256);
  new Float64Array(program.memory.buffer, at, 8).fill(0);
  new Float32Array(program.memory.buffer, at + 64, 4).set(bounds);
  new Uint32Array(program.memory.buffer, at + 128, 16).set(sequence(16));
  program.call.tails(at, at + 64, at + 128, blocks, steps, base.stream, ...keyWords(base.seed));
  const counts = new Float64Array(program.memory.buffer, at, 8);
  const n = 64 * blocks * steps;
  for (let k = 0; k < 3; k++) {
    for (let side = 0; side < 2; side++) {
      // Poisson with mean 8502, 912, 77: close enough to normal for two sides at 77 once a unit is added.
      const score = (counts[2 * k + side] - n * probability[k]) / Math.sqrt(n * probability[k]);
      expect(Math.abs(score), `beyond ${bounds[k]}, side ${side}`).toBeLessThan(twoSided);
    }
  }
  // Both sides together have mean 10.2; a Poisson number is 30 or more with probability 4e-7.
  expect(counts[6] + counts[7]).toBeLessThan(30);
  expect(counts[6] + counts[7]).toBeGreaterThan(0);
}, 60_000);

describe("numbers at neighbouring addresses are uncorrelated, and so are their squares (2^20 pairs)", () => {
  const scores = (a: Float32Array, b: Float32Array) => {
    let product = 0;
    let squares = 0;
    for (let i = 0; i < a.length; i++) {
      product += a[i] * b[i];
      squares += (a[i] * a[i] - 1) * (b[i] * b[i] - 1);
    }
    // Var(xy) = 1 and Var((x^2 - 1)(y^2 - 1)) = 4.
    return [product / Math.sqrt(a.length), squares / (2 * Math.sqrt(a.length))];
  };
  const check = (a: Float32Array, b: Float32Array) => {
    for (const score of scores(a, b)) expect(Math.abs(score)).toBeLessThan(twoSided);
  };

  test.each([
    ["trial", { trials: sequence(64, 1) }],
    ["trial, 2^16 apart", { trials: sequence(64, 65536) }],
    ["step", { firstStep: 1 }],
    ["site", { site: 2 }],
    ["stream", { stream: base.stream + 1 }],
    ["stream of another purpose", { stream: base.stream + 2 ** 24 }],
    ["seed", { seed: base.seed + 1 }],
    ["seed, high word", { seed: base.seed + 2 ** 32 }],
  ])("%s", (_, change) => {
    check(draw(), draw(change));
  });

  test.each([1, 2, 3, 4, 64])("unit, %d apart", (apart) => {
    const z = draw();
    const ahead = new Float32Array(z.length);
    // `[panel, step, unit, 16 trials]`
    for (let row = 0; row < z.length / 16; row++) {
      const unit = row % base.units;
      const other = row - unit + ((unit + apart) % base.units);
      ahead.set(z.subarray(other * 16, other * 16 + 16), row * 16);
    }
    check(z, ahead);
  });

  test("permuted indices do not collide: unit and step, step and trial, trial and stream exchanged", () => {
    const at = (unit: number, step: number, trial: number, stream: number) =>
      draw({ units: unit * 4 + 4, firstStep: step, steps: 1, trials: new Uint32Array(16).fill(trial), stream })[
        unit * 64
      ];
    const values = [at(1, 2, 3, 4), at(2, 1, 3, 4), at(1, 3, 2, 4), at(1, 2, 4, 3), at(4, 2, 3, 1)];
    expect(new Set(values).size).toBe(values.length);
  });
});

describe("the four normals of a block", () => {
  test.each([
    [0, 1, "one Box-Muller pair"],
    [2, 3, "the other pair"],
    [0, 2, "the first of either pair"],
    [1, 3, "the second of either pair"],
    [0, 3, "across"],
  ])("%d and %d (%s) fill 16 x 16 equiprobable cells evenly, 2^20 pairs", (first, second) => {
    const z = draw({ steps: 512 });
    // Quantiles of sixteenths, by bisection.
    const edges = Array.from({ length: 15 }, (_, i) => {
      let [low, high] = [-3, 3];
      for (let k = 0; k < 60; k++) {
        const middle = (low + high) / 2;
        if (normalCdf(middle) < (i + 1) / 16) low = middle;
        else high = middle;
      }
      return low;
    });
    const cell = (x: number) => {
      let [low, high] = [0, 15];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (x < edges[middle]) high = middle;
        else low = middle + 1;
      }
      return low;
    };
    const counts = new Float64Array(256);
    for (let block = 0; block < z.length; block += 64) {
      for (let lane = 0; lane < 16; lane++) {
        counts[16 * cell(z[block + 16 * first + lane]) + cell(z[block + 16 * second + lane])]++;
      }
    }
    expect(chiSquareScore(counts)).toBeLessThan(oneSided);
  });
});

describe("words and the other laws", () => {
  test("each of the 32 bits is set in half of 4.2 million words, and neighbouring words agree in half of them", () => {
    const raw = words(new Uint32Array(2 ** 22), { seed: 11, stream: 3 });
    const set = new Float64Array(32);
    const same = new Float64Array(32);
    for (let i = 0; i < raw.length; i++) {
      const differing = raw[i] ^ raw[(i + 1) % raw.length];
      for (let bit = 0; bit < 32; bit++) {
        set[bit] += (raw[i] >>> bit) & 1;
        same[bit] += (differing >>> bit) & 1;
      }
    }
    for (const count of [...set, ...same]) {
      expect(Math.abs(count - raw.length / 2) / Math.sqrt(raw.length / 4)).toBeLessThan(twoSided);
    }
  });

  test("uniform: 1024 cells of 4.2 million numbers and 64 x 64 cells of neighbours are filled evenly", () => {
    const u = draw({ law: lawCodes.uniform, trials: sequence(256) });
    const place = (x: number, cells: number) => Math.floor((x / Math.sqrt(12) + 0.5) * cells);
    const cells = new Float64Array(1024);
    const pairs = new Float64Array(4096);
    for (let i = 0; i < u.length; i++) cells[place(u[i], 1024)]++;
    for (let block = 0; block < u.length; block += 64) {
      for (let lane = 0; lane < 16; lane++) {
        for (const k of [0, 32]) pairs[64 * place(u[block + k + lane], 64) + place(u[block + k + 16 + lane], 64)]++;
      }
    }
    expect(chiSquareScore(cells)).toBeLessThan(oneSided);
    expect(chiSquareScore(pairs)).toBeLessThan(oneSided);
  });

  // Mean, variance and fourth central moment of one number at the intensity.
  const p = Math.fround(0.2);
  const odds = p / (1 - p);
  test.each([
    ["gaussian", 0.5, 0, 0.25, 3 / 16],
    ["uniform", 0.5, 0, 0.25, 9 / 80],
    ["uniform-decrement", 0.5, -0.25, 1 / 48, 1 / 1280],
    ["bernoulli", p, 0, odds, p + (1 - p) * odds ** 4],
    ["rademacher", 0.5, 0, 0.25, 1 / 16],
  ] as const)(
    "%s at intensity %d has mean %d and variance %d (4.2 million numbers)",
    (law, intensity, mean, variance, fourth) => {
      const x = draw({ law: lawCodes[law], intensity, trials: sequence(256) });
      let sum = 0;
      let squares = 0;
      for (const value of x) {
        sum += value - mean;
        squares += (value - mean) ** 2;
      }
      expect(Math.abs(sum / Math.sqrt(x.length * variance))).toBeLessThan(twoSided);
      // Squares of a law with two values of equal size do not vary; float32 rounding stays.
      const spread = Math.sqrt(Math.max(fourth - variance ** 2, 0) * x.length) + 1e-7 * x.length;
      expect(Math.abs(squares - x.length * variance) / spread).toBeLessThan(twoSided);
    },
  );
});
