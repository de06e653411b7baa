/** What a network is: a cell, its noise and a readout, as frozen data; weights are kept apart. */
import type { Choice } from "../cell/cell.ts";
import type { Program } from "../cell/program.ts";
import type { Scheme } from "../cell/schemes/contract.ts";
import type { KernelOptions, NoiseCall, Precision, RealArray } from "../engine/contract.ts";
import type { NoiseSource, NoiseSourceInput } from "../noise/contract.ts";
import type { LeafNoise } from "../noise/sources.ts";

/** Everything that defines a network except its weights; serialisable as JSON. */
export interface NetworkSpec {
  /** Name in the cell registry, or the name of a cell passed to `createNetwork`. */
  readonly cell: string;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly outputSize: number;
  /** Cell settings; missing ones take the cell's defaults. */
  readonly settings: Readonly<Record<string, number | string>>;
  /** Integration scheme of a cell with a drift, a name of `schemes`; absent: the cell's own, Euler-Maruyama if it has none. */
  readonly scheme?: string;
  /**
   * Where the duration of each step comes from, for a cell with a drift. "last-input": the last input channel, in units of
   * the time step, which the cell itself does not see; padding lasts no time. Absent: every step lasts the time step.
   */
  readonly durations?: "last-input";
  /** The noise it is trained with. */
  readonly noise: readonly NoiseSource[];
  /** Parametrisation per parameter with all its options, e.g. `{ wRec: { name: "dale", excitatory: 0.8 } }`. */
  readonly parametrisations: Readonly<Record<string, Choice>>;
  /** Initialiser per parameter with all its options, e.g. `{ wRec: { name: "normal", gain: 0.9, fan: null } }`. */
  readonly initialisers: Readonly<Record<string, Choice>>;
  readonly readout: {
    /** "every": output at each step; "last": only the last step is read (others are not computed). */
    readonly from: "every" | "last";
    readonly bias: boolean;
    /** Activation of the outputs, a name of `activations`; "linear" for none. */
    readonly activation: string;
  };
}

/**
 * What a user writes: everything but cell and sizes has a default.
 *
 * Settings, parametrisations and initialisers default to the cell's own, noise to none, the readout to every step with
 * a bias. Parameters that are not named keep their defaults.
 */
export interface NetworkOptions {
  readonly cell: string;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly outputSize: number;
  readonly settings?: NetworkSpec["settings"];
  readonly scheme?: string;
  readonly durations?: NetworkSpec["durations"];
  readonly noise?: readonly NoiseSourceInput[];
  readonly parametrisations?: NetworkSpec["parametrisations"];
  readonly initialisers?: NetworkSpec["initialisers"];
  readonly readout?: Partial<NetworkSpec["readout"]>;
}

/** Trainable arrays by name (`wRec`, `wIn`, `bRec`, `wOut`, `bOut`, ...), `[post, pre]` row-major. */
export type Weights = Readonly<Record<string, RealArray>>;

/** Intensity at evaluation, per noise source. */
export type NoiseLevel =
  /** As trained. */
  | "trained"
  /** All sources off. */
  | "zero"
  /** Every source's trained intensity times this factor. */
  | { readonly factor: number }
  /** Absolute intensity per site of the specification, in the unit of its scaling; sites not named stay as trained. */
  | { readonly sites: Readonly<Record<string, number>> };

/** Address of the noise of one call: (seed, stream) here, trial and step from the batch. */
export interface NoiseKey {
  /** Integer in 0..2^53-1. */
  readonly seed: number;
  /** Which independent stream, 0..2^32-1, e.g. a repeat of an evaluation. */
  readonly stream: number;
}

export interface NetworkCall {
  readonly weights: Weights;
  readonly batchSize: number;
  readonly stepCount: number;
  /** `[batch, time, inputSize]`. */
  readonly input: RealArray;
  readonly trials: Uint32Array;
  readonly level: NoiseLevel;
  readonly key: NoiseKey;
  /** Every draw with the opposite sign, default false; the other half of an antithetic pair. Not for bernoulli. */
  readonly mirrored?: boolean;
  /**
   * Step that the first step of the call is in its trial, default 0: a sequence cut in two calls, the second with the
   * final states of the first as initial states, gets the noise of the whole.
   */
  readonly firstStep?: number;
  /** First step whose output is needed (earlier outputs are left 0); default 0, or the last step for `readout.from: "last"`. */
  readonly outputFrom?: number;
  /**
   * Initial value of each state, `[batch, size]`. When absent: zeros for the cell's own states, a draw from the
   * stationary law for the states of coloured noise. A coloured noise that is silent at the level starts at zero.
   */
  readonly initialState?: Readonly<Record<string, RealArray>>;
}

/** Cotangents of what a forward pass returned. */
export interface OutputCotangent {
  /** `[batch, time, outputSize]`; steps before the first computed output do not count. */
  readonly output: RealArray;
  /** Cotangent of `activity`, the same for every sample and computed step (activity regulariser); default 0. */
  readonly activity?: number;
}

