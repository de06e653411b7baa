/** How much disk runs will take: their files, encoded with made-up numbers. */
import { encodeParquet } from "../io/parquet.ts";
import { encodeUtf8 } from "../io/text.ts";
import { createNetwork } from "../network/network.ts";
import { losses } from "../train/losses/registry.ts";
import { metricsTable, type RunMetrics } from "./metrics.ts";
import type { RunSpec } from "./spec.ts";
import { encodeNetwork } from "./weights-file.ts";

/** What does not follow from the specification: the record of a run, and its line in a journal. */
const recordBytes = 1100;
const journalBytes = 320;
/** Findings of an analysis: most have some hundred rows. */
const findingsBytes = 20_000;

/** Files of a complete run, and their folder. */
export function filesOf({ evaluation }: Pick<RunSpec, "evaluation">): number {
  return evaluation?.analyses === undefined ? 5 : 6;
}

/**
 * Bytes of a run's files and its line in a journal, as lengths of files; a disk takes whole blocks.
 *
 * @param lossName the task's, where the training names none
 * @returns within a fifth of what a run takes that reaches its end; what analyses find is a rough guess
 * @complexity encodes weights once for every network, and metrics once for every training with its evaluation
 */
export function runBytes(lossName: (spec: RunSpec) => string): (spec: RunSpec) => number {
  const ofWeights = new WeakMap<object, number>();
  const ofMetrics = new WeakMap<object, WeakMap<object, number>>();
  return (spec) => {
    const { network, training, evaluation } = spec;
    const ofTraining = entry(ofMetrics, training, () => new WeakMap<object, number>());
    const metrics = entry(ofTraining, evaluation ?? training, () => metricsBytes(spec, lossName(spec)));
    const findings = findingsBytes * (evaluation?.analyses ?? []).length;
    return entry(ofWeights, network, () => networkBytes(spec)) + metrics + findings + recordBytes + journalBytes;
  };
}

function entry<Value>(map: WeakMap<object, Value>, key: object, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  map.set(key, value);
  return value;
}

/** Weights, and the specification, which hardly changes in length between runs that share a network. */
function networkBytes(spec: RunSpec): number {
  const network = createNetwork(spec.network);
  const numbers = spec.engine.precision === "float32" ? Float32Array : Float64Array;
  const initial = Object.entries(network.initialWeights(spec.seed)).map(([name, array]) => [name, numbers.from(array)]);
  return (
    encodeNetwork(spec, network, Object.fromEntries(initial)).length + encodeUtf8(JSON.stringify(spec, null, 2)).length
  );
}

function metricsBytes(spec: RunSpec, lossName: string): number {
  return encodeParquet(metricsTable(madeUp(spec, lossName)), { run: "0".repeat(64), title: "0".repeat(50) }).length;
}

/** As many numbers as the run will measure, of as many digits. */
function madeUp({ training, evaluation, seed }: RunSpec, lossName: string): RunMetrics {
  let state = seed % 2147483647 || 1;
  const number = (): number => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const rows = (count: number): undefined[] => Array.from({ length: count });
  const { updates, historyEvery, validation } = training;
  const isValues = losses.get(lossName).target === "values";
  return {
    history: {
      training: rows(updates === 0 ? 0 : 1 + Math.ceil((updates - 1) / historyEvery)).map((_, row) => ({
        update: row * historyEvery,
        loss: number(),
        activity: number(),
        gradientNorm: number(),
        learningRate: training.learningRate,
      })),
      validation: rows(validation === null ? 0 : Math.ceil(updates / validation.every)).map((_, row) => ({
        update: row,
        loss: number(),
        accuracy: number(),
      })),
    },
    sweep: (evaluation?.intensities ?? []).map((testIntensity) => {
      const repeats = evaluation?.repeats ?? 1;
      const tells = isValues && repeats > 1;
      return {
        seed,
        testIntensity,
        loss: number(),
        accuracy: isValues ? null : number(),
        biasSquared: tells ? number() : null,
        variance: tells ? number() : null,
        lossPerRepeat: rows(repeats).map(number),
      };
    }),
  };
}
