/** What the interpreted back end needs from the platform beyond compiled kernels: routines that it calls by itself. */
import type { InstanceOptions, KernelInstance, KernelProvider } from "../compiled/contract.ts";

export interface WasmInstance extends KernelInstance {
  /** Exported functions by their C names; called on this thread, they take plain numbers. */
  readonly functions: Readonly<Record<string, (...args: number[]) => void>>;
}

export interface WasmProvider extends KernelProvider {
  instantiate(name: string, text: string, options: InstanceOptions): Promise<WasmInstance>;
}
