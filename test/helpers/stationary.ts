/** Stationary mean and variance of a unit, measured over independent units and trials on the back end of vector routines, in float64. */
import type { NetworkSpec } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import type { NoiseSourceInput } from "../../src/noise/contract.ts";
import { installBackends } from "../../src/platform/node/setup.ts";

installBackends();

export interface StationaryCase {
  readonly cell: "ctrnn" | "rate" | "lipschitz" | "elman";
  readonly noise: readonly NoiseSourceInput[];
  /** Time step in units of tau. */
  readonly dt: number;
  readonly activation?: string;
  /** Weight of a unit to itself; other weights are zero, so units are independent. */
  readonly self?: number;
  readonly bias?: number;
  readonly units?: number;
  readonly trials?: number;
  /** In units of tau. */
  readonly duration?: number;
  /** Time before the measurement, in units of tau. */
  readonly settling?: number;
  readonly stream?: number;
}

export interface Measured {
  readonly mean: number;
  readonly meanError: number;
  readonly variance: number;
  readonly varianceError: number;
  readonly deviation: number;
}

export async function stationary(setup: StationaryCase): Promise<Measured> {
  const { cell, noise, dt, activation = "relu", self = 0, bias = 0.3, stream = 0 } = setup;
  const { units = 64, trials = 16, duration = 30, settling = 8 } = setup;
  const timeStep = { ctrnn: "alpha", rate: "alpha", lipschitz: "step", elman: undefined }[cell];
  const settings: NetworkSpec["settings"] = { activation, ...(timeStep === undefined ? {} : { [timeStep]: dt }) };
  const dense = { name: "dense" };
  const network = createNetwork({
    cell,
    inputSize: 1,
    hiddenSize: units,
    outputSize: 1,
    settings,
    noise,
    parametrisations: { wRec: dense, ...(cell === "lipschitz" ? { wLinear: dense } : {}) },
  });
  const kernel = await network.kernel({ backend: "vector", precision: "float64" });
  const diagonal = (value: number): Float64Array =>
    new Float64Array(units * units).map((_, i) => (i % (units + 1) === 0 ? value : 0));
  const weights = {
    ...network.initialWeights(0),
    wRec: diagonal(self),
    wIn: new Float64Array(units).fill(1),
    bRec: new Float64Array(units).fill(bias),
    ...(cell === "lipschitz" ? { wLinear: diagonal(-1) } : {}),
  };
  const stepCount = Math.round(duration / dt);
  const first = Math.round(settling / dt) + 1;
  const perUnit: { first: number; second: number }[] = [];
  const { h } = kernel
    .forward({
      weights,
      batchSize: trials,
      stepCount,
      input: new Float64Array(trials * stepCount),
      trials: Uint32Array.from({ length: trials }, (_, trial) => trial),
      level: "trained",
      key: { seed: 1, stream },
      outputFrom: stepCount,
    })
    .states();
  for (let trial = 0; trial < trials; trial++) {
    const begin = trial * (stepCount + 1) * units;
    for (let n = 0; n < units; n++) {
      let [sum, squares] = [0, 0];
      for (let t = first; t <= stepCount; t++) {
        const value = h[begin + t * units + n];
        sum += value;
        squares += value ** 2;
      }
      const count = stepCount - first + 1;
      perUnit.push({ first: sum / count, second: squares / count });
    }
  }
  const average = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0) / values.length;
  const error = (values: readonly number[]): number => {
    const centre = average(values);
    return Math.sqrt(average(values.map((x) => (x - centre) ** 2)) / (values.length - 1));
  };
  const mean = average(perUnit.map((unit) => unit.first));
  const about = perUnit.map((unit) => unit.second - 2 * mean * unit.first + mean * mean);
  const variance = average(about);
  return {
    mean,
    meanError: error(perUnit.map((unit) => unit.first)),
    variance,
    varianceError: error(about),
    deviation: Math.sqrt(variance),
  };
}

/** Expectation of f(a + s z), z standard normal, by the trapezoid rule (error below 1e-6 for the functions used here). */
export function gaussianMean(f: (x: number) => number, a: number, s: number): number {
  const step = 0.001;
  let total = 0;
  for (let z = -9; z <= 9; z += step) total += f(a + s * z) * Math.exp((-z * z) / 2);
  return (total * step) / Math.sqrt(2 * Math.PI);
}
