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

export type GradientArrays = Readonly<Record<string, RealArray>>;

export interface ScanPass {
  /** First member, and the one after the last. */
  readonly members: readonly [number, number];
  /** First step, and the one after the last; buffers of a segment hold these steps, from their entry 0 on. */
  readonly steps: readonly [number, number];
  /** Whether cotangents of the inputs are wanted. */
  readonly inputs: boolean;
}

/**
 * Memory of several sequences (members) of one shape, and the scans over them.
 *
 * Buffers are those of the scan set, plus `c.state:*` and `d.c.state:*` (one entry: the result of a reverse scan).
 */
export interface Machine {
  readonly backend: string;
  /** Instruction set that it computes with; it can change the last bits. */
  readonly variant: string;
  readonly precision: Precision;
  /** Most threads that a pass uses. */
  readonly threads: number;
  /** Length of a segment is a multiple of this, so that numbers are added in the same order with segments and without. */
  readonly segmentUnit: number;
  /**
   * Starts a call: forgets everything of the call before. Members agree in batch, steps and sizes; `segment` is the
   * largest number of steps of a pass.
   */
  begin(members: readonly Dimensions[], segment: number): void;
  /** Effective parameters, and tangents under `d.` names; an absent tangent is zero. */
  parameters(member: number, values: Readonly<Record<string, RealArray>>): void;
  /** Whole buffer `[batch, length, size]`, or one entry `[batch, size]`; undefined writes zeros. */
  write(member: number, buffer: string, values: RealArray | undefined, entry?: number): void;
  /** `[batch, length, size]`, or one entry `[batch, size]`; a fresh array. */
  read(member: number, buffer: string, entry?: number): RealArray;
  /**
   * Runs a scan over some steps. Reverse scans begin with zeros at the last step and go on where the pass before ended
   * otherwise; one that reaches step 0 returns the gradients of each member by parameter name (and `d.` name), fresh.
   */
  run(scan: ScanName, pass: ScanPass): readonly GradientArrays[];
  /** Ends threads; the machine can be used no more. */
  close(): void;
}
