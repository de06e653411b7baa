/** What a perturbation of the input is: a way to change trials whose strength is one number. */
import type { RandomKey } from "../../core/random.ts";
import type { Victim } from "../attacks/victim.ts";

export interface PerturbationSetting {
  /** The clean trials, and the network that attacks look at. */
  readonly victim: Victim;
  /** Smallest and largest input of the trials that are examined, over all their own steps and channels. */
  readonly range: { readonly low: number; readonly high: number };
  /** Randomness of this draw: a number is a function of (key, trial, step, channel), the same at every strength. */
  readonly key: RandomKey;
  /** Brings an input back to what is allowed, in place; attacks keep to it in every step. */
  clip(input: Float64Array): void;
  /** Steps of iterated attacks, >= 1. */
  readonly steps: number;
  /** Runs of attacks that start at random, >= 1. */
  readonly restarts: number;
  /** Key of the random starts of a run. */
  startKey(restart: number): RandomKey;
}

/** The perturbed input at a strength, `[batch, time, inputSize]`, fresh; the clean one at 0. Padding is never changed. */
export type Perturbed = (strength: number) => Float64Array;

/** A member of the registry. */
export interface Perturbation {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  /** What a strength is, a clause with its unit. */
  readonly strength: string;
  /** Strengths above 0 that are looked at unless others are given, ascending. */
  readonly strengths: readonly number[];
  /** Largest strength that has a meaning; absent: there is none. */
  readonly most?: number;
  /** Whether the key changes it, so that several draws tell more than one. */
  readonly isRandom: boolean;
  /** Whether it needs class targets. */
  readonly needsClasses: boolean;
  /** Prepares a batch; what all strengths share is done once. */
  prepare(setting: PerturbationSetting): Perturbed;
}
