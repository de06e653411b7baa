/** Published models of sequential MNIST: one preset for digits in reading order and one for permuted digits each. */
import { resolvedOptions } from "../../core/options.ts";
import { presets as noisePresets } from "../../noise/presets.ts";
import type { RunInput } from "../run-schema.ts";
import type { Preset } from "./contract.ts";

type Network = NonNullable<RunInput["network"]>;
type Training = NonNullable<RunInput["training"]>;
type Shown = RunInput["task"];

/** A number for each of the two tasks. */
interface Both<Value> {
  readonly ordered: Value;
  readonly permuted: Value;
}
const orders = ["ordered", "permuted"] as const;

/** PyTorch's `Linear` from units to classes. */
const linearReadout = {
  wOut: { name: "uniform-fan-in" },
  bOut: { name: "uniform-fan-in", fan: "hidden" },
} as const;

/** 58000 digits for training and 2000 for validation, as the code of the Lipschitz and the noisy RNN splits and shows them. */
const splitOf2000: Both<Shown> = {
  ordered: { name: "mnist-sequential", split: "numpy-1234" },
  permuted: { name: "mnist-sequential", split: "numpy-1234", permutation: "randperm-12008", scale: "raw" },
};

/** Adam, 100 epochs of 58000 digits in batches of 128, the rate a tenth in the last ten, no clipping. */
function hundredEpochs(learningRate: number): Training {
  return {
    updates: Math.ceil((100 * 58_000) / 128),
    batchSize: 128,
    optimiser: { name: "adam" },
    learningRate,
    schedule: { name: "step", first: 0.9, factor: 0.1 },
    clipNorm: null,
  };
}

/** Adam, 120 epochs of 57000 digits, the rate a tenth in the last twenty; the best of a validation per epoch counts. */
function hundredTwentyEpochs(batchSize: number, learningRate: number, clipNorm: number | null): Training {
  return {
    updates: Math.ceil((120 * 57_000) / batchSize),
    batchSize,
    optimiser: { name: "adam" },
    learningRate,
    schedule: { name: "step", first: 100 / 120, factor: 0.1 },
    clipNorm,
    validation: { every: Math.ceil(57_000 / batchSize), trials: 3000, level: "zero" },
    keepBest: true,
  };
}

const readInCode = (repository: string): string => `read in the published code, ${repository}`;
const noisyRnnCode = `${readInCode("erichson/NoisyRNN (tuning_robust.txt, models.py, get_data.py)")}; its raw pixels for permuted digits, too`;
const testSelection =
  "it trains on all 60000 digits and reports the best test accuracy: here 2000 are kept for validation and the last network counts";

interface Model {
  readonly name: string;
  readonly title: string;
  readonly references: readonly string[];
  readonly source: string;
  readonly options?: Preset["options"];
  readonly task: Both<Shown>;
  network(order: (typeof orders)[number], options: Readonly<Record<string, number>>): Network;
  training(order: (typeof orders)[number]): Training;
}

const skewRnn = {
  wIn: { name: "uniform-fan-in" },
  bRec: { name: "uniform-fan-in", fan: "input" },
  wRec: { name: "normal-over-size", scale: 0.1 },
  ...linearReadout,
} as const;

const damped = { name: "symmetric-skew", beta: 0.75, gamma: 0.001 } as const;

const orthogonalTask: Both<Shown> = {
  ordered: "mnist-sequential",
  permuted: { name: "mnist-sequential", permutation: "numpy-92916" },
};

/** RMSprop, 70 epochs of 58000 digits, the skew matrix at a tenth of the rate. */
const seventyEpochs: Training = {
  updates: Math.ceil((70 * 58_000) / 128),
  batchSize: 128,
  optimiser: { name: "rmsprop" },
  learningRate: 7e-4,
  learningRates: { wRec: 7e-5 },
  clipNorm: null,
};

