/** The interface of compiled scans: what lies where in their three arrays, addresses, integers and settings. */
import type { Axis } from "../../cell/axis.ts";
import type { ScanName } from "../scan.ts";

/** Steps over which vectors are kept for one product that adds to a matrix gradient. */
export const chunkSteps = 32;

/** Positions in the integer array. */
export const integers = {
  panelFrom: 0,
  panelTo: 1,
  stepCount: 2,
  batchSize: 3,
  firstStep: 4,
  outputFrom: 5,
  wantInputs: 6,
  seedLow: 7,
  seedHigh: 8,
  stream: 9,
} as const;
export const firstSize = Object.keys(integers).length;

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
  | { readonly kind: "parameter" | "gradient" | "buffer"; readonly name: string };

export interface ScanLayout {
  readonly addresses: readonly Address[];
  /** Matrices packed at the start: rows and columns as they are multiplied. */
  readonly packs: readonly { readonly rows: Axis; readonly columns: Axis }[];
  /** Rows of scratch memory: axis (or product of two) and how often. */
  readonly scratch: readonly { readonly rows: Axis; readonly times: Axis; readonly count: number }[];
}
