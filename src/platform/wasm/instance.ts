/** Instances of WebAssembly kernels: one per thread, all on the same memory. */
import { CapabilityError, InternalError } from "../../core/errors.ts";
import { type InstanceOptions, jobSize, jobWords } from "../../engine/compiled/contract.ts";
import type { Crew, RunJob } from "../../engine/compiled/crew.ts";
import type { WasmInstance } from "../../engine/wasm/contract.ts";
import { initialBytes, mostBytes, stackBytes } from "./kernel-file.ts";

const pageBytes = 65536;

/** What another thread needs to work on an instance; it can be cloned. */
export interface WasmSource {
  readonly kind: "wasm";
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly functions: readonly string[];
  /** Where the stacks of the other threads begin, a multiple of 64. */
  readonly stacks: number;
}

/** Makes the crew of an instance: `size` threads beside this one. */
export type CrewMaker = (source: WasmSource, size: number) => Promise<Crew>;

/**
 * A memory that a kernel can be instantiated on.
 *
 * @throws CapabilityError when the system has or allows too little room for it, or the browser shares no memory
 */
export function kernelMemory(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: initialBytes / pageBytes, maximum: mostBytes / pageBytes, shared: true });
  } catch (cause) {
    throw new CapabilityError({
      place: "WebAssembly memory",
      rule: `a kernel needs one that can be shared and about 10 GiB of free addresses (${(cause as Error).message})`,
      remedy: "raise the limit of virtual memory (ulimit -v), close kernels that are not used, or isolate the page",
    });
  }
}

/** A kernel on a memory of its own. */
export async function wasmInstance(
  module: WebAssembly.Module,
  { functions, threads }: InstanceOptions,
  makeCrew: CrewMaker,
): Promise<WasmInstance> {
  const memory = kernelMemory();
  // the first instance writes the static data, before there is another thread
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const own = runJobOn(exports, functions, memory);
  const size = threads - 1;
  const stacks = Math.ceil(((exports.__heap_base as WebAssembly.Global).value as number) / 64) * 64;
  const heapBase = stacks + size * stackBytes;
  const reserve = (bytes: number): void => {
    const missing = bytes - memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      memory.grow(Math.ceil(missing / pageBytes));
    } catch {
      throw new CapabilityError({
        place: "WebAssembly memory",
        rule: `a sequence needs ${Math.ceil(bytes / 2 ** 20)} MiB, more than WebAssembly can have (${mostBytes / 2 ** 20} MiB)`,
        remedy: "use smaller batches or shorter sequences, or checkpointing",
      });
    }
  };
  reserve(heapBase);
  const crew = await makeCrew({ kind: "wasm", module, memory, functions, stacks }, size);
  return {
    threads,
    addressBytes: 4,
    heapBase,
    buffer: () => memory.buffer,
    reserve,
    functions: exports as WasmInstance["functions"],
    run: (name, jobs, count) => {
      const index = functions.indexOf(name);
      if (index < 0) throw new InternalError("WebAssembly kernel", `function ${name} was not asked for`);
      crew.run(index, jobs, count, own);
    },
    close: () => crew.close(),
  };
}

/** An instance for one thread of the crew, with a stack of its own. @returns what the thread serves the crew with */
export function openWasm({ module, memory, functions, stacks }: WasmSource, index: number): RunJob {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  // a stack grows down from its end
  (exports.__stack_pointer as WebAssembly.Global).value = stacks + (index + 1) * stackBytes;
  return runJobOn(exports, functions, memory);
}

function runJobOn(exports: WebAssembly.Exports, functions: readonly string[], memory: WebAssembly.Memory): RunJob {
  const routines = functions.map((name) => {
    const routine = exports[name];
    if (typeof routine === "function") return routine;
    throw new InternalError("WebAssembly kernel", `the compiled text has no function ${name}`);
  });
  let words = new Uint32Array(memory.buffer);
  return (index, job) => {
    const first = job / 4;
    if (first + jobSize > words.length) {
      // another thread made the memory longer: growing by nothing shows it here
      memory.grow(0);
      words = new Uint32Array(memory.buffer);
    }
    routines[index](
      words[first + jobWords.addresses],
      words[first + jobWords.integers],
      words[first + jobWords.settings],
    );
  };
}
