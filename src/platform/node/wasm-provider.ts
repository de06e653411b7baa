/**
 * Compiled kernels in Node: shipped with the package, else from the cache, else compiled now.
 *
 * A kernel's name is the hash of its C text, the headers, the compiler's flags, precision and instruction set. Shipped
 * and cached kernels are found by that name alone, so a kernel is found where the compiler itself is missing.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { CapabilityError, InternalError } from "../../core/errors.ts";
import { jobSize, jobWords } from "../../engine/compiled/contract.ts";
import type { Precision } from "../../engine/contract.ts";
import type { WasmInstance, WasmProvider } from "../../engine/wasm/contract.ts";
import { cacheFolder, packageFolder } from "./folders.ts";

export const wasmVariants = ["simd128", "relaxed-simd"] as const;
export type WasmVariant = (typeof wasmVariants)[number];

export interface CompileNotice {
  readonly name: string;
  readonly precision: Precision;
}

export interface WasmProviderOptions {
  /** Told before a kernel is compiled (about a second). */
  readonly onCompile?: (notice: CompileNotice) => void;
  readonly variant?: WasmVariant;
}

export const shippedFolder = join(packageFolder, "dist", "kernels");
export const kernelCacheFolder = (): string => join(cacheFolder(), "kernels");

export function wasmProvider(options: WasmProviderOptions = {}): WasmProvider {
  const variant = options.variant ?? bestVariant();
  return {
    variant,
    unavailable: () => undefined,
    instantiate: async (name, text, { precision, functions }) => {
      const id = kernelId(text, precision, variant);
      let bytes = readFirst([shippedFolder, kernelCacheFolder()], `${id}.wasm`);
      if (bytes === undefined) {
        options.onCompile?.({ name, precision });
        bytes = await compileKernel(name, text, precision, variant);
        keep(kernelCacheFolder(), `${id}.wasm`, bytes);
      }
      return instantiate(bytes, functions);
    },
  };
}

/** The best instruction set that this engine has. */
export function bestVariant(): WasmVariant {
  // (func (param v128 v128 v128) (result v128) local.get 0 local.get 1 local.get 2 f32x4.relaxed_madd)
  const probe = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32,
    2, 253, 133, 2, 11,
  ];
  return WebAssembly.validate(new Uint8Array(probe)) ? "relaxed-simd" : "simd128";
}

let headers: Record<string, string> | undefined;

export function kernelHeaders(): Record<string, string> {
  const folder = join(packageFolder, "kernels");
  headers ??= Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith(".h"))
      .sort()
      .map((file) => [file, readFileSync(join(folder, file), "utf8")]),
  );
  return headers;
}

/** Version of the compiler package, or undefined when it is not installed. */
export function compilerVersion(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve("@yowasp/clang");
    const manifest = readFileSync(join(entry, "..", "..", "package.json"), "utf8");
    return (JSON.parse(manifest) as { version: string }).version;
  } catch {
    return undefined;
  }
}

function compileFlags(precision: Precision, variant: WasmVariant): string[] {
  return [
    "-O3",
    "-std=gnu11",
    "-nostdlib",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-msimd128",
    "-mbulk-memory",
    ...(variant === "relaxed-simd" ? ["-mrelaxed-simd"] : []),
    ...(precision === "float64" ? ["-DREAL64"] : []),
    "-Wl,--no-entry",
    "-Wl,-z,stack-size=65536",
    "-Wl,--export=__heap_base",
  ];
}

export function kernelId(text: string, precision: Precision, variant: WasmVariant): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([text, kernelHeaders(), compileFlags(precision, variant)]));
  return hash.digest("hex").slice(0, 32);
}

/**
 * @throws CapabilityError when the compiler package is missing; InternalError with its message when it refuses.
 */
export async function compileKernel(
  name: string,
  text: string,
  precision: Precision,
  variant: WasmVariant,
): Promise<Uint8Array> {
  let clang: typeof import("@yowasp/clang");
  try {
    clang = await import("@yowasp/clang");
    // loading first, because only here can its messages be turned off
    await clang.commands.clang(undefined, {}, { fetchProgress: () => {} });
  } catch (cause) {
    throw new CapabilityError({
      place: `kernel of ${name}`,
      rule: `the compiler package @yowasp/clang cannot be loaded (${(cause as Error).message})`,
      remedy: "install it, or use the back end that interprets (NOISY_RNN_BACKEND=vector)",
    });
  }
  let message = "";
  const decoder = new TextDecoder();
  try {
    const files = await clang.commands.clang(
      [...compileFlags(precision, variant), "kernel.c", "-o", "kernel.wasm"],
      { "kernel.c": text, ...kernelHeaders() },
      {
        stdout: null,
        stderr: (bytes) => {
          if (bytes) message += decoder.decode(bytes, { stream: true });
        },
      },
    );
    return (files as Record<string, Uint8Array>)["kernel.wasm"];
  } catch (cause) {
    throw new InternalError(`kernel of ${name}`, `clang refused the emitted C (${String(cause)}):\n${message.trim()}`);
  }
}

async function instantiate(bytes: Uint8Array, names: readonly string[]): Promise<WasmInstance> {
  const { instance } = await WebAssembly.instantiate(bytes as Uint8Array<ArrayBuffer>, {});
  const exported = instance.exports as Record<string, unknown>;
  const functions = exported as WasmInstance["functions"];
  const memory = exported.memory as WebAssembly.Memory;
  const pageSize = 65536;
  for (const name of names) if (functions[name] === undefined) throw new InternalError("kernel", `no function ${name}`);
  return {
    threads: 1,
    addressBytes: 4,
    heapBase: Math.ceil(((exported.__heap_base as WebAssembly.Global).value as number) / 64) * 64,
    buffer: () => memory.buffer,
    reserve: (size) => {
      const missing = size - memory.buffer.byteLength;
      if (missing <= 0) return;
      try {
        memory.grow(Math.ceil(missing / pageSize));
      } catch {
        throw new CapabilityError({
          place: "WebAssembly memory",
          rule: `a sequence needs ${Math.ceil(size / 2 ** 20)} MiB, more than WebAssembly can have (4096 MiB)`,
          remedy: "use smaller batches or shorter sequences, or checkpointing",
        });
      }
    },
    run: (name, jobs, count) => {
      const words = new Uint32Array(memory.buffer, jobs, count * jobSize);
      for (let job = 0; job < count; job++) {
        const at = job * jobSize;
        functions[name](words[at + jobWords.addresses], words[at + jobWords.integers], words[at + jobWords.settings]);
      }
    },
    close: () => {},
    functions,
  };
}

function readFirst(folders: readonly string[], file: string): Uint8Array | undefined {
  for (const folder of folders) {
    try {
      return readFileSync(join(folder, file));
    } catch {
      // not there: the next folder, then the compiler
    }
  }
  return undefined;
}

/** Best effort: a cache that cannot be written only costs time. */
function keep(folder: string, file: string, bytes: Uint8Array): void {
  try {
    mkdirSync(folder, { recursive: true });
    const temporary = join(folder, `.${randomUUID()}`);
    writeFileSync(temporary, bytes);
    renameSync(temporary, join(folder, file));
  } catch {
    // read-only or full
  }
}
