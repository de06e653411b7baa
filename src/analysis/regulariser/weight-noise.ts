/** P and Q exactly from noise of the weights, which is drawn once per trial: one direction per weight. */
import type { NodeId } from "../../cell/graph.ts";
import type { Program } from "../../cell/program.ts";
import type { TrialBatch } from "../../task/contract.ts";
import type { Loss } from "../../train/contract.ts";
import { type Rows, repeated, rowsOf } from "../dynamics/rows.ts";
import type { Entry } from "./exact.ts";
import { expansion } from "./expansion.ts";
import { graphValues } from "./graph-values.ts";
import type { NoiseGraph, NoiseProduct } from "./noise-graph.ts";
import { termsAlong } from "./sampled.ts";

/** Weights of all noise matrices that are not silent. */
export function noisyWeightCount({ products }: NoiseGraph): number {
  return matrices(products).reduce((sum, { rows, columns }) => sum + rows * columns, 0);
}

/** One per site, however often the equations multiply with it. */
function matrices(products: readonly NoiseProduct[]): readonly NoiseProduct[] {
  const loud = products.filter(({ deviation }) => deviation > 0);
  return [...new Map(loud.map((one) => [one.site, one])).values()];
}

/**
 * Terms of the loss of a batch from noise of the weights; `unit` of an entry is the row of the matrix.
 *
 *     P + Q = sum over weights of s^2 d^2 loss / d Xi_ij^2
 *
 * Cost: a second-order pass per weight and trial, O(d^4) per step.
 */
export function weightNoiseTerms(
  program: Program,
  graph: NoiseGraph,
  batch: TrialBatch,
  loss: Loss,
  visit: (entry: Entry) => void,
): void {
  const whole = expansion(program, graph);
  for (const { site, rows, columns, deviation } of matrices(graph.products)) {
    for (let row = 0; row < batch.batchSize; row++) {
      const trials = copies(batch, row, columns);
      const share = loss.weighting(trials).total / loss.weighting(batch).total;
      for (let unit = 0; unit < rows; unit++) {
        const direction = (other: string, x: Rows, size: number): Rows => {
          const data = new Float64Array(columns * size);
          if (other !== site) return rowsOf(data, size);
          const values = repeated(x, columns, columns).data;
          for (let j = 0; j < columns; j++) data[j * size + unit] = deviation * values[j * columns + j];
          return rowsOf(data, size);
        };
        const { p, q } = termsAlong(loss, trials, outputsAlong(whole, graph, trials, direction));
        visit({ row, step: null, site, unit, p: share * total(p), q: share * total(q) });
      }
    }
  }
}

/** Outputs of an expansion whose noise matrices are directions, one per trial, `[batch, time, output]` each. */
function outputsAlong(
  { graph, states, inputs, outputs }: Program,
  numbers: NoiseGraph,
  { batchSize, stepCount, inputSize, outputSize, input, initialState }: TrialBatch,
  direction: (site: string, x: Rows, size: number) => Rows,
): Record<string, Float64Array> {
  const found = Object.fromEntries(
    outputs.map(({ name }) => [name, new Float64Array(batchSize * stepCount * outputSize)]),
  );
  let current = new Map<NodeId, Rows>();
  if (initialState !== undefined) {
    const [{ leaf }] = states;
    current.set(leaf, repeated(rowsOf(Float64Array.from(initialState), 1), numbers.states[0].size));
  }
  for (let step = 0; step < stepCount; step++) {
    const held = rowsOf(Float64Array.from(input.subarray(step * inputSize, (step + 1) * inputSize)), inputSize);
    const value = graphValues(graph, numbers, new Map([...current, [inputs[0].leaf, held]]), direction);
    for (const { name, node } of outputs) {
      const { data } = repeated(value(node), outputSize, batchSize);
      for (let row = 0; row < batchSize; row++) {
        const own = data.subarray(row * outputSize, (row + 1) * outputSize);
        found[name].set(own, (row * stepCount + step) * outputSize);
      }
    }
    current = new Map(states.map(({ leaf, next }) => [leaf, value(next)]));
  }
  return found;
}

/** One trial of a batch, several times. */
function copies(batch: TrialBatch, row: number, count: number): TrialBatch {
  const { stepCount, inputSize, outputSize, input, mask, target, trials, lengths, initialState } = batch;
  const ofTrial = <Values extends Float32Array | Int32Array | Uint32Array>(values: Values, size: number): Values => {
    const all = new (values.constructor as new (length: number) => Values)(count * size);
    for (let i = 0; i < count; i++) all.set(values.subarray(row * size, (row + 1) * size), i * size);
    return all;
  };
  return {
    ...batch,
    batchSize: count,
    input: ofTrial(input, stepCount * inputSize),
    mask: ofTrial(mask, stepCount),
    trials: ofTrial(trials, 1),
    target:
      target.kind === "values"
        ? { kind: "values", values: ofTrial(target.values, stepCount * outputSize) }
        : { kind: "classes", classes: ofTrial(target.classes, stepCount) },
    ...(lengths === undefined ? {} : { lengths: ofTrial(lengths, 1) }),
    ...(initialState === undefined ? {} : { initialState: ofTrial(initialState, 1) }),
  };
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
