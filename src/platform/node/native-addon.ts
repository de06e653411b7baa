/** Compiled files of native kernels, loaded into this thread and bound to a memory. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { CapabilityError, InternalError } from "../../core/errors.ts";
import type { InstanceOptions, KernelInstance } from "../../engine/compiled/contract.ts";
import type { RunJob } from "../../engine/compiled/crew.ts";
import { threadCrew } from "./crew-threads.ts";

/** What a thread needs to run the jobs of an instance; it can be sent to a worker. */
export interface NativeSource {
  readonly kind: "native";
  /** Path of the compiled file. */
  readonly file: string;
  /** Shared by all threads; its base address never moves. */
  readonly memory: SharedArrayBuffer;
}

/** Runs `count` jobs, the first at byte `jobs`, on this thread. */
type RunJobs = (functionIndex: number, jobs: number, count: number) => void;

interface Addon {
  bind(memory: Uint8Array): RunJobs;
}

/** Name of a compiled file: the hash of what determines it, and the hash of its bytes. */
export const addonName = (id: string, bytes: Uint8Array): string => `${id}-${contentHash(bytes)}.node`;

const contentHash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 32);

/** Whether a file holds the bytes that its name promises: loading a part of one can end the process. */
export function isWhole(file: string): boolean {
  try {
    return addonName(basename(file).split("-")[0], readFileSync(file)) === basename(file);
  } catch {
    return false;
  }
}

/** @throws CapabilityError when the file is damaged or the system refuses to load it */
export function loadAddon(file: string): Addon {
  const refusal = (rule: string, remedy: string) =>
    new CapabilityError({ place: "native kernel", rule: `${file} ${rule}`, remedy });
  if (!isWhole(file)) throw refusal("is not what was compiled", "delete it; it is made anew");
  const module = { exports: {} };
  try {
    process.dlopen(module, file);
  } catch (cause) {
    throw refusal(
      `cannot be loaded (${(cause as Error).message})`,
      "name a folder on a disk that programs may be run from in NOISY_RNN_CACHE",
    );
  }
  return module.exports as Addon;
}

const pageBytes = 65_536;
const mostBytes = 2 ** 32;
/** Address 0 is none. */
const heapBase = 64;

/** @throws CapabilityError as `loadAddon`, or when the system gives no memory */
export async function nativeInstance(file: string, { functions, threads }: InstanceOptions): Promise<KernelInstance> {
  const refusal = (bytes: number) =>
    new CapabilityError({
      place: "memory of a native kernel",
      rule: `a sequence needs ${Math.ceil(bytes / 2 ** 20)} MiB, more than there can be (at most ${mostBytes / 2 ** 20} MiB)`,
      remedy: "use smaller batches or shorter sequences",
    });
  let memory: SharedArrayBuffer;
  try {
    memory = new SharedArrayBuffer(pageBytes, { maxByteLength: mostBytes });
  } catch {
    throw new CapabilityError({
      place: "memory of a native kernel",
      rule: "4 GiB of addresses must be free, and the system has or allows less",
      remedy: "raise the limit of virtual memory (ulimit -v), or close kernels that are not used",
    });
  }
  const source: NativeSource = { kind: "native", file, memory };
  const runJobs = boundTo(source);
  const crew = threads === 1 ? undefined : await threadCrew(source, threads - 1);
  return {
    threads,
    addressBytes: 8,
    heapBase,
    buffer: () => memory,
    reserve: (bytes) => {
      if (bytes <= memory.byteLength) return;
      try {
        memory.grow(Math.ceil(bytes / pageBytes) * pageBytes);
      } catch {
        throw refusal(bytes);
      }
    },
    run: (name, jobs, count) => {
      const index = functions.indexOf(name);
      if (index < 0) throw new InternalError("native kernel", `function ${name} was not asked for`);
      if (crew === undefined) runJobs(index, jobs, count);
      else crew.run(index, jobs, count, (at, job) => runJobs(at, job, 1));
    },
    close: () => crew?.close(),
  };
}

/** A thread's own way into an instance. */
export function openNative(source: NativeSource): RunJob {
  const runJobs = boundTo(source);
  return (functionIndex, job) => runJobs(functionIndex, job, 1);
}

/** Views that follow the length of a growing memory are slow; the base address is all that is taken from this one. */
const boundTo = ({ file, memory }: NativeSource): RunJobs => loadAddon(file).bind(new Uint8Array(memory, 0, heapBase));
