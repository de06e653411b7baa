/** The cell program: one step of a cell as a graph, with everything derived from it. */
import type { Axis } from "./axis.ts";
import type { Graph, NodeId } from "./graph.ts";

export interface Program {
  readonly name: string;
  readonly graph: Graph;
  /** Named state vectors: the leaf that holds it and the node of its next value. */
  readonly states: readonly {
    readonly name: string;
    readonly axis: Axis;
    readonly leaf: NodeId;
    readonly next: NodeId;
  }[];
  readonly inputs: readonly { readonly name: string; readonly axis: Axis; readonly leaf: NodeId }[];
  /** What each step yields besides the next state (readout, activity). */
  readonly outputs: readonly { readonly name: string; readonly axis: Axis; readonly node: NodeId }[];
  /** `[post, pre]` for a matrix, `[unit]` for a vector. */
  readonly parameters: readonly { readonly name: string; readonly axes: readonly Axis[] }[];
  /** Numeric settings, given at each call. */
  readonly settings: readonly string[];
  readonly noises: readonly NoiseLeaf[];
}

export interface NoiseLeaf {
  readonly site: string;
  /** Site in the address of the random numbers; the same site has the same number in every program. */
  readonly number: number;
  readonly axis: Axis;
  /** Drawn once per trial (weight noise) instead of at each step. */
  readonly perTrial: boolean;
}

/** Sites that every cell may have. Sites of a user's own equations are numbered from 32 on, in order. */
export const siteNumbers: Readonly<Record<string, number>> = {
  inside: 0,
  outside: 1,
  state: 2,
  "state-multiplicative": 3,
  update: 4,
  input: 5,
  diffusion: 6,
};
/** First number of sites named in a user's equations, and of further ones that wrappers add. */
export const firstOwnSite = 32;
export const firstWrapperSite = 128;

/** Most sites of each of the two kinds. */
export const sitesOfKind = 48;

/** Site of the second draws of a Brownian motion, from the site of its increments; in a gap that other sites leave. */
export const integralSite = (number: number): number => number + (number < firstOwnSite ? 16 : sitesOfKind);

/** Text that is equal for equal programs: what compiled kernels are cached by. */
export function programText(program: Program): string {
  const { graph, ...rest } = program;
  return JSON.stringify({ ...rest, nodes: graph.nodes });
}
