import { emitC } from "../c/emit.ts";
import type { Backend } from "../contract.ts";
import { sequenceKernel } from "../kernel.ts";
import { deriveScans } from "../scan.ts";
import type { KernelProvider } from "./contract.ts";
import { compiledMachine } from "./machine.ts";

/** Scans written as C and compiled to WebAssembly with 128-bit vectors. */
export const wasmBackend = (provider: KernelProvider): Backend =>
  compiledBackend("wasm", `scans compiled to WebAssembly (${provider.variant})`, provider);

/** Scans written as C and compiled by the machine's own compiler. */
export const nativeBackend = (provider: KernelProvider): Backend =>
  compiledBackend("native", `scans compiled by the machine's C compiler (${provider.variant})`, provider);

function compiledBackend(name: string, summary: string, provider: KernelProvider): Backend {
  return {
    name,
    summary,
    precisions: ["float32", "float64"],
    unavailable: () => provider.unavailable(),
    prepare: async (program, precision, options = {}) => {
      const set = deriveScans(program);
      const emission = emitC(set);
      const { functions } = emission;
      const threads = options.threads ?? 1;
      const instance = await provider.instantiate(program.name, emission.text, { precision, functions, threads });
      return sequenceKernel(
        program,
        compiledMachine(name, provider.variant, set, emission, instance, precision),
        options,
      );
    },
  };
}
