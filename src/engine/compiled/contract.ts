/** What compiled kernels need from the platform: the functions of one C text, and a memory that they work in. */
import type { Precision } from "../contract.ts";

/** Words (32 bits) of a job in memory, one after the other: where its three argument arrays are, as byte offsets. */
export const jobWords = {
  /** Array of addresses: byte offsets into the memory, 0 = none; the function gets pointers. */
  addresses: 0,
  addressCount: 1,
  /** Array of int32. */
  integers: 2,
  /** Array of float64. */
  settings: 3,
} as const;
export const jobSize = Object.keys(jobWords).length;

/**
 * The compiled functions of one C text, with their memory.
 *
 * Every function has the form `void name(void **addresses, const i32 *integers, const double *settings)`.
 */
export interface KernelInstance {
  /** Most threads that `run` uses. */
  readonly threads: number;
  /** Bytes of one entry of an array of addresses: 4 in WebAssembly, 8 natively (written as two words, low first). */
  readonly addressBytes: 4 | 8;
  /** First byte that is free, a multiple of 64. */
  readonly heapBase: number;
  /** The whole memory, at most 4 GiB; views of it end when it grows. */
  buffer(): ArrayBuffer | SharedArrayBuffer;
  /** Makes the memory at least this many bytes. @throws CapabilityError when that is more than there can be. */
  reserve(bytes: number): void;
  /**
   * Runs a function once for each of `count` jobs, whose words begin at byte `jobs`, in any order and on any number of
   * threads; returns when the last has ended.
   */
  run(name: string, jobs: number, count: number): void;
  /** Ends the threads; the instance can be used no more. */
  close(): void;
}

export interface InstanceOptions {
  readonly precision: Precision;
  /** C names of the functions that `run` may be asked for. */
  readonly functions: readonly string[];
  /** >= 1: this thread and workers beside it. */
  readonly threads: number;
}

export interface KernelProvider {
  /** Instruction set that kernels are made for, for `doctor` and records, e.g. "simd128" or "avx512". */
  readonly variant: string;
  /** Why no program can be compiled or loaded here, or undefined. */
  unavailable(): string | undefined;
  /**
   * The functions of a C text: shipped, from the cache, or compiled now.
   *
   * @throws CapabilityError when there is no compiler; InternalError with the compiler's message when it refuses.
   */
  instantiate(name: string, text: string, options: InstanceOptions): Promise<KernelInstance>;
}
