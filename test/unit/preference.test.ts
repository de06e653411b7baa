import { describe, expect, test } from "vitest";
import { fittedOptimum } from "../../src/analysis/fitted-optimum.ts";
import type { CurveRow } from "../../src/analysis/loss-curves.ts";
import { type PreferenceOptions, preference } from "../../src/analysis/preference.ts";
import { type Verdict, verdictOf, verdicts } from "../../src/analysis/verdict.ts";

const grid = Array.from({ length: 21 }, (_, i) => i / 10);

/** Rows of `seeds` networks from a loss as a function of intensity and seed. */
function curves(
  seeds: number,
  loss: (s: number, seed: number) => number,
  extra: (s: number) => Partial<CurveRow> = () => ({}),
) {
  return Array.from({ length: seeds }, (_, seed) =>
    grid.map((testIntensity) => ({ seed, testIntensity, loss: loss(testIntensity, seed), ...extra(testIntensity) })),
  ).flat();
}

/** Offsets of seeds: deterministic, mean 0 over five. */
const offset = (seed: number) => [0, 0.02, -0.02, 0.04, -0.04][seed % 5];

const options: PreferenceOptions = { trainIntensity: 1, resamples: 500 };

describe("fitted optimum", () => {
  test("a parabola between grid points is found exactly: 0.437", () => {
    const fit = fittedOptimum(
      grid,
      grid.map((s) => 3 * (s - 0.437) ** 2 + 1),
    );
    expect(fit?.at).toBeCloseTo(0.437, 12);
    expect(fit).toMatchObject({ index: 4, isAtUpperEnd: false });
  });
  test("on an uneven grid too", () => {
    const uneven = [0, 0.1, 0.35, 0.5, 0.9, 1, 2];
    expect(
      fittedOptimum(
        uneven,
        uneven.map((s) => (s - 0.6) ** 2),
      )?.at,
    ).toBeCloseTo(0.6, 12);
  });
  test("a cubic term of c = a moves the vertex by 1.7 h^2: 0.017 for h = 0.1", () => {
    // Least squares over offsets -2h..2h gives the cubic a slope of sum x^4 / sum x^2 = 3.4 h^2.
    expect(
      fittedOptimum(
        grid,
        grid.map((s) => (s - 0.8) ** 2 + (s - 0.8) ** 3),
      )?.at,
    ).toBeCloseTo(0.8 - 0.017, 12);
  });
  test("noise of 1 % of the depth moves it by less than half a grid step", () => {
    for (const sign of [1, -1]) {
      const noisy = grid.map((s, i) => (s - 0.7) ** 2 + sign * 0.005 * Math.sin(37 * i * i));
      expect(Math.abs((fittedOptimum(grid, noisy)?.at ?? Number.NaN) - 0.7)).toBeLessThan(0.05);
    }
  });
  test("rising from 0 on: 0, whether straight, convex or concave", () => {
    for (const rise of [(s: number) => s, (s: number) => s * s, (s: number) => Math.sqrt(s)]) {
      expect(fittedOptimum(grid, grid.map(rise))).toEqual({ at: 0, index: 0, isAtUpperEnd: false });
    }
  });
  test("lowest at 0 with a falling slope there: between 0 and the next point", () => {
    expect(
      fittedOptimum(
        grid,
        grid.map((s) => (s - 0.04) ** 2),
      )?.at,
    ).toBeCloseTo(0.04, 12);
  });
  test("falling to the end: the end, and the grid is said to be too short", () => {
    expect(
      fittedOptimum(
        grid,
        grid.map((s) => -s),
      ),
    ).toEqual({ at: 2, index: 20, isAtUpperEnd: true });
  });
  test("flat: the first point", () => {
    expect(
      fittedOptimum(
        grid,
        grid.map(() => 1),
      )?.at,
    ).toBe(0);
  });
  test("points that are not finite are left out", () => {
    const values = grid.map((s) => (s > 1 ? Number.POSITIVE_INFINITY : (s - 0.93) ** 2));
    expect(fittedOptimum(grid, values)?.at).toBeCloseTo(0.93, 12);
    expect(
      fittedOptimum(
        grid,
        grid.map(() => Number.NaN),
      ),
    ).toBeUndefined();
  });
  test("one point or two are their own optimum", () => {
    expect(fittedOptimum([0], [1])).toEqual({ at: 0, index: 0, isAtUpperEnd: false });
    expect(fittedOptimum([0, 1], [2, 1])).toEqual({ at: 1, index: 1, isAtUpperEnd: true });
  });
});