const models: readonly Model[] = [
  {
    name: "lipschitz",
    title: "Lipschitz RNN, the baseline of the noisy RNN",
    references: ["erichson2021", "lim2021"],
    source: noisyRnnCode,
    task: splitOf2000,
    network: () => ({
      cell: "lipschitz",
      hiddenSize: 128,
      settings: { step: 0.03 },
      parametrisations: { wLinear: damped, wRec: damped },
      initialisers: linearReadout,
    }),
    training: (order) => hundredEpochs({ ordered: 0.003, permuted: 0.0035 }[order]),
  },
  {
    name: "nrnn",
    title:
      "noisy RNN with sigma 0.02 (low noise) or 0.05 (high noise), 0 and mu 0 for the control that was not published",
    references: ["lim2021"],
    source: noisyRnnCode,
    options: {
      sigma: { type: "number", default: 0.02, from: 0, remedy: "the published runs take 0.02 and 0.05" },
      mu: { type: "number", default: 0.02, from: 0, to: 1, remedy: "the published runs take 0.02" },
    },
    task: splitOf2000,
    network: (_, options) => ({
      ...noisePresets.get("noisyrnn-code").network(options),
      hiddenSize: 128,
      parametrisations: { wLinear: damped, wRec: damped },
      initialisers: linearReadout,
    }),
    training: () => hundredEpochs(0.001),
  },
  {
    name: "antisymmetric",
    title: "antisymmetric RNN, the baseline of the noisy RNN",
    references: ["chang2019", "lim2021"],
    source: `${noisyRnnCode}; a full matrix is trained, of which the skew part counts`,
    task: splitOf2000,
    network: () => ({
      cell: "antisymmetric",
      hiddenSize: 128,
      settings: { step: 0.01 },
      parametrisations: { wRec: { name: "symmetric-skew", beta: 1, gamma: 0.0001 } },
      initialisers: skewRnn,
    }),
    training: () => hundredEpochs(0.002),
  },
  {
    name: "cornn",
    title: "coRNN",
    references: ["rusch2021"],
    source: `${readInCode("tk-rusch/coRNN")}; the best validation loss counts, there the best validation accuracy`,
    task: {
      ordered: { name: "mnist-sequential", validationTrials: 3000 },
      permuted: { name: "mnist-sequential", validationTrials: 3000, permutation: "randperm-12008" },
    },
    network: (order) => ({
      cell: "cornn",
      hiddenSize: 256,
      settings: {
        ordered: { step: 0.042, gamma: 2.7, epsilon: 4.7 },
        permuted: { step: 0.076, gamma: 0.4, epsilon: 8 },
      }[order],
      initialisers: linearReadout,
    }),
    training: (order) => hundredTwentyEpochs(120, { ordered: 0.0021, permuted: 0.0054 }[order], null),
  },
  {
    name: "lem",
    title: "LEM",
    references: ["rusch2022"],
    source: `${readInCode("tk-rusch/LEM")}; the best validation loss counts, there the best validation accuracy`,
    task: {
      ordered: { name: "mnist-sequential", validationTrials: 3000 },
      permuted: { name: "mnist-sequential", validationTrials: 3000, permutation: "randperm-5544" },
    },
    network: (order) => ({
      cell: "lem",
      hiddenSize: 128,
      settings: { step: { ordered: 0.21, permuted: 0.31 }[order] },
      initialisers: { wOut: { name: "normal", gain: Math.SQRT2 }, bOut: linearReadout.bOut },
    }),
    training: (order) =>
      hundredTwentyEpochs(128, { ordered: 0.0018, permuted: 0.0073 }[order], { ordered: 1, permuted: 1.1 }[order]),
  },
  {
    name: "exprnn",
    title: "expRNN",
    references: ["lezcano2019"],
    source: `${readInCode("Lezcano/expRNN")}; ${testSelection}; its readout's start is ours`,
    task: orthogonalTask,
    network: () => ({ cell: "exprnn", hiddenSize: 170 }),
    training: () => seventyEpochs,
  },
  {
    name: "dtriv",
    title: "expRNN with re-basing every 100 updates",
    references: ["lezcano2019trivializations"],
    source: `${readInCode("Lezcano/expRNN")}; ${testSelection}; its readout's start is ours`,
    task: orthogonalTask,
    network: () => ({
      cell: "exprnn",
      hiddenSize: 170,
      parametrisations: { wRec: { name: "orthogonal", rebase: 100, project: 100 } },
    }),
    training: () => seventyEpochs,
  },
];

export const sequentialMnist: readonly Preset[] = models.flatMap((model) =>
  orders.map((order) => ({
    name: `${model.name}-${order}-mnist`,
    summary: `${model.title}, on MNIST pixel by pixel, ${order}`,
    references: model.references,
    source: model.source,
    options: model.options ?? {},
    input: (given) => {
      const options = resolvedOptions(`preset ${model.name}-${order}-mnist`, model.options ?? {}, given);
      return {
        task: model.task[order],
        network: model.network(order, options as Readonly<Record<string, number>>),
        training: model.training(order),
      };
    },
  })),
);
