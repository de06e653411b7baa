/** What a task of a multi-task suite is: periods, what is shown in them, what is to be done. */
import type { Channel } from "../contract.ts";
import type { Draw, Law } from "./draws.ts";

/** Direction of a trial in which fixation is to be kept to the end. */
export const keepFixating = -1;

/** Strength of a stimulus in modality 1 and 2; 0 = not shown there. */
export type Strengths = readonly [number, number];

/** What one trial shows. */
export interface Condition {
  /** Of the first and the second stimulus, in [0, 2 pi); that of a stimulus with strengths 0 does not matter. */
  readonly directions: readonly [number, number];
  readonly strengths: readonly [Strengths, Strengths];
}

/** One task. What is common to a group of trials is drawn once for it. */
export interface Member {
  /** Name in the published code. */
  readonly name: string;
  /** Name in the paper. */
  readonly title: string;
  /** How often it is drawn for training, relative to others. */
  readonly weight: number;
  /** Consecutive periods with their durations in ms; the go signal begins the last one, the response. */
  readonly periods: readonly { readonly name: string; readonly duration: Law }[];
  /** Periods in which the first and the second stimulus are shown. */
  readonly shown: readonly [readonly string[], readonly string[]];
  /** Whether the fixation input goes off at the go signal; where it does not, the stimulus shown then is the signal. */
  readonly fixationGoesOff: boolean;
  /** Modality (0 or 1) of the first and the second stimulus in a group of trials, where the task leaves it open. */
  readonly drawModalities: (draw: Draw) => readonly [number, number];
  readonly drawCondition: (draw: Draw, modalities: readonly [number, number]) => Condition;
  /** Direction of the response, or `keepFixating`. */
  readonly answer: (condition: Condition) => number;
}

/** How directions are written to channels and read from them. */
export interface DirectionCode {
  /** Channels per direction. */
  readonly size: number;
  /** Names and meanings of the channels, behind `prefix`. */
  channels(prefix: string, meaning: string): readonly Channel[];
  /** Adds `strength` times the code of a direction to `frame` from `at` on. */
  add(frame: Float64Array, at: number, direction: number, strength: number): void;
  /** Direction in (-pi, pi] that `values` show from `at` on; NaN where they show none. */
  read(values: ArrayLike<number>, at: number): number;
}

/** A published set of tasks with its channels and rules of scoring. */
export interface Suite {
  readonly name: string;
  /** In the order of their rule channels. */
  readonly members: readonly Member[];
  readonly code: DirectionCode;
  /** Target of every output that is to be at rest. */
  readonly baseline: number;
  /** Target of the fixation output while fixation is required. */
  readonly fixation: number;
  /** A response within this circular distance of its target direction is correct, in radians. */
  readonly tolerance: number;
  /** Activation of the readout. */
  readonly readout: string;
}
