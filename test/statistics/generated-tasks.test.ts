/** Distributions of what generated tasks draw. */
import { describe, expect, test } from "vitest";
import type { Split, Task, TaskResources } from "../../src/task/contract.ts";
import { walks } from "../../src/task/path-integration/walks.ts";
import { pathIntegration } from "../../src/task/path-integration.ts";
import { regulator } from "../../src/task/regulator.ts";
import { normalCdf } from "../helpers/special.ts";

const nothing = {} as TaskResources;
const range = (from: number, count: number) => Uint32Array.from({ length: count }, (_, i) => from + i);

/** Largest distance of the empirical distribution from a distribution function. */
function kolmogorovDistance(values: ArrayLike<number>, distribution: (value: number) => number): number {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  return sorted.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(distribution(value) - (i + 0.5) / n) + 0.5 / n),
    0,
  );
}

describe("regulator", () => {
  const n = 20_000;
  const make = (options: Record<string, unknown>): Promise<Task> => regulator.create(options, nothing);

  test("20000 starts are uniform on (0, 2 target) in every split, Kolmogorov-Smirnov distance below 1.95 / sqrt(n)", async () => {
    const task = await make({ target: 0.4, stepCount: 1 });
    for (const split of ["train", "validation", "test"] as Split[]) {
      const { initialState } = task.batch(split, range(0, n), 3);
      // 1.95 / sqrt(n) is exceeded by chance with probability 2 exp(-2 * 1.95^2) = 1e-3; the seed is fixed.
      expect(kolmogorovDistance(initialState!, (h) => h / 0.8)).toBeLessThan(1.95 / Math.sqrt(n));
    }
  });

  test("20000 kicks have mean 0, the deviation asked for and no correlation from step to step, within 4 standard errors", async () => {
    const task = await make({ kickDeviation: 0.3, stepCount: 10 });
    const { input } = task.batch("train", range(0, n / 10), 3);
    let sum = 0;
    let squares = 0;
    let products = 0;
    for (const [i, kick] of input.entries()) {
      sum += kick / 0.3;
      squares += (kick / 0.3) ** 2;
      if (i % 10 > 0) products += (kick * input[i - 1]) / 0.09;
    }
    // Standard errors of a mean, of a mean square and of 9 n / 10 products of standard normals.
    expect(Math.abs(sum / n)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(squares / n - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(products / (0.9 * n))).toBeLessThan(4 / Math.sqrt(0.9 * n));
  });
});

describe("path-integration", () => {
  const make = (options: Record<string, unknown>): Promise<Task> => pathIntegration.create(options, nothing);

  /** Steps of trials in a box without walls in reach: lengths in units of the speed option, headings in rad. */
  async function steps(options: Record<string, unknown>, trials: number) {
    const task = await make(options);
    const { speed } = task.options as { speed: number };
    const meanSpeed = walks.get(task.options.walk as string).meanSpeed;
    const { input, stepCount } = task.batch("train", range(0, trials), 5);
    const at = (trial: number, step: number) => 2 * (trial * stepCount + step);
    const length = (trial: number, step: number) =>
      Math.hypot(input[at(trial, step)], input[at(trial, step) + 1]) * meanSpeed;
    const heading = (trial: number, step: number) => Math.atan2(input[at(trial, step) + 1], input[at(trial, step)]);
    const turn = (trial: number, step: number) => {
      const raw = heading(trial, step) - heading(trial, step - 1);
      return raw - 2 * Math.PI * Math.round(raw / (2 * Math.PI));
    };
    return { length, heading, turn, speed };
  }

  const wide = { side: 100, stepCount: 12 };
  const n = 4000;
  const each = (value: (trial: number) => number) => Float64Array.from({ length: n }, (_, trial) => value(trial));
  // Exceeded by chance with probability 1e-3; the seed is fixed.
  const bound = 1.95 / Math.sqrt(n);
  const normal = (deviation: number) => (z: number) => normalCdf(z / deviation);

  test("4000 random walks: first headings uniform, turns N(0, 0.3^2), Kolmogorov-Smirnov distance below 1.95 / sqrt(n)", async () => {
    const { heading, turn } = await steps(wide, n);
    expect(
      kolmogorovDistance(
        each((trial) => heading(trial, 0)),
        uniformAngle,
      ),
    ).toBeLessThan(bound);
    for (const step of [1, 7]) {
      expect(
        kolmogorovDistance(
          each((trial) => turn(trial, step)),
          normal(0.3),
        ),
      ).toBeLessThan(bound);
    }
    const { turn: wider } = await steps({ ...wide, turnDeviation: 0.5 }, n);
    expect(
      kolmogorovDistance(
        each((trial) => wider(trial, 1)),
        normal(0.5),
      ),
    ).toBeLessThan(bound);
  });

  test("4000 random walks: speeds are uniform on (0, top) at the first and the twelfth step, and change by N(0, 0.1^2) of the top away from its ends", async () => {
    const { length } = await steps(wide, n);
    for (const step of [0, 11]) {
      expect(
        kolmogorovDistance(
          each((trial) => length(trial, step)),
          (share) => share,
        ),
      ).toBeLessThan(bound);
    }
    // From the middle fifth an end of [0, 1] is four standard deviations away.
    const middle = [...range(0, n)].filter((trial) => Math.abs(length(trial, 4) - 0.5) < 0.1);
    const changes = middle.map((trial) => length(trial, 5) - length(trial, 4));
    expect(middle.length).toBeGreaterThan(700);
    expect(kolmogorovDistance(changes, normal(0.1))).toBeLessThan(1.95 / Math.sqrt(middle.length));
  });

  test("4000 rodents: Rayleigh speeds without memory, turns N(0, (11.52 * 0.02)^2), scale 0.13 * 2 pi * 0.02 m", async () => {
    const { length, heading, turn, speed } = await steps({ ...wide, walk: "rodent" }, n);
    expect(speed).toBeCloseTo(0.01634, 5);
    const rayleigh = (v: number) => 1 - Math.exp(-v * v * 0.5);
    expect(
      kolmogorovDistance(
        each((trial) => heading(trial, 0)),
        uniformAngle,
      ),
    ).toBeLessThan(bound);
    for (const step of [1, 7]) {
      expect(
        kolmogorovDistance(
          each((trial) => length(trial, step)),
          rayleigh,
        ),
      ).toBeLessThan(bound);
      expect(
        kolmogorovDistance(
          each((trial) => turn(trial, step)),
          normal(0.2304),
        ),
      ).toBeLessThan(bound);
    }
    // The mean of n products of two speeds without memory: pi / 2, with standard error sqrt(4 - pi^2 / 4) / sqrt(n).
    const products = each((trial) => length(trial, 3) * length(trial, 4));
    expect(Math.abs(products.reduce((a, b) => a + b) / n - Math.PI / 2)).toBeLessThan((4 * 1.24) / Math.sqrt(n));
  });
});

const uniformAngle = (angle: number) => (angle + Math.PI) / (2 * Math.PI);
