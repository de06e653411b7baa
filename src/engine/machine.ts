/** What differs between back ends: memory, and running one scan in it. */
import type { NoiseCall, Precision, RealArray } from "./contract.ts";
import type { ScanName } from "./scan.ts";

export interface Dimensions {
  readonly batchSize: number;
  readonly stepCount: number;
  readonly sizes: Readonly<Record<string, number>>;
  readonly settings: Readonly<Record<string, number>>;
  readonly noise: NoiseCall;
  readonly outputFrom: number;
}

/** Buffers are those of the scan set, plus `c.state:*` and `d.c.state:*` (one entry: the result of a reverse scan). */
export interface Machine {
  readonly backend: string;
  readonly precision: Precision;
  /** Starts a call: forgets everything of the call before. */
  begin(dimensions: Dimensions): void;
  /** Effective parameters, and tangents under `d.` names; an absent tangent is zero. */
  parameters(values: Readonly<Record<string, RealArray>>): void;
  /** Whole buffer `[batch, length, size]`, or one entry `[batch, size]`; undefined writes zeros. */
  write(buffer: string, values: RealArray | undefined, entry?: number): void;
  /** `[batch, length, size]`, or one entry `[batch, size]`; a fresh array. */
  read(buffer: string, entry?: number): RealArray;
  /** Runs a scan; reverse scans return gradients by parameter name (and `d.` name), fresh arrays. */
  run(scan: ScanName, want: { readonly inputs: boolean }): Readonly<Record<string, RealArray>>;
}