describe("preference of known curves", () => {
  test("optimum 0.9 +- 0.04 over five seeds: its training noise, index 0.9, ratio L(0) / min", () => {
    const result = preference(
      curves(5, (s, seed) => (s - 0.9 - offset(seed)) ** 2 + 0.1),
      options,
    );
    expect(result.preferredIntensity).toBeCloseTo(0.9, 10);
    expect(result.preferenceIndex).toBeCloseTo(0.9, 10);
    expect(result.preferredLow).toBeGreaterThan(0.82);
    expect(result.preferredLow).toBeLessThan(0.9);
    expect(result.preferredHigh).toBeGreaterThan(0.9);
    expect(result.preferredHigh).toBeLessThan(0.98);
    expect(result).toMatchObject({
      verdict: "prefers its training noise",
      seeds: 5,
      resampled: "seeds",
      isCloseToTraining: true,
      closeToTrainingShare: 1,
      aboveZeroShare: 1,
      isAtUpperEnd: false,
    });
    // Mean of squared offsets is 8e-4.
    expect(result.lossAtZero).toBeCloseTo(0.81 + 8e-4 + 0.1, 12);
    expect(result.lossAtTraining).toBeCloseTo(0.01 + 8e-4 + 0.1, 12);
    expect(result.lossAtPreferred).toBeCloseTo(8e-4 + 0.1, 12);
    expect(result.preferenceRatio).toBeCloseTo(result.lossAtZero / result.lossAtPreferred, 12);
    expect(result.preferenceRatioLow).toBeLessThan(result.preferenceRatio ?? 0);
    expect(result.preferenceRatioHigh).toBeGreaterThan(result.preferenceRatio ?? 0);
    expect(result.aboveZeroP).toBeLessThan(1e-4);
    result.perSeed.forEach(({ preferredIntensity }, seed) => {
      expect(preferredIntensity).toBeCloseTo(0.9 + offset(seed), 10);
    });
  });
  test("rising curves: exactly 0 with interval [0, 0], silence, p = 1", () => {
    expect(
      preference(
        curves(5, (s, seed) => 0.1 + s * (1 + offset(seed))),
        options,
      ),
    ).toMatchObject({
      preferredIntensity: 0,
      preferredLow: 0,
      preferredHigh: 0,
      preferenceRatio: 1,
      aboveZeroP: 1,
      aboveZeroShare: 0,
      verdict: "prefers silence",
    });
  });
  test("flat curves are undecided", () => {
    expect(
      preference(
        curves(5, () => 1),
        options,
      ).verdict,
    ).toBe("undecided");
  });
  test("optimum 0.5: less noise than trained; optimum 1.6: more", () => {
    const at = (centre: number) =>
      preference(
        curves(5, (s, seed) => (s - centre - offset(seed)) ** 2 + 0.1),
        options,
      ).verdict;
    expect(at(0.5)).toBe("prefers less noise than trained");
    expect(at(1.6)).toBe("prefers more noise");
  });
  test("optima from 0.6 to 1.4: noise, level undecided", () => {
    const result = preference(
      curves(5, (s, seed) => (s - 1 - 10 * offset(seed)) ** 2 + 0.1),
      options,
    );
    expect(result).toMatchObject({ verdict: "prefers noise, level undecided", isCloseToTraining: false });
  });
  test("two seeds give an interval but no verdict", () => {
    const result = preference(
      curves(2, (s, seed) => (s - 0.9 - offset(seed)) ** 2 + 0.1),
      options,
    );
    expect(result.preferredLow).not.toBeNull();
    expect(result.verdict).toBe("undecided");
  });
  test("one seed without repeats gives numbers and no interval", () => {
    const result = preference(
      curves(1, (s) => (s - 0.9) ** 2 + 0.1),
      options,
    );
    expect(result.preferredIntensity).toBeCloseTo(0.9, 12);
    expect(result).toMatchObject({ resampled: "nothing", preferredLow: null, aboveZeroP: null, verdict: "undecided" });
  });
  test("one seed with four repeats resamples those: an interval, and no verdict however narrow", () => {
    const rows = curves(
      1,
      (s) => (s - 0.9) ** 2 + 0.1,
      (s) => ({ lossPerRepeat: [0, 1, 2, 3].map((r) => (s - 0.9 - offset(r + 1)) ** 2 + 0.1) }),
    );
    const result = preference(rows, options);
    expect(result).toMatchObject({ resampled: "repeats", verdict: "undecided", isCloseToTraining: true });
    expect(result.aboveZeroP).toBeLessThan(0.001);
  });
  test("trained without noise: no index; an optimum above 0 is more noise, a rising curve silence", () => {
    const silent = { ...options, trainIntensity: 0 };
    const more = preference(
      curves(5, (s, seed) => (s - 0.9 - offset(seed)) ** 2 + 0.1),
      silent,
    );
    expect(more).toMatchObject({ preferenceIndex: null, predictedIndex: null, verdict: "prefers more noise" });
    expect(
      preference(
        curves(5, (s) => 0.1 + s),
        silent,
      ).verdict,
    ).toBe("prefers silence");
  });
  test("a loss that is infinite without noise leaves the optimum and no ratio", () => {
    const rows = curves(5, (s, seed) => (s === 0 ? Number.POSITIVE_INFINITY : (s - 0.9 - offset(seed)) ** 2 + 0.1));
    const result = preference(rows, options);
    expect(result.preferredIntensity).toBeCloseTo(0.9, 10);
    expect(result.preferenceRatio).toBeNull();
  });
  test("no finite loss anywhere is undecided", () => {
    expect(
      preference(
        curves(5, () => Number.NaN),
        options,
      ),
    ).toMatchObject({
      preferredIntensity: Number.NaN,
      preferenceIndex: null,
      verdict: "undecided",
    });
  });
});

