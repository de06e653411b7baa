/** The interface of compiled scans: what lies where in their three arrays, addresses, integers and settings. */
import type { Axis } from "../../cell/axis.ts";
import type { NodeId } from "../../cell/graph.ts";
import type { ScanName } from "../scan.ts";

/** Steps over which vectors are kept for one product that adds to a matrix gradient. */
export const chunkSteps = 32;
/** Rows of a product after which the element-wise loop that reads them runs, while they are in cache. */
export const blockRows = 48;
/** Rows of noise drawn in one call, a multiple of 4 that divides `blockRows`: kernels/random.h works on several at once. */
export const drawnRows = 16;
/** Numbers that a packed row or the work area of a matrix gradient may be padded by. */
export const padding = { packedRows: 15, workColumns: 31 } as const;

/** Positions in the integer array. */
export const integers = {
  /** Panels of the job, a whole number of shards; and of the batch. */
  panelFrom: 0,
  panelTo: 1,
  panelCount: 2,
  batchSize: 3,
  /** Steps of the pass, of `stepCount` in the sequence. */
  stepFrom: 4,
  stepTo: 5,
  stepCount: 6,
  /** Step of the trial that the sequence begins with. */
  firstStep: 7,
  outputFrom: 8,
  wantInputs: 9,
  seedLow: 10,
  seedHigh: 11,
  stream: 12,
  /** Panels whose gradients are summed in one place; numbers from one such place to the next. */
  shardPanels: 13,
  gradientStride: 14,
  /** Share of the rows that a packing job does. */
  part: 15,
  partCount: 16,
} as const;
export const firstSize = Object.keys(integers).length;

/** Positions in the integer array of `reduce_shards`, whose addresses are those of the total and of the first shard. */
export const reduction = { count: 0, stride: 1, shards: 2, part: 3, partCount: 4 } as const;
export const reductionFunction = "reduce_shards";

export interface Layout {
  /** Named axes, in the order of their sizes in the integer array; law codes per noise leaf follow. */
  readonly axes: readonly string[];
  /** Numeric settings, in order; intensities per noise leaf follow. */
  readonly settings: readonly string[];
  readonly noises: readonly string[];
  readonly scans: Readonly<Record<ScanName, ScanLayout>>;
}

/** What an address points to. */
export type Address =
  | { readonly kind: "trials" | "scratch" | "pack" }
  /** Accumulator of one of the scan's sums: a row per unit and panel. */
  | { readonly kind: "sum"; readonly index: number }
  | { readonly kind: "parameter" | "gradient" | "buffer"; readonly name: string };

export interface ScanLayout {
  /** The function that runs the scan, and the one that packs its matrices before. */
  readonly run: string;
  readonly pack: string;
  readonly addresses: readonly Address[];
  readonly packs: readonly { readonly rows: Axis; readonly columns: Axis }[];
  /** Rows of scratch memory per panel of a job: rows * times * count + extra. */
  readonly scratch: readonly Scratch[];
  /** Right factors of the matrix gradients: the largest decides the work area per panel of a shard. */
  readonly workColumns: readonly Axis[];
  /** Axis of each sum. */
  readonly sums: readonly Axis[];
}

export interface Scratch {
  readonly rows: Axis;
  readonly times: Axis;
  readonly count: number;
  readonly extra: number;
}

/** Name of a number that is the same for the whole call; u32 and u64 are types in kernels/vector.h. */
export const uniformName = (id: NodeId): string => (id === 32 || id === 64 ? `u${id}_` : `u${id}`);
