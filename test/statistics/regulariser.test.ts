/** The analysis `regulariser`: closed forms, exact against sampled, the fourth order of what is left. */
import { describe, expect, test } from "vitest";
import { defineCell } from "../../src/cell/cell.ts";
import { add, matvec, mul } from "../../src/cell/expression.ts";
import type { NetworkOptions } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { randomWeights } from "../helpers/networks.ts";
import { numbersOf, regulariserOf, rowsOf } from "../helpers/regulariser.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";

const made = (options: Partial<NetworkOptions> & Pick<NetworkOptions, "cell">) =>
  createNetwork({ inputSize: 1, hiddenSize: 3, outputSize: 1, ...options });
const tanh = { cell: "ctrnn", settings: { activation: "tanh", alpha: 0.5 } } as const;
const size = 3;

describe("a linear network with a squared loss", () => {
  const network = made({
    cell: "ctrnn",
    settings: { activation: "linear", alpha: 0.5 },
    noise: [{ site: "state", intensity: 0.3, law: "rademacher" }],
  });
  const weights = randomWeights(network, 3);

  test("has P = 0, Q of the covariance recursion to 1e-13, and no remainder at any level", async () => {
    const found = await regulariserOf(network, weights, followTask, { trials: 2, draws: 8, levels: 2 });
    const { p, q, pEstimate } = numbersOf(found);
    expect(p).toBe(0);
    expect(pEstimate).toBe(0);
    // E loss - loss = sum_t wOut C_t wOut' / steps counted, which is Q / 2; steps 0 and 1 do not count
    const jacobian = Array.from(weights.wRec, (w, i) => 0.5 * (Math.floor(i / size) === i % size ? 1 : 0) + 0.5 * w);
    let covariance = new Array<number>(size * size).fill(0);
    let expected = 0;
    for (let step = 0; step < 6; step++) {
      const left = productOf(jacobian, covariance);
      covariance = productOf(left, transposed(jacobian)).map((c, i) => c + (i % (size + 1) === 0 ? 0.09 : 0));
      if (step < 2) continue;
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++)
          expected += (2 * weights.wOut[i] * covariance[i * size + j] * weights.wOut[j]) / 4;
      }
    }
    expect(q).toBeCloseTo(expected, 13);
    // exactly quadratic in the draws; intensities are rounded to float32, so that 6e-8 of the terms along a draw is left
    for (const { remainder } of rowsOf(found, "levels")) expect(Math.abs(remainder)).toBeLessThan(3e-7 * q);
  });
});

describe("P and Q along draws, and the remainder", () => {
  const cases: readonly [string, Partial<NetworkOptions> & Pick<NetworkOptions, "cell">][] = [
    ["inside, outside and input", { ...tanh, noise: [inside(0.3), outside(0.3), { site: "input", intensity: 0.3 }] }],
    ["coloured", { ...tanh, noise: [{ ...inside(0.4), correlationTime: 2 }] }],
    ["weights", { ...tanh, noise: [{ site: "weight", intensity: 0.15 }, inside(0.1)] }],
    ["weights of layers", { cell: "gru", noise: [{ site: "weight", intensity: 0.15, law: "uniform" }] }],
    [
      "shared and multiplicative",
      {
        cell: "lipschitz",
        settings: { step: 0.3 },
        noise: [
          { site: "state", intensity: 0.1, law: "uniform" },
          { site: "state-multiplicative", intensity: 0.2, shared: true, proportionalTo: "drift" },
        ],
      },
    ],
    [
      "one motion for state and drift",
      {
        cell: "lipschitz",
        settings: { step: 0.3 },
        noise: [
          { site: "state", intensity: 0.3 },
          { site: "state-multiplicative", intensity: 0.6, proportionalTo: "drift", motion: "state" },
        ],
      },
    ],
    [
      "Stratonovich",
      {
        cell: "lipschitz",
        settings: { step: 0.3 },
        scheme: "heun",
        noise: [{ site: "state-multiplicative", intensity: 0.3, scaling: "per-sqrt-time" }],
      },
    ],
    ["a bent readout", { ...tanh, noise: [inside(0.3)], readout: { activation: "tanh" } }],
  ];
  for (const [index, [name, options]] of cases.entries()) {
    const task = index % 2 === 0 ? followTask : signTask;
    test(`${name}: estimates within 4.5 standard errors of the exact terms, order 4 within 0.15`, async () => {
      const network = made({ ...options, outputSize: task.outputSize });
      const settings = { trials: 2, draws: 40, levels: 3, largest: 0.25 };
      const found = await regulariserOf(network, randomWeights(network, 3), task, settings);
      const { p, q, pEstimate, pError, qEstimate, qError, rise, riseError, remainder, regulariser } = numbersOf(found);
      expect(Math.abs(pEstimate - p)).toBeLessThan(4.5 * pError);
      expect(Math.abs(qEstimate - q)).toBeLessThan(4.5 * qError);
      expect(Math.abs(rise - remainder - regulariser / 16)).toBeLessThan(4.5 * riseError);
      // the same draws at every level: the order of their own remainder, whose next term is eps^6, so 1 per cent here
      const [first, second, third] = rowsOf(found, "levels").map((row) => row.remainder);
      expect(Math.log2(first / second)).toBeCloseTo(4, 0);
      expect(Math.abs(Math.log2(second / third) - 4)).toBeLessThan(0.15);
    });
  }

  test("steps, units and trials add up to P and Q to 1e-12, and a step without noise to come has no share", async () => {
    const network = made({ ...tanh, noise: [{ ...inside(0.4), correlationTime: 2 }, outside(0.2)] });
    const found = await regulariserOf(network, randomWeights(network, 3), followTask, {
      trials: 3,
      draws: 2,
      levels: 1,
    });
    const { p, q } = numbersOf(found);
    for (const table of ["steps", "units"]) {
      const rows = rowsOf(found, table);
      expect(rows.reduce((sum, row) => sum + row.p, 0)).toBeCloseTo(p, 12);
      expect(rows.reduce((sum, row) => sum + row.q, 0)).toBeCloseTo(q, 12);
    }
    const trials = rowsOf(found, "trials");
    expect(trials.reduce((sum, row) => sum + row.p / 3, 0)).toBeCloseTo(p, 12);
    expect(trials.reduce((sum, row) => sum + row.q / 3, 0)).toBeCloseTo(q, 12);
    expect(rowsOf(found, "steps").map(({ step }) => step)).toEqual([-1, 0, 1, 2, 3, 4, 5]);
    expect(rowsOf(found, "units")).toHaveLength(2 * size);
  });

  test("with the number of steps fixed, Q falls with the time step and P with its square (lipschitz, within 15 %)", async () => {
    const at = async (step: number) => {
      const network = createNetwork({
        cell: "lipschitz",
        inputSize: 1,
        hiddenSize: 3,
        outputSize: 2,
        settings: { step },
        noise: [{ site: "state", intensity: 0.5, scaling: "per-sqrt-time" }],
      });
      return numbersOf(
        await regulariserOf(network, randomWeights(network, 3), signTask, { trials: 1, draws: 2, levels: 1 }),
      );
    };
    const [wide, narrow] = [await at(0.01), await at(0.005)];
    expect(wide.q / narrow.q).toBeGreaterThan(1.85);
    expect(wide.q / narrow.q).toBeLessThan(2.15);
    expect(wide.p / narrow.p).toBeGreaterThan(3.4);
    expect(wide.p / narrow.p).toBeLessThan(4.6);
  });
});