describe("prediction from bias and variance", () => {
  // L(x) = B^2 (1 - x)^2 + V x^2 with B^2 = 0.3, V = 0.1 is lowest at 0.3 / 0.4.
  const rows = curves(
    3,
    (s) => 0.3 * (1 - s) ** 2 + 0.1 * s * s,
    (s) => ({ biasSquared: 0.3 * (1 - s) ** 2, variance: 0.1 * s * s }),
  );
  test("B^2 = 0.3 and V = 0.1 predict 0.75, where the curve of the theory has its optimum", () => {
    const result = preference(rows, options);
    expect(result.predictedIndex).toBeCloseTo(0.75, 12);
    expect(result.preferenceIndex).toBeCloseTo(0.75, 12);
  });
  test("a bias estimated below 0 predicts 0, missing numbers predict nothing", () => {
    const negative = rows.map((row) => ({ ...row, biasSquared: -0.01 }));
    expect(preference(negative, options).predictedIndex).toBe(0);
    expect(
      preference(
        rows.map(({ variance: _dropped, ...row }) => row),
        options,
      ).predictedIndex,
    ).toBeNull();
    expect(
      preference(
        rows.map((row) => ({ ...row, variance: null })),
        options,
      ).predictedIndex,
    ).toBeNull();
  });
});

