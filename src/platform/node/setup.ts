/** What a process or worker of Node needs before it can run a network. */
import { chooseBackend, installBackend, preferBackend } from "../../engine/backends.ts";
import type { Backend } from "../../engine/contract.ts";
import { installRules } from "../../engine/flat/prepare.ts";
import { vectorBackend, wasmBackend } from "../../engine/wasm/backend.ts";
import type { WasmProvider } from "../../engine/wasm/contract.ts";
import { type WasmProviderOptions, wasmProvider } from "./wasm-provider.ts";

/**
 * Installs the back ends that Node has; the fastest comes first, or is the only choice when `NOISY_RNN_BACKEND` names it.
 */
export function installBackends(options: WasmProviderOptions = {}): WasmProvider {
  const provider = wasmProvider(options);
  for (const backend of [vectorBackend(provider), wasmBackend(provider)]) {
    installBackend(backend);
    installRules(backend.name, provider);
  }
  preferBackend(process.env.NOISY_RNN_BACKEND || undefined);
  return provider;
}

/**
 * The back end that `NOISY_RNN_BACKEND` names, else the fastest that can run here.
 *
 * @throws ParameterError for an unknown name, CapabilityError for one that cannot run here
 */
export function wantedBackend(): Backend {
  return chooseBackend();
}
