import { emitC } from "../c/emit.ts";
import { routinesText } from "../c/routines.ts";
import type { Backend } from "../contract.ts";
import { sequenceKernel } from "../kernel.ts";
import { deriveScans } from "../scan.ts";
import { compiledMachine } from "./compiled.ts";
import type { WasmProvider } from "./contract.ts";
import { interpretedMachine } from "./interpreted.ts";

/** Scans written as C and compiled to WebAssembly with 128-bit vectors. */
export function wasmBackend(provider: WasmProvider): Backend {
  return {
    name: "wasm",
    summary: `scans compiled to WebAssembly (${provider.variant})`,
    precisions: ["float32", "float64"],
    unavailable: () => provider.unavailable(),
    prepare: async (program, precision) => {
      const set = deriveScans(program);
      const emission = emitC(set);
      const instance = await provider.instantiate(program.name, emission.text, {
        precision,
        functions: [],
        threads: 1,
      });
      return sequenceKernel(program, compiledMachine(set, emission, instance, precision));
    },
  };
}

/** Scans interpreted over WebAssembly vector routines: any cell, without a compiler. */
export function vectorBackend(provider: WasmProvider): Backend {
  return {
    name: "vector",
    summary: `scans interpreted over WebAssembly vector routines (${provider.variant})`,
    precisions: ["float32", "float64"],
    unavailable: () => undefined,
    prepare: async (program, precision) => {
      const set = deriveScans(program);
      const instance = await provider.instantiate("vector routines", routinesText(), {
        precision,
        functions: [],
        threads: 1,
      });
      return sequenceKernel(program, interpretedMachine(set, instance, precision));
    },
  };
}