export interface NetworkForward {
  /** `[batch, time, outputSize]`, fresh, owned by the caller. */
  readonly output: RealArray;
  /** Sum over units of the squared rate, `[batch, time]`. */
  readonly activity: RealArray;
  /** State trajectories, `[batch, time + 1, size]` each, index 0 = initial state; copied at the call. Valid until the next forward. */
  states(): Readonly<Record<string, RealArray>>;
  /** Gradient with respect to every trainable array; valid until the next forward. */
  backward(cotangent: OutputCotangent): Weights;
  /** As `backward`, and with respect to input and initial state. */
  backwardAll(cotangent: OutputCotangent): {
    readonly weights: Weights;
    readonly input: RealArray;
    readonly initialState: Readonly<Record<string, RealArray>>;
  };
}

export interface NetworkTangent {
  readonly output: RealArray;
  readonly activity: RealArray;
  readonly outputTangent: RealArray;
  readonly activityTangent: RealArray;
  states(): Readonly<Record<string, RealArray>>;
  stateTangents(): Readonly<Record<string, RealArray>>;
  /** Tangent of the gradient: exact Hessian-vector product once the loss's own cotangents and their tangents are given. */
  backward(
    cotangent: OutputCotangent,
    cotangentTangent: OutputCotangent,
  ): {
    readonly gradient: Weights;
    readonly gradientTangent: Weights;
    /** Tangent of the gradient with respect to the initial state, `[batch, size]` each. */
    readonly initialStateTangent: Readonly<Record<string, RealArray>>;
  };
}

/** Direction of a tangent; what is absent is zero. */
export interface NetworkDirection {
  readonly weights?: Weights;
  readonly input?: RealArray;
  readonly initialState?: Readonly<Record<string, RealArray>>;
}

/** Forward passes of several networks of one architecture. */
export interface NetworkStack {
  /** Member i has the bits of `forward(calls[i])`. */
  readonly members: readonly NetworkForward[];
  /** Gradients of all members in one call of the engine. */
  backward(cotangents: readonly OutputCotangent[]): readonly Weights[];
}

/** How a network is run; of these only back end and precision can change numbers. */
export interface NetworkKernelOptions extends KernelOptions {
  readonly precision: Precision;
  /** Default: the fastest here that has the precision. */
  readonly backend?: string | undefined;
}

/** A network compiled for one back end and precision. Calls are synchronous and not re-entrant. */
export interface NetworkKernel {
  readonly backend: string;
  /** Instruction set that it computes with, e.g. "avx512"; it can change the last bits. */
  readonly variant: string;
  readonly precision: Precision;
  /** Threads that share the trials of a call. */
  readonly threads: number;
  forward(call: NetworkCall, keep?: boolean): NetworkForward;
  /**
   * Forward passes of several networks of this architecture in one call of the engine. The calls agree in batch size,
   * steps and first output; weights, data and noise are each one's own.
   */
  forwardStack(calls: readonly NetworkCall[], keep?: boolean): NetworkStack;
  /** `keep`: needed for `NetworkTangent.backward`. */
  tangent(call: NetworkCall, direction: NetworkDirection, keep?: boolean): NetworkTangent;
  /** Ends the threads of the kernel, which then refuses every call. A kernel of one thread need not be closed. */
  close(): void;
}

/** One step of a network as a graph, with the numbers that are not weights. */
export interface NetworkEquations {
  readonly program: Program;
  /** Size of each named axis of the program. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Value of each numeric setting of the program, at the trained noise level (`deviationSettings` has other levels). */
  readonly settings: Readonly<Record<string, number>>;
  /** Time of a step in units of the time constant; undefined for a map. */
  readonly timeStep: number | undefined;
  /** How a drift became the step, and the setting that holds its length; absent for a cell that gives its step. */
  readonly integration?: { readonly timeStep: string; readonly scheme: Scheme };
}

export interface Network {
  readonly spec: NetworkSpec;
  /** What analyses of the equations themselves read. */
  readonly equations: NetworkEquations;
  /** Shape of every array of the weights, in a fixed order. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** How many numbers training may change. */
  readonly parameterCount: number;
  /**
   * Arrays that no optimiser changes, weight decay included: what is not trained, and the bases of parametrisations
   * (`wRecBase`), which `rebased` moves. Their gradient is zero.
   */
  readonly frozen: readonly string[];
  /** Size of every state vector: the cell's own first, then `noise:<site>` for coloured noise. */
  readonly states: Readonly<Record<string, number>>;
  /** What the noise comes to, per place that it enters: per-step deviation per unit of intensity, effect of the time step. */
  readonly noise: readonly LeafNoise[];
  /** Keys of docs/references.bib for the cell and noise used. */
  readonly references: readonly string[];
  /** The network with other options, made with the same cell, parametrisations and initialisers of one's own. */
  changed(options: Partial<NetworkOptions>): Network;
  /** Fresh weights; a pure function of the seed. */
  initialWeights(seed: number): Weights;
  /** Matrices as the cell sees them (after their parametrisations). */
  effectiveWeights(weights: Weights): Weights;
  /**
   * Weights with which training goes on after an update: the same effective matrices, where a parametrisation is due to
   * be re-based from a new base; else the weights themselves.
   *
   * @param updates made so far, this one included
   */
  rebased(weights: Weights, updates: number): Weights;
  /** Law and per-step intensity of every noise leaf of the program at a level. */
  noiseAt(level: NoiseLevel): NoiseCall["sites"];
  /**
   * The network ready to run, on the back end named or else the fastest here that has the precision.
   *
   * @throws ParameterError for an unknown back end, CapabilityError for one that cannot do it
   */
  kernel(options: NetworkKernelOptions): Promise<NetworkKernel>;
}
