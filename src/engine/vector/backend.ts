import { routinesText } from "../c/routines.ts";
import type { Backend } from "../contract.ts";
import { sequenceKernel } from "../kernel.ts";
import { deriveScans } from "../scan.ts";
import type { WasmProvider } from "../wasm/contract.ts";
import { interpretedMachine } from "./machine.ts";

/** Scans interpreted over WebAssembly vector routines: any cell, without a compiler, on one thread. */
export function vectorBackend(provider: WasmProvider): Backend {
  return {
    name: "vector",
    summary: `scans interpreted over WebAssembly vector routines (${provider.variant})`,
    precisions: ["float32", "float64"],
    unavailable: () => undefined,
    prepare: async (program, precision, options = {}) => {
      const set = deriveScans(program);
      const call = { precision, functions: [], threads: 1 };
      const instance = await provider.instantiate("vector routines", routinesText(), call);
      return sequenceKernel(program, interpretedMachine(set, instance, provider.variant, precision), options);
    },
  };
}
