/** A thread of a kernel's crew. */
import { parentPort, workerData } from "node:worker_threads";
import { type RunJob, serveCrew } from "../../engine/compiled/crew.ts";
import { openWasm, type WasmSource } from "../wasm/instance.ts";
import { type NativeSource, openNative } from "./native-addon.ts";

/** What the thread works on. */
export type CrewSource = WasmSource | NativeSource;

export interface CrewStart {
  readonly control: SharedArrayBuffer;
  /** 0 for the first thread beside the owner. */
  readonly index: number;
  readonly source: CrewSource;
}

const { control, index, source } = workerData as CrewStart;
const runJob: RunJob = source.kind === "wasm" ? openWasm(source, index) : openNative(source);
parentPort?.postMessage("ready");
serveCrew(control, runJob);
