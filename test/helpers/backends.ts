/** Every back end that this process can have; a new member inherits the conformance suite by standing here. */
import { reference } from "../../src/engine/backends.ts";
import { nativeBackend, wasmBackend } from "../../src/engine/compiled/backend.ts";
import type { KernelProvider } from "../../src/engine/compiled/contract.ts";
import type { Backend } from "../../src/engine/contract.ts";
import { vectorBackend } from "../../src/engine/vector/backend.ts";
import { availableInstructionSets } from "../../src/platform/node/native-instructions.ts";
import { nativeProvider } from "../../src/platform/node/native-provider.ts";
import { wasmProvider, wasmVariants } from "../../src/platform/node/wasm-provider.ts";

const wasmProviders = wasmVariants
  .map((variant) => wasmProvider({ variant }))
  .filter((provider) => provider.variant === "simd128" || wasmProvider().variant === provider.variant);
const wasm = wasmProviders.flatMap((provider) => [
  { label: `wasm ${provider.variant}`, backend: wasmBackend(provider) },
  { label: `vector ${provider.variant}`, backend: vectorBackend(provider) },
]);

const nativeProviders = availableInstructionSets()
  .map((instructionSet) => nativeProvider({ instructionSet }))
  .filter((provider) => provider.unavailable() === undefined);
const native = nativeProviders.map((provider) => ({
  label: `native ${provider.variant}`,
  backend: nativeBackend(provider),
}));
/** All that compile kernels. */
export const providers: readonly KernelProvider[] = [...wasmProviders, ...nativeProviders];
const [widest, ...others] = native.reverse();

/** Why there is no native back end here, for tests that report it. */
export const nativeMissing: string | undefined = nativeProvider().unavailable();

/** Whole programs are tried on the widest instruction set, which takes a compiler seconds each. */
export const candidates: readonly Candidate[] = [...wasm, ...(widest === undefined ? [] : [widest])];

/** Narrower instruction sets: the same text, so what differs is in the headers, which have tests of their own. */
export const narrower: readonly Candidate[] = others;

export interface Candidate {
  readonly label: string;
  readonly backend: Backend;
}

export { reference };
