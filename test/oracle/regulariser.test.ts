/** P and Q against numpy (regulariser.py says how): the forward recursion and the double sum over steps. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createNetwork } from "../../src/network/network.ts";
import type { NoiseSourceInput } from "../../src/noise/contract.ts";
import { numbersOf, regulariserOf, rowsOf, trialTask } from "../helpers/regulariser.ts";

interface Oracle {
  readonly delta: number;
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly input: readonly number[];
  readonly label: number;
  readonly kinds: readonly {
    readonly kind: string;
    readonly deviations: Readonly<Record<"state" | "drift" | "h" | "inside", number>>;
    readonly p: number;
    readonly q: number;
    readonly pOfStep: readonly number[];
    readonly qOfStep: readonly number[];
  }[];
}

const oracle = JSON.parse(readFileSync(new URL("regulariser.json", import.meta.url), "utf8")) as Oracle;
const stepCount = 9;
const classes = new Int32Array(stepCount);
classes[stepCount - 1] = oracle.label;
const mask = new Float32Array(stepCount);
mask[stepCount - 1] = 1;
const task = trialTask({
  stepCount,
  inputSize: 2,
  outputSize: 3,
  input: Float32Array.from(oracle.input),
  mask,
  target: { kind: "classes", classes },
});
const weights = Object.fromEntries(
  Object.entries(oracle.weights).map(([name, values]) => [name, Float64Array.from(values)]),
);
const sourceOf = {
  state: (intensity) => ({ site: "state", intensity }),
  drift: (intensity) => ({ site: "state-multiplicative", proportionalTo: "drift", intensity }),
  h: (intensity) => ({ site: "state-multiplicative", proportionalTo: "state", intensity }),
  inside: (intensity) => ({ site: "inside", intensity }),
} as const satisfies Record<string, (intensity: number) => NoiseSourceInput>;

for (const { kind, deviations, p, q, pOfStep, qOfStep } of oracle.kinds) {
  test(`${kind}: P, Q and their split over the steps equal numpy's to 1e-12`, async () => {
    const network = createNetwork({
      cell: "lipschitz",
      inputSize: 2,
      hiddenSize: 5,
      outputSize: 3,
      settings: { step: oracle.delta },
      parametrisations: { wLinear: { name: "dense" }, wRec: { name: "dense" } },
      noise: Object.entries(deviations).map(([name, value]) => sourceOf[name as keyof typeof sourceOf](value)),
    });
    const found = await regulariserOf(network, weights, task, { trials: 1, draws: 2, levels: 1 });
    const numbers = numbersOf(found);
    // sums of some hundred terms of size 1 to 10 in double precision
    expect(numbers.p).toBeCloseTo(p, 12);
    expect(numbers.q).toBeCloseTo(q, 12);
    const steps = rowsOf(found, "steps");
    expect(steps.map(({ step }) => step)).toEqual(pOfStep.map((_, step) => step));
    for (const [step, row] of steps.entries()) {
      expect(row.p).toBeCloseTo(pOfStep[step], 12);
      expect(row.q).toBeCloseTo(qOfStep[step], 12);
    }
  });
}
