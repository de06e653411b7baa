/** Which networks the study of noise preference trains, and on what. */
import type { RunInput } from "../input.ts";

/** "quick": minutes on a laptop; "full": wider networks, longer training, more intensities and a second activation. */
export type Extent = "quick" | "full";

/** What the networks of one group share; the seed tells them apart. */
export interface Condition {
  readonly task: string;
  readonly cell: string;
  readonly site: string;
  readonly activation: string;
  readonly trainIntensity: number;
}

export interface PlannedRun {
  readonly condition: Condition;
  readonly seed: number;
  readonly input: RunInput;
}

/** How one task is used: everything that is a choice of ours and no one else's. */
export interface TaskPlan {
  readonly task: string;
  /** For people: of the task, and of its loss with the unit. */
  readonly title: string;
  readonly loss: string;
  /** Where data come from; absent for a task that needs none. */
  readonly dataset?: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly activations: readonly string[];
  readonly hiddenSize: number;
  readonly trainIntensities: readonly number[];
  readonly updates: number;
  /** Trials of the test split, and noise draws of each. */
  readonly test: { readonly trials: number; readonly repeats: number };
}

/** Where noise enters. */
export const sites = ["inside", "outside"] as const;
export const cell = "ctrnn";
/** dt / tau: a trial of 30 steps lasts 6 time constants. */
export const alpha = 0.2;

/** Points of the training history that are kept of a run. */
const historyPoints = 50;

/**
 * Function approximation counts the last six of 30 steps, a choice that matters: an earlier window gives smaller
 * preference ratios. The output has not settled by then: trained networks keep a transient that is right at the steps
 * that count.
 */
const functionOptions = { target: "sin-pi", stepCount: 30, scoredFrom: 0.8 } as const;

export const taskPlans: Readonly<Record<Extent, readonly TaskPlan[]>> = {
  quick: [
    {
      task: "function-approximation",
      title: "Function approximation",
      loss: "mean squared error",
      options: functionOptions,
      activations: ["relu"],
      hiddenSize: 20,
      trainIntensities: [0, 0.1, 0.5, 1],
      updates: 1000,
      test: { trials: 41, repeats: 32 },
    },
    {
      task: "mnist-rows",
      title: "MNIST by rows",
      loss: "cross-entropy (nats)",
      dataset: "mnist",
      options: {},
      activations: ["relu"],
      hiddenSize: 64,
      trainIntensities: [0.5, 1],
      updates: 600,
      test: { trials: 1000, repeats: 2 },
    },
    {
      task: "ecg5000",
      title: "ECG5000 heartbeats",
      loss: "cross-entropy (nats)",
      dataset: "ecg5000",
      options: { samplesPerStep: 5 },
      activations: ["relu"],
      hiddenSize: 32,
      trainIntensities: [0.5, 1],
      updates: 500,
      test: { trials: 1000, repeats: 2 },
    },
  ],
  full: [
    {
      task: "function-approximation",
      title: "Function approximation",
      loss: "mean squared error",
      options: functionOptions,
      activations: ["relu", "softplus"],
      hiddenSize: 64,
      trainIntensities: [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1],
      updates: 3000,
      test: { trials: 41, repeats: 64 },
    },
    {
      task: "mnist-rows",
      title: "MNIST by rows",
      loss: "cross-entropy (nats)",
      dataset: "mnist",
      options: {},
      activations: ["relu"],
      hiddenSize: 128,
      trainIntensities: [0, 0.5, 1, 2],
      updates: 4000,
      test: { trials: 2000, repeats: 8 },
    },
    {
      task: "ecg5000",
      title: "ECG5000 heartbeats",
      loss: "cross-entropy (nats)",
      dataset: "ecg5000",
      options: { samplesPerStep: 5 },
      activations: ["relu"],
      hiddenSize: 64,
      trainIntensities: [0, 0.5, 1, 2],
      updates: 2000,
      test: { trials: 4000, repeats: 8 },
    },
  ],
};

export const defaultSeeds: Readonly<Record<Extent, number>> = { quick: 5, full: 10 };

/** Training that all networks share. */
export const training = {
  batchSize: 64,
  optimiser: { name: "adam" },
  learningRate: 3e-3,
  schedule: { name: "step", first: 0.7, every: 1, factor: 0.2 },
  clipNorm: 1,
} as const;

/**
 * Every network of the study, seeds innermost.
 *
 * A network with intensity 0 is trained without noise, and yet swept at its site: the control that tells a preference
 * from stochastic resonance.
 *
 * @param seeds how many networks per condition, >= 1; their seeds are 0, 1, ...
 * @param tasks those whose data are at hand
 */
export function noisePreferencePlan(extent: Extent, seeds: number, tasks: readonly string[]): readonly PlannedRun[] {
  return taskPlans[extent]
    .filter(({ task }) => tasks.includes(task))
    .flatMap((plan) =>
      conditionsOf(plan).flatMap((condition) =>
        Array.from({ length: seeds }, (_, seed) => ({ condition, seed, input: inputOf(plan, condition, seed) })),
      ),
    );
}

function conditionsOf({ task, activations, trainIntensities }: TaskPlan): Condition[] {
  return activations.flatMap((activation) =>
    sites.flatMap((site) =>
      trainIntensities.map((trainIntensity) => ({ task, cell, site, activation, trainIntensity })),
    ),
  );
}

function inputOf(plan: TaskPlan, { site, activation, trainIntensity }: Condition, seed: number): RunInput {
  return {
    task: { name: plan.task, ...plan.options },
    network: {
      cell,
      hiddenSize: plan.hiddenSize,
      settings: { alpha, activation },
      noise: [{ site, intensity: trainIntensity }],
    },
    training: { ...training, updates: plan.updates, historyEvery: Math.ceil(plan.updates / historyPoints) },
    evaluation: { site, ...plan.test },
    seed,
  };
}
