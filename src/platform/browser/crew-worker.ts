/** A Web Worker of a kernel's crew. */
import { serveCrew } from "../../engine/compiled/crew.ts";
import { openWasm, type WasmSource } from "../wasm/instance.ts";

export interface CrewStart {
  readonly control: SharedArrayBuffer;
  /** 0 for the first thread beside the owner. */
  readonly index: number;
  readonly source: WasmSource;
}

globalThis.onmessage = ({ data }: MessageEvent<CrewStart>) => {
  const { control, index, source } = data;
  const runJob = openWasm(source, index);
  globalThis.postMessage("ready");
  serveCrew(control, runJob);
};
