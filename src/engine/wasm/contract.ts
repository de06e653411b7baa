/** What the WebAssembly back end needs from the platform: compiled scans of a program. */
import type { Precision } from "../contract.ts";

/** The functions of one compiled C text, with their memory. */
export interface WasmInstance {
  /** The whole memory; views of it end when it grows. */
  buffer(): ArrayBuffer;
  /** Makes the memory at least this many bytes. @throws CapabilityError when the engine refuses. */
  reserve(bytes: number): void;
  /** First free byte. */
  readonly heapBase: number;
  /** Exported functions by their C names. */
  readonly functions: Readonly<Record<string, (...args: number[]) => void>>;
}

export interface WasmProvider {
  /** Instruction set that the engine has, for `doctor`: "relaxed-simd" (fused multiply-add) or "simd128". */
  readonly variant: string;
  /** Why no program can be compiled or loaded here, or undefined. */
  unavailable(): string | undefined;
  /**
   * Scans of a program, shipped, from the cache, or compiled now.
   *
   * @throws CapabilityError when there is no compiler; InternalError with the compiler's message when it refuses.
   */
  instantiate(name: string, text: string, precision: Precision): Promise<WasmInstance>;
}