describe("what it is asked", () => {
  const network = made({ ...tanh, noise: [inside(0.4)] });
  const weights = randomWeights(network, 3);
  const base = { trials: 2, draws: 4, levels: 2 };

  test("every option changes the result", async () => {
    const usual = await regulariserOf(network, weights, followTask, base);
    for (const change of [{ trials: 3 }, { draws: 5 }, { levels: 3 }, { largest: 0.5 }, { exact: false }]) {
      expect(await regulariserOf(network, weights, followTask, { ...base, ...change })).not.toEqual(usual);
    }
    expect(await regulariserOf(network, weights, followTask, base)).toEqual(usual);
  });

  test("without exact terms the estimates stand, and there is no split", async () => {
    const found = await regulariserOf(network, weights, followTask, { ...base, exact: false });
    expect(found.tables.map(({ name }) => name)).toEqual(["levels", "trials"]);
    const { pEstimate, qEstimate, regulariser } = numbersOf(found);
    expect(regulariser).toBeCloseTo((pEstimate + qEstimate) / 2, 14);
  });

  test("no noise, and noise whose odd orders stay, are refused with what can be done", async () => {
    const silent = made(tanh);
    await expect(regulariserOf(silent, randomWeights(silent, 3), followTask, base)).rejects.toThrow(
      "trained with noise",
    );
    const proportional = { site: "state-multiplicative", intensity: 0.2, scaling: "per-sqrt-time" } as const;
    const corrected = made({ cell: "lipschitz", scheme: "milstein", noise: [proportional] });
    await expect(regulariserOf(corrected, randomWeights(corrected, 3), followTask, base)).rejects.toThrow("deviations");
    for (const law of ["bernoulli", "uniform-decrement"] as const) {
      const odd = made({ ...tanh, noise: [{ site: "update", intensity: 0.2, law }] });
      await expect(regulariserOf(odd, randomWeights(odd, 3), followTask, base)).rejects.toThrow(
        "odd orders do not vanish",
      );
    }
  });

  test("kinks are warned of, and a readout that sees more than the state after the step is refused", async () => {
    const bent = made({ cell: "ctrnn", noise: [inside(0.4)] });
    const found = await regulariserOf(bent, randomWeights(bent, 3), followTask, base);
    expect(found.warnings).toEqual([expect.stringContaining("kinks (relu)")]);
    const cell = defineCell({
      name: "noisy-readout",
      summary: "a leak that is read with noise",
      state: { h: "hidden" },
      parameters: { wIn: ["hidden", "input"] },
      settings: {},
      step: ({ h, input, p }) => ({ h: add(mul(0.5, h), matvec(p.wIn, input)) }),
      rate: ({ h, noise }) => add(h, noise("seen")),
    });
    const read = createNetwork(
      { cell: cell.name, inputSize: 1, hiddenSize: 3, outputSize: 1, noise: [{ site: "seen", intensity: 0.1 }] },
      { cell },
    );
    await expect(regulariserOf(read, randomWeights(read, 3), followTask, base)).rejects.toThrow("depends on more");
  });
});

function inside(intensity: number) {
  return { site: "inside", intensity } as const;
}

function outside(intensity: number) {
  return { site: "outside", intensity } as const;
}

function productOf(a: readonly number[], b: readonly number[]): number[] {
  return a.map((_, at) => {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += a[Math.floor(at / size) * size + k] * b[k * size + (at % size)];
    return sum;
  });
}

function transposed(a: readonly number[]): number[] {
  return a.map((_, at) => a[(at % size) * size + Math.floor(at / size)]);
}
