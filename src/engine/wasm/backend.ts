import type { Backend } from "../contract.ts";
import { emitC } from "../c/emit.ts";
import { sequenceKernel } from "../kernel.ts";
import { deriveScans } from "../scan.ts";
import type { WasmProvider } from "./contract.ts";
import { wasmMachine } from "./machine.ts";

/** Scans written as C and compiled to WebAssembly with 128-bit vectors. */
export function wasmBackend(provider: WasmProvider): Backend {
  return {
    name: "wasm",
    summary: `compiled to WebAssembly (${provider.variant})`,
    precisions: ["float32", "float64"],
    unavailable: () => provider.unavailable(),
    prepare: async (program, precision) => {
      const set = deriveScans(program);
      const emission = emitC(set);
      const instance = await provider.instantiate(program.name, emission.text, precision);
      return sequenceKernel(program, wasmMachine(set, emission, instance, precision));
    },
  };
}
