/** Second derivatives of the loss against PyTorch's double backward (hessian.py says how). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Findings } from "../../src/analysis/contract.ts";
import { hessian } from "../../src/analysis/hessian.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import type { Task } from "../../src/task/contract.ts";

interface Case {
  readonly cell: string;
  readonly loss: Task["loss"];
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly input: readonly number[];
  readonly classes: readonly number[];
  readonly values: readonly number[];
  readonly mask: readonly number[];
  readonly value: number;
  /** Eigenvalues, largest first. */
  readonly hessian: readonly number[];
  readonly gaussNewton: readonly number[];
  /** Of the first trial's loss with respect to its state after step 1. */
  readonly state: readonly number[];
}

installBackends();

const { sizes, cases } = JSON.parse(readFileSync(new URL("hessian.json", import.meta.url), "utf8")) as {
  readonly sizes: Record<"batchSize" | "stepCount" | "inputSize" | "hiddenSize" | "outputSize" | "alpha", number>;
  readonly cases: readonly Case[];
};
const { batchSize, stepCount, inputSize, hiddenSize, outputSize } = sizes;

/** The trials of a case, at most `indices.length` of them. */
function taskOf({ loss, input, classes, values, mask }: Case): Task {
  return {
    name: "oracle",
    options: {},
    inputSize,
    outputSize,
    stepCount,
    dt: 1,
    loss,
    inputs: [],
    outputs: [],
    periods: [],
    trialCount: () => batchSize,
    batch: (_split, indices) => {
      const rows = (numbers: readonly number[], size: number) =>
        [...indices].flatMap((trial) => numbers.slice(trial * stepCount * size, (trial + 1) * stepCount * size));
      return {
        batchSize: indices.length,
        stepCount,
        inputSize,
        outputSize,
        input: Float32Array.from(rows(input, inputSize)),
        target:
          loss === "cross-entropy"
            ? { kind: "classes", classes: Int32Array.from(rows(classes, 1)) }
            : { kind: "values", values: Float32Array.from(rows(values, outputSize)) },
        mask: Float32Array.from(rows(mask, 1)),
        trials: indices,
        conditions: {},
      };
    },
  };
}

async function analysed(given: Case, options: Record<string, unknown> = {}): Promise<Findings> {
  const network = createNetwork({
    cell: given.cell,
    inputSize,
    hiddenSize,
    outputSize,
    settings: { activation: "tanh", ...(given.cell === "ctrnn" ? { alpha: sizes.alpha } : {}) },
  });
  const weights = Object.fromEntries(
    Object.entries(given.weights).map(([name, values]) => [name, Float64Array.from(values)]),
  );
  const kernel = await network.kernel({ precision: "float64", backend: "wasm" });
  const all = { steps: 1000, traceProducts: 1000, eigenvalues: 1000, blocks: false, stateTrials: 1, stateStep: 1 };
  return hessian.run({
    network,
    kernel,
    weights,
    seed: 3,
    task: taskOf(given),
    training: undefined,
    options: resolvedOptions("test", hessian.options, { ...all, ...options }),
  });
}

const column = ({ tables }: Findings, table: string, name: string, matrix?: string): number[] =>
  (tables.find((one) => one.name === table)?.rows ?? [])
    .filter((row) => matrix === undefined || row.matrix === matrix)
    .map((row) => Number(row[name]));
const numberOf = ({ numbers }: Findings, name: string) => numbers.find((one) => one.name === name)?.value;
const closeTo = (values: readonly number[], digits: number) =>
  values.map((value) => expect.closeTo(value, digits) as unknown as number);

// Both sides are float64; products over 4 steps and eigenvalues of 26 to 65 rows round to about 1e-14.
describe.each(cases)("$cell, $loss, against PyTorch", (given) => {
  test("loss, all eigenvalues of Hessian and Gauss-Newton matrix, traces and the Hessian of the state, to 1e-10", async () => {
    const found = await analysed(given);
    expect(numberOf(found, "loss")).toBeCloseTo(given.value, 12);
    expect(column(found, "eigenvalues", "eigenvalue", "hessian")).toEqual(closeTo(given.hessian, 10));
    expect(column(found, "eigenvalues", "eigenvalue", "gauss-newton")).toEqual(closeTo(given.gaussNewton, 10));
    const trace = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
    expect(numberOf(found, "trace")).toBeCloseTo(trace(given.hessian), 10);
    expect(numberOf(found, "traceGaussNewton")).toBeCloseTo(trace(given.gaussNewton), 10);
    expect(column(found, "state-mean", "eigenvalue")).toEqual(closeTo(given.state, 10));
  });
});
