/** WebAssembly kernels as files: the instruction sets, the compiler's flags, and the name that follows from all of it. */
import { sha256 } from "../../core/sha256.ts";
import type { Precision } from "../../engine/contract.ts";

/** Best last. */
export const wasmVariants = ["simd128", "relaxed-simd"] as const;
export type WasmVariant = (typeof wasmVariants)[number];

/** The best instruction set that this engine has. */
export function bestVariant(): WasmVariant {
  // (func (param v128 v128 v128) (result v128) local.get 0 local.get 1 local.get 2 f32x4.relaxed_madd)
  const probe = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32,
    2, 253, 133, 2, 11,
  ];
  return WebAssembly.validate(new Uint8Array(probe)) ? "relaxed-simd" : "simd128";
}

/** Bytes of a thread's stack. */
export const stackBytes = 65536;
/** Bytes of a memory as it is made: static data, a stack, and something to begin with. */
export const initialBytes = 2 ** 20;
export const mostBytes = 2 ** 32;

/**
 * Memory is shared and comes from outside, so that one kind of kernel serves one thread and many. It costs nothing: a
 * training step takes as long as with a memory of the kernel's own (docs/decisions/threads.md).
 */
export function compileFlags(precision: Precision, variant: WasmVariant): string[] {
  return [
    "-O3",
    "-std=gnu11",
    "-nostdlib",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-msimd128",
    "-mbulk-memory",
    "-matomics",
    ...(variant === "relaxed-simd" ? ["-mrelaxed-simd"] : []),
    ...(precision === "float64" ? ["-DREAL64"] : []),
    "-Wl,--no-entry",
    `-Wl,-z,stack-size=${stackBytes}`,
    "-Wl,--import-memory",
    "-Wl,--shared-memory",
    `-Wl,--initial-memory=${initialBytes}`,
    `-Wl,--max-memory=${mostBytes}`,
    "-Wl,--export=__heap_base",
    "-Wl,--export=__stack_pointer",
  ];
}

const hash = (value: unknown): string => sha256(new TextEncoder().encode(JSON.stringify(value)));

/** @param headers text of the files in kernels/ by name, sorted by name */
export const headersDigest = (headers: Readonly<Record<string, string>>): string => hash(headers);

/**
 * Name of the file of a kernel, without its ending: the hash of everything that determines it.
 *
 * @param headers as `headersDigest` gives it
 */
export function kernelName(text: string, precision: Precision, variant: WasmVariant, headers: string): string {
  return hash([text, headers, compileFlags(precision, variant)]).slice(0, 32);
}

/** What stands beside shipped kernels in `kernels.json`, for who cannot read the folder. */
export interface ShippedManifest {
  /** Digest of the headers that they were compiled with. */
  readonly headers: string;
  /** Instruction sets for which all of them are there. */
  readonly variants: readonly WasmVariant[];
}
export const manifestFile = "kernels.json";
