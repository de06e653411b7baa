/** What the interpreted back end needs beyond compiled scans: routines that are called one by one. */
import type { InstanceOptions, KernelInstance, KernelProvider } from "../compiled/contract.ts";

export interface WasmInstance extends KernelInstance {
  /** Exported functions by their C names, to be called with plain numbers and byte offsets. */
  readonly functions: Readonly<Record<string, (...args: number[]) => void>>;
}

export interface WasmProvider extends KernelProvider {
  instantiate(name: string, text: string, options: InstanceOptions): Promise<WasmInstance>;
}
