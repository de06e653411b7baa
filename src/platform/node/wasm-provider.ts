/**
 * Compiled kernels in Node: shipped with the package, else from the cache, else compiled now.
 *
 * A kernel's name is the hash of its C text, the headers, the compiler's flags, precision and instruction set. Shipped
 * and cached kernels are found by that name alone, so a kernel is found where the compiler itself is missing.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { CapabilityError, InternalError } from "../../core/errors.ts";
import type { Precision } from "../../engine/contract.ts";
import type { WasmProvider } from "../../engine/wasm/contract.ts";
import { wasmInstance } from "../wasm/instance.ts";
import { bestVariant, compileFlags, headersDigest, kernelName, type WasmVariant } from "../wasm/kernel-file.ts";
import { threadCrew } from "./crew-threads.ts";
import { cacheFolder, packageFolder } from "./folders.ts";

export { bestVariant, type WasmVariant, wasmVariants } from "../wasm/kernel-file.ts";

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
    instantiate: async (name, text, instanceOptions) => {
      const { precision } = instanceOptions;
      const id = kernelId(text, precision, variant);
      let module = await firstModule([shippedFolder, kernelCacheFolder()], `${id}.wasm`);
      if (module === undefined) {
        options.onCompile?.({ name, precision });
        const bytes = await compileKernel(name, text, precision, variant);
        keep(kernelCacheFolder(), `${id}.wasm`, bytes);
        module = await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
      }
      return wasmInstance(module, instanceOptions, threadCrew);
    },
  };
}

let headers: Record<string, string> | undefined;
let digest: string | undefined;

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

/** Without what only native kernels are wrapped in. */
function moduleHeaders(): Record<string, string> {
  const { "addon.h": _, ...others } = kernelHeaders();
  return others;
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

/** Digest of the headers that this package compiles with. */
export function kernelHeadersDigest(): string {
  digest ??= headersDigest(moduleHeaders());
  return digest;
}

/** Name of a kernel compiled with the headers of this package. */
export function kernelId(text: string, precision: Precision, variant: WasmVariant): string {
  return kernelName(text, precision, variant, kernelHeadersDigest());
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
      { "kernel.c": text, ...moduleHeaders() },
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

/** The first file that is there and whole: one that was cut short, by a full disk or a copy, is made anew. */
async function firstModule(folders: readonly string[], file: string): Promise<WebAssembly.Module | undefined> {
  for (const folder of folders) {
    try {
      return await WebAssembly.compile(readFileSync(join(folder, file)));
    } catch {
      // not there, or damaged: the next folder, then the compiler
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
