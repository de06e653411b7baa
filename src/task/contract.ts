/**
 * What a task is: a generator of trials with a mask and a ground truth.
 *
 * Arrays are batch first, row-major: `input[(b * stepCount + t) * inputSize + i]`.
 */

export type Split = "train" | "validation" | "test";

/** What the network's output is compared with. */
export type Target =
  /** Values to be approximated, `[batch, time, outputSize]`. */
  | { readonly kind: "values"; readonly values: Float32Array }
  /** One class index in 0..outputSize-1 per trial and step, `[batch, time]`; only masked steps count. */
  | { readonly kind: "classes"; readonly classes: Int32Array };

export interface TrialBatch {
  readonly batchSize: number;
  readonly stepCount: number;
  readonly inputSize: number;
  readonly outputSize: number;
  /** `[batch, time, inputSize]`. */
  readonly input: Float32Array;
  readonly target: Target;
  /** Weight of each step in the loss, `[batch, time]`, >= 0; 0 = does not count. */
  readonly mask: Float32Array;
  /** Identity of each trial, `[batch]`: the index that its random numbers are a function of. */
  readonly trials: Uint32Array;
  /** What each trial shows, one column per condition variable, `[batch]` each. */
  readonly conditions: Readonly<Record<string, ArrayLike<number>>>;
  /** Weight of each output channel in the loss, `[outputSize]`, >= 0; absent = 1 for all. */
  readonly channelWeights?: Float32Array;
  /** Steps of each trial, `[batch]`; absent = all have `stepCount`. What follows is padding: input 0, mask 0. */
  readonly lengths?: Uint32Array;
  /** Value that every unit of the cell's first state starts at, `[batch]`; absent = 0. */
  readonly initialState?: Float32Array;
  /** Which of the task's `parts` each trial belongs to, `[batch]`; present when the task has parts. */
  readonly parts?: Uint16Array;
  /** What came of each trial, `[batch]` by the names of the task's `outcomes`; only of trials that were played. */
  readonly outcomes?: Readonly<Record<string, Float64Array>>;
}

/**
 * Trials whose inputs follow from the network's own outputs, played beside each other step by step: a closed loop.
 *
 * For t in 0..stepCount-1: `observe`, one step of the network, `act`; then `played`.
 */
export interface Environment {
  readonly stepCount: number;
  /** As in a batch; `played` gives the same. */
  readonly initialState?: Float32Array;
  /** Input of the current step, `[batch, inputSize]`, fresh. */
  observe(): Float32Array;
  /** Takes the outputs of the current step, `[batch, outputSize]`, and moves on. */
  act(output: ArrayLike<number>): void;
  /** The trials as they went: inputs that were observed, the ground truth of the states that were visited, outcomes. */
  played(): TrialBatch;
}

/** A stretch of a trial with one meaning. Times in ms from trial start. */
export interface Period {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface Channel {
  readonly name: string;
  readonly meaning: string;
}

/** A task with its options fixed and its data loaded: a pure function from trial indices to trials. */
export interface Task {
  readonly name: string;
  /** The resolved options: a task is reproduced from its name and these. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputSize: number;
  readonly outputSize: number;
  /** Steps of the longest trial. */
  readonly stepCount: number;
  /** Duration of a step in ms. */
  readonly dt: number;
  /** Name of the loss that fits the target. */
  readonly loss: "mean-squared-error" | "squared-error-per-step" | "cross-entropy" | "hinge";
  readonly inputs: readonly Channel[];
  readonly outputs: readonly Channel[];
  readonly periods: readonly Period[];
  /** How many different trials a split has; Infinity for a generator. */
  trialCount(split: Split): number;
  /**
   * The trials with the given indices. Generators draw each trial from (seed, split, index);
   * data sets take row `index mod trialCount`, in an order that depends on the seed for the training split.
   * The same arguments give the same bits on every machine.
   */
  batch(split: Split, indices: Uint32Array, seed: number): TrialBatch;
  /** Readout that the task's outputs ask for, when it is not linear; a network may choose another. */
  readonly readout?: { readonly activation: string };
  /** Names of the tasks that this one is made of, when results are to be told apart by them. */
  readonly parts?: readonly string[];
  /** How trials with value targets are judged: whether each is solved, `[batch]`, 1 or 0; results call its mean accuracy. */
  readonly judge?: {
    /** What being solved means, a clause. */
    readonly meaning: string;
    solved(output: ArrayLike<number>, batch: TrialBatch): Uint8Array;
  };
  /** A closed loop: trials are played, and `batch` shows them as an expert plays them. */
  readonly environment?: (split: Split, indices: Uint32Array, seed: number) => Environment;
  /** Numbers that playing gives for each trial besides the loss. */
  readonly outcomes?: readonly { readonly name: string; readonly meaning: string }[];
}

/** A member of the task registry. */
export interface TaskDefinition<Options = Record<string, unknown>> {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  /** Default options; every option appears here. */
  readonly defaults: Readonly<Options>;
  /** Files the task reads, by data set name ("mnist", "ecg5000"), or none. */
  readonly dataset?: string;
  /**
   * @throws ParameterError for an option out of range or unknown.
   * @throws CapabilityError when the data cannot be had; its remedy says how to get it.
   */
  create(options: Partial<Options>, resources: TaskResources): Promise<Task>;
}

/** A file of a data set, uncompressed and verified. */
export interface DataFile {
  /** Its bytes, as they were before any compression. */
  readonly bytes: Uint8Array;
  /** Where they came from: for messages, and its ending says the format (a data set may be stored in several). */
  readonly file: string;
}

/** What tasks need from the outside; injected by the platform. */
export interface TaskResources {
  /**
   * A file of a data set by the names of `datasets`, e.g. `dataset("mnist", "train-images-idx3-ubyte")`.
   * @throws CapabilityError when it is nowhere to be had. @throws FormatError when it is damaged.
   */
  dataset(name: string, file: string): Promise<DataFile>;
  /** Bytes of a user's own file. @throws ParameterError when there is none. */
  file(path: string): Promise<Uint8Array>;
}
