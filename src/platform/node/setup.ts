/** What a process or worker of Node needs before it can run a network. */
import { chooseBackend, installBackend, preferBackend } from "../../engine/backends.ts";
import { nativeBackend, wasmBackend } from "../../engine/compiled/backend.ts";
import type { KernelProvider } from "../../engine/compiled/contract.ts";
import type { Backend } from "../../engine/contract.ts";
import { installRules } from "../../engine/flat/prepare.ts";
import { vectorBackend } from "../../engine/vector/backend.ts";
import type { WasmProvider } from "../../engine/wasm/contract.ts";
import { type NativeProviderOptions, nativeProvider } from "./native-provider.ts";
import { wasmProvider } from "./wasm-provider.ts";

/** Who makes the kernels of the back ends that compile. */
export interface Providers {
  readonly wasm: WasmProvider;
  readonly native: KernelProvider;
}

export type BackendOptions = Pick<NativeProviderOptions, "onCompile" | "onRefuse">;

/**
 * Installs the back ends that Node has; the fastest comes first, or is the only choice when `NOISY_RNN_BACKEND` names it.
 */
export function installBackends(options: BackendOptions = {}): Providers {
  const wasm = wasmProvider(options);
  const native = nativeProvider(options);
  installBackend(vectorBackend(wasm));
  installBackend(wasmBackend(wasm));
  installBackend(nativeBackend(native));
  installRules("vector", wasm);
  installRules("wasm", wasm);
  installRules("native", native);
  preferBackend(process.env.NOISY_RNN_BACKEND || undefined);
  return { wasm, native };
}

/**
 * The back end that `NOISY_RNN_BACKEND` names, else the fastest that can run here.
 *
 * @throws ParameterError for an unknown name, CapabilityError for one that cannot run here
 */
export function wantedBackend(): Backend {
  return chooseBackend();
}
