/** What a back end does: run the scans of a cell program over whole sequences. */
import type { Program } from "../cell/program.ts";
import type { LawName } from "../core/random.ts";

export type RealArray = Float32Array | Float64Array;
export type Precision = "float32" | "float64";

export type { LawName };

export interface NoiseCall {
  /** Integer in 0..2^53-1. */
  readonly seed: number;
  readonly stream: number;
  /** Trial identity per batch entry, `[batch]`. */
  readonly trials: Uint32Array;
  /** Step index of the first step of this call; 0 for a whole sequence. */
  readonly firstStep: number;
  /** Law and per-step intensity of each noise leaf of the program, by site; a site that is absent is silent. */
  readonly sites: Readonly<Record<string, { readonly law: LawName; readonly intensity: number }>>;
  /** Every draw with the opposite sign, default false; not for bernoulli, whose two values are not opposite. */
  readonly mirrored?: boolean;
}

/** One call on whole sequences. Arrays are batch first, row-major. */
export interface SequenceCall {
  readonly batchSize: number;
  readonly stepCount: number;
  /** Size of each named axis. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Numeric settings of the program. */
  readonly settings: Readonly<Record<string, number>>;
  /** Effective parameters, row-major `[post, pre]` or `[unit]`. */
  readonly parameters: Readonly<Record<string, RealArray>>;
  /** `[batch, time, size]` per input. */
  readonly inputs: Readonly<Record<string, RealArray>>;
  /** `[batch, size]` per state; zeros when absent. */
  readonly initialState: Readonly<Record<string, RealArray>>;
  readonly noise: NoiseCall;
  /** First step whose outputs are computed; outputs before it are 0. */
  readonly outputFrom: number;
}

export interface Cotangents {
  /** `[batch, time, size]` per program output; absent = zero. */
  readonly outputs: Readonly<Record<string, RealArray>>;
}

export interface Gradients {
  readonly parameters: Readonly<Record<string, RealArray>>;
  /** Of inputs and initial states: present when asked for (`want.inputs`). */
  readonly inputs: Readonly<Record<string, RealArray>>;
  readonly initialState: Readonly<Record<string, RealArray>>;
}

export interface Directions {
  readonly parameters: Readonly<Record<string, RealArray>>;
  readonly inputs: Readonly<Record<string, RealArray>>;
  readonly initialState: Readonly<Record<string, RealArray>>;
}

export interface SequenceForward {
  /** `[batch, time, size]` per program output; fresh arrays. */
  readonly outputs: Readonly<Record<string, RealArray>>;
  /** `[batch, time + 1, size]` per state, copied at the call. */
  states(): Readonly<Record<string, RealArray>>;
  /** Reverse pass; needs `keep`. Valid until the next call on the kernel. */
  backward(cotangents: Cotangents, want: { readonly inputs: boolean }): Gradients;
}

/** Forward passes of several members at once. */
export interface SequenceStack {
  /** Member i has the bits of `forward(calls[i])`. */
  readonly members: readonly SequenceForward[];
  /** Reverse passes of all members at once. */
  backward(cotangents: readonly Cotangents[], want: { readonly inputs: boolean }): readonly Gradients[];
}

export interface SequenceTangent {
  readonly outputs: Readonly<Record<string, RealArray>>;
  readonly outputTangents: Readonly<Record<string, RealArray>>;
  states(): Readonly<Record<string, RealArray>>;
  stateTangents(): Readonly<Record<string, RealArray>>;
  /** Reverse pass and its tangent in one; needs `keep`. */
  backward(
    cotangents: Cotangents,
    cotangentTangents: Cotangents,
  ): {
    readonly gradients: Gradients;
    readonly gradientTangents: Gradients;
  };
}

/** A program ready to run. Synchronous, not re-entrant. */
export interface SequenceKernel {
  readonly program: Program;
  readonly backend: string;
  /** Instruction set that it computes with, e.g. "avx512"; it can change the last bits. */
  readonly variant: string;
  readonly precision: Precision;
  readonly threads: number;
  /** `keep`: remember what the reverse pass needs. */
  forward(call: SequenceCall, keep: boolean): SequenceForward;
  /** Several calls of one shape (batch, steps, sizes, first output), each with its own parameters, data and noise. */
  forwardStack(calls: readonly SequenceCall[], keep: boolean): SequenceStack;
  tangent(call: SequenceCall, directions: Directions, keep: boolean): SequenceTangent;
  /** Ends the threads of the kernel, which then refuses every call. A kernel of one thread need not be closed. */
  close(): void;
}

/** How a kernel runs; no number depends on it. */
export interface KernelOptions {
  /** Threads that share the trials of a call, >= 1, default 1. Back ends without threads use one. */
  readonly threads?: number;
  /**
   * Keep states at about sqrt(steps) places only and compute the others again in the reverse pass, default false:
   * memory of long sequences falls from O(steps) to O(sqrt(steps)) for one more forward pass.
   */
  readonly checkpointing?: boolean;
}

export interface Backend {
  readonly name: string;
  /** One sentence for `doctor`. */
  readonly summary: string;
  readonly precisions: readonly Precision[];
  /** Why it cannot run here, or undefined when it can. */
  unavailable(): string | undefined;
  prepare(program: Program, precision: Precision, options?: KernelOptions): Promise<SequenceKernel>;
}
