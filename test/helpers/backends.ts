/** Every back end that this process can have; a new member inherits the conformance suite by standing here. */
import { reference } from "../../src/engine/backends.ts";
import type { Backend } from "../../src/engine/contract.ts";
import { vectorBackend, wasmBackend } from "../../src/engine/wasm/backend.ts";
import { wasmProvider, wasmVariants } from "../../src/platform/node/wasm-provider.ts";

export const providers = wasmVariants
  .map((variant) => wasmProvider({ variant }))
  .filter((provider) => provider.variant === "simd128" || wasmProvider().variant === provider.variant);

export const candidates: readonly { readonly label: string; readonly backend: Backend }[] = providers.flatMap(
  (provider) => [
    { label: `wasm ${provider.variant}`, backend: wasmBackend(provider) },
    { label: `vector ${provider.variant}`, backend: vectorBackend(provider) },
  ],
);

export { reference };
