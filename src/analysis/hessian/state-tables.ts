/** What the analysis `hessian` says of Hessians of the state. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Finding, FindingTable } from "../contract.ts";
import { type LossName, lossColumn } from "../loss-surface/surfaces.ts";
import { meanWithError } from "../statistics/mean-with-error.ts";
import type { StateHessian } from "./state-hessian.ts";

interface MeasuredStates {
  readonly loss: LossName;
  readonly states: readonly StateHessian[];
}

export function stateNumbers(states: readonly StateHessian[], suffix: string, of: string): Finding[] {
  if (states.length === 0) return [];
  const spectra = states.map(({ matrix }) => eigenvaluesOfSymmetric(matrix));
  const summary = (name: string, meaning: string, value: (values: Float64Array) => number): Finding[] => {
    const { mean, error } = meanWithError(spectra.map(value));
    return [
      {
        name: `${name}${suffix}`,
        meaning: `${meaning} of the Hessian of the state${of}, mean over trials`,
        value: mean,
      },
      {
        name: `${name}${suffix}Error`,
        meaning: "its standard error over trials",
        value: states.length > 1 ? error : null,
      },
    ];
  };
  return [
    ...summary("stateLargestEigenvalue", "largest eigenvalue", (values) => values[0]),
    ...summary("stateTrace", "trace", (values) => values.reduce((sum, value) => sum + value, 0)),
  ];
}

export function stateTable(measured: readonly MeasuredStates[]): FindingTable {
  return {
    name: "state",
    meaning: "Hessian of each trial's loss with respect to its hidden state after a step.",
    columns: [
      lossColumn,
      { name: "trial", meaning: "number of the trial" },
      { name: "step", meaning: "step after which the state is taken, from 0" },
      { name: "largest", meaning: "largest eigenvalue" },
      { name: "smallest", meaning: "smallest eigenvalue" },
      { name: "trace", meaning: "trace" },
    ],
    rows: measured.flatMap(({ loss, states }) =>
      states.map(({ trial, step, matrix }) => {
        const values = eigenvaluesOfSymmetric(matrix);
        const trace = values.reduce((sum, value) => sum + value, 0);
        return { loss, trial, step, largest: values[0], smallest: values[values.length - 1], trace };
      }),
    ),
  };
}

export function meanStateTable(measured: readonly MeasuredStates[]): FindingTable {
  return {
    name: "state-mean",
    meaning:
      "Eigenvalues of the mean over trials of the Hessian of the state: of one shift of the states of all trials.",
    columns: [lossColumn, { name: "rank", meaning: "1 is the largest" }, { name: "eigenvalue", meaning: "eigenvalue" }],
    rows: measured.flatMap(({ loss, states }) => {
      if (states.length === 0) return [];
      const mean = new Float64Array(states[0].matrix.length);
      for (const { matrix } of states) for (let i = 0; i < mean.length; i++) mean[i] += matrix[i] / states.length;
      return Array.from(eigenvaluesOfSymmetric(mean), (eigenvalue, i) => ({ loss, rank: i + 1, eigenvalue }));
    }),
  };
}

/** Largest first. */
function eigenvaluesOfSymmetric(matrix: Float64Array): Float64Array {
  const size = Math.sqrt(matrix.length);
  const symmetric = matrix.map((value, i) => (value + matrix[(i % size) * size + Math.floor(i / size)]) / 2);
  const { realEigenvalues } = new EigenvalueDecomposition(Matrix.from1DArray(size, size, symmetric), {
    assumeSymmetric: true,
  });
  return Float64Array.from(realEigenvalues).sort((a, b) => b - a);
}
