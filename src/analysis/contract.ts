/** A question that can be put to any trained network, and the form of every answer. */
import type { OptionRules, OptionValues } from "../core/options.ts";
import type { Network, NetworkKernel, Weights } from "../network/contract.ts";
import type { Task } from "../task/contract.ts";
import type { TrainOptions } from "../train/options.ts";

/** A trained network, ready to run. */
export interface Subject {
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly weights: Weights;
  /** Seed of the run: addresses the trials and the noise. */
  readonly seed: number;
}

/** A trained network with what it was trained on. */
export interface AnalysisCall extends Subject {
  readonly task: Task;
  /** Name of a loss; absent: the one that the task names. */
  readonly loss?: string;
  /** How it was trained; undefined for a network from elsewhere, which cannot be trained again in another way. */
  readonly training: TrainOptions | undefined;
  /** Complete, as `options` of the analysis says. */
  readonly options: OptionValues;
  /** @param share of the work done, 0..1 */
  onProgress?(share: number, what: string): void;
  /** Asked between pieces of long work; true ends it with an InterruptedError. */
  shouldStop?(): boolean;
}

export type FindingCell = string | number | boolean | null;
export type FindingRow = Readonly<Record<string, FindingCell>>;

/** A single number that an analysis found. */
export interface Finding {
  /** camelCase, unique in the analysis. */
  readonly name: string;
  /** A few words for people, with the unit. */
  readonly meaning: string;
  /** null: it cannot be known, and `sentences` or `warnings` say why. */
  readonly value: number | null;
}

/** Many numbers of one kind: what figures are drawn from. */
export interface FindingTable {
  /** kebab-case, unique in the analysis. */
  readonly name: string;
  /** A sentence. */
  readonly meaning: string;
  /** Every column of the rows, with a few words for people each. */
  readonly columns: readonly { readonly name: string; readonly meaning: string }[];
  readonly rows: readonly FindingRow[];
}

/** Plain data. */
export interface Findings {
  readonly numbers: readonly Finding[];
  readonly tables: readonly FindingTable[];
  /** What the numbers say, and what they rule out. */
  readonly sentences: readonly string[];
  /** What a reader must know before believing it. */
  readonly warnings: readonly string[];
}

/** What one analysis found, with all its options. */
export interface AnalysisFindings extends Findings {
  readonly analysis: string;
  readonly options: OptionValues;
}

/** A member of the registry. */
export interface NetworkAnalysis {
  readonly name: string;
  /** One sentence: the question. */
  readonly summary: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  readonly options: OptionRules;
  /** About as long as passing so many trials through the network takes, for planning; absent: about 50 000. */
  passes?(options: OptionValues): number;
  /**
   * A pure function of its arguments: the same call gives the same numbers, with any number of threads.
   *
   * @throws CapabilityError when the question cannot be put to this network; its remedy names what can
   */
  run(call: AnalysisCall): Promise<Findings>;
}
