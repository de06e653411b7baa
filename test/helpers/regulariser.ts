/** The analysis `regulariser` of untrained networks, on the reference back end. */
import type { Findings } from "../../src/analysis/contract.ts";
import { regulariser } from "../../src/analysis/regulariser.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import type { Network, Weights } from "../../src/network/contract.ts";
import type { Task } from "../../src/task/contract.ts";

export async function regulariserOf(
  network: Network,
  weights: Weights,
  task: Task,
  options: Readonly<Record<string, unknown>>,
): Promise<Findings> {
  const kernel = await network.kernel({ precision: "float64", backend: "reference" });
  const complete = resolvedOptions("regulariser", regulariser.options, options);
  return regulariser.run({ network, kernel, weights, seed: 1, task, training: undefined, options: complete });
}

export function numbersOf({ numbers }: Findings): Record<string, number> {
  return Object.fromEntries(numbers.map(({ name, value }) => [name, value ?? Number.NaN]));
}

export function rowsOf({ tables }: Findings, name: string): readonly Readonly<Record<string, number>>[] {
  return (tables.find((table) => table.name === name)?.rows ?? []) as readonly Readonly<Record<string, number>>[];
}

/** A task of one trial. */
export function trialTask(trial: {
  readonly stepCount: number;
  readonly inputSize: number;
  readonly outputSize: number;
  readonly input: Float32Array;
  readonly mask: Float32Array;
  readonly target: ReturnType<Task["batch"]>["target"];
}): Task {
  const { inputSize, outputSize, stepCount } = trial;
  return {
    name: "one-trial",
    options: {},
    inputSize,
    outputSize,
    stepCount,
    dt: 1,
    loss: trial.target.kind === "values" ? "mean-squared-error" : "cross-entropy",
    inputs: [],
    outputs: [],
    periods: [],
    trialCount: () => 1,
    batch: () => ({ ...trial, batchSize: 1, trials: Uint32Array.of(0), conditions: {} }),
  };
}