describe("options and purity", () => {
  const rows = curves(5, (s, seed) => (s - 0.8 - 3 * offset(seed)) ** 2 + 0.1);
  test("the same rows in any order give the same result", () => {
    expect(preference([...rows].reverse(), options)).toEqual(preference(rows, options));
  });
  const changes: readonly [Partial<PreferenceOptions>, keyof ReturnType<typeof preference>][] = [
    [{ confidence: 0.8 }, "preferredLow"],
    [{ resamples: 100 }, "preferredLow"],
    [{ seed: 1 }, "closeToTrainingShare"],
    [{ band: 0.05 }, "closeToTrainingShare"],
    [{ trainIntensity: 0.5 }, "preferenceIndex"],
  ];
  for (const [change, field] of changes) {
    test(`${JSON.stringify(change)} changes ${field}`, () => {
      expect(preference(rows, { ...options, ...change })[field]).not.toEqual(preference(rows, options)[field]);
    });
  }
  test("accuracies are means over seeds at the three places", () => {
    const judged = rows.map((row) => ({ ...row, accuracy: row.testIntensity / 2 + row.seed / 100 }));
    const result = preference(judged, options);
    expect(result.accuracyAtZero).toBeCloseTo(0.02, 12);
    expect(result.accuracyAtTraining).toBeCloseTo(0.52, 12);
    expect(result.accuracyAtPreferred).toBeCloseTo(0.42, 12);
    expect(preference(rows, options).accuracyAtZero).toBeNull();
  });
});

describe("rows that are no curves", () => {
  const rows = curves(2, (s) => s);
  test("a missing or doubled intensity", () => {
    expect(() => preference(rows.slice(1), options)).toThrow(
      /each of the 21 intensities once, got 41 rows for 2 seeds/,
    );
    const doubled = rows.with(5, { ...rows[5], testIntensity: rows[6].testIntensity });
    expect(() => preference(doubled, options)).toThrow(/got seed 0 wrong at 0\.6/);
  });
  test("no 0, no trained intensity, nothing at all", () => {
    expect(() =>
      preference(
        rows.filter((row) => row.testIntensity > 0),
        options,
      ),
    ).toThrow(/must include 0, got 0\.1/);
    expect(() => preference(rows, { trainIntensity: 0.55 })).toThrow(/must include the trained intensity/);
    expect(() => preference([], options)).toThrow(/must include 0, got none/);
  });
});

describe("verdict", () => {
  const evidence = {
    low: 0.9,
    high: 1.1,
    trainIntensity: 1,
    margin: 0.25,
    silenceHurts: true,
    noiseHurts: false,
    networks: 5,
  };
  const cases: readonly [Partial<typeof evidence>, Verdict][] = [
    [{}, "prefers its training noise"],
    [{ low: 0.75, high: 1.25 }, "prefers its training noise"],
    [{ silenceHurts: false }, "undecided"],
    [{ networks: 2 }, "undecided"],
    [{ networks: 1 }, "undecided"],
    [{ low: 0.2, high: 0.9 }, "prefers less noise than trained"],
    [{ low: 1.1, high: 1.6 }, "prefers more noise"],
    [{ low: 0.2, high: 1.6 }, "prefers noise, level undecided"],
    [{ low: 0, high: 1.6 }, "undecided"],
    [{ low: 0, high: 0.2, silenceHurts: false, noiseHurts: true }, "prefers silence"],
    [{ low: 0, high: 0.2, silenceHurts: false }, "undecided"],
    [{ low: 0, high: 0.3, silenceHurts: false, noiseHurts: true }, "undecided"],
    [{ low: 0.1, high: 0.2, trainIntensity: 0 }, "prefers more noise"],
  ];
  for (const [change, verdict] of cases) {
    test(`${JSON.stringify(change)}: ${verdict}`, () => {
      expect(verdictOf({ ...evidence, ...change })).toBe(verdict);
    });
  }
  test("every verdict is reached above", () => {
    expect(new Set(cases.map(([, verdict]) => verdict))).toEqual(new Set(verdicts));
  });
});
