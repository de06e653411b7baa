/** Compiles C snippets that include the headers of kernels/, to WebAssembly and, where there is `cc`, to native programs. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commands } from "@yowasp/clang";

const kernels = fileURLToPath(new URL("../../kernels/", import.meta.url));

/** Flags of every build of the kernels that numbers depend on. */
const commonFlags = ["-O3", "-std=gnu11", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra", "-Werror"];

export interface WasmProgram {
  readonly memory: WebAssembly.Memory;
  /** Exported C functions by name. */
  readonly call: Readonly<Record<string, (...values: number[]) => number>>;
  /** Address of the first byte behind the program's own data, 64-byte aligned. */
  readonly heap: number;
}

/** Put before what it exports: `EXPORT(name) real name(...)` makes a C function callable in WebAssembly. */
export const exportMacro = `
#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name)))
#else
#define EXPORT(name)
#endif
`;

/**
 * @param source C that may include any header of kernels/
 * @param flags e.g. `-DREAL64`, `-mrelaxed-simd`
 */
export async function wasmProgram(source: string, flags: readonly string[] = []): Promise<WasmProgram> {
  const headers: Record<string, string> = {};
  for (const file of readdirSync(kernels)) {
    if (file.endsWith(".h")) headers[file] = readFileSync(join(kernels, file), "utf8");
  }
  let messages = "";
  const decoder = new TextDecoder();
  // Loading first, because only here can its messages be turned off.
  await commands.clang(undefined, {}, { fetchProgress: () => {} });
  const files = await Promise.resolve(
    commands.clang(
      [
        "--target=wasm32-unknown-unknown",
        "-nostdlib",
        "-msimd128",
        ...commonFlags,
        "-Wl,--no-entry",
        "-Wl,--export=__heap_base",
        ...flags,
        "snippet.c",
        "-o",
        "snippet.wasm",
      ],
      { "snippet.c": source, ...headers },
      {
        stderr: (bytes) => {
          if (bytes) messages += decoder.decode(bytes);
        },
      },
    ),
  ).catch((cause) => {
    throw new Error(`the C snippet does not compile to WebAssembly:\n${messages}`, { cause });
  });
  const bytes = files?.["snippet.wasm"] as Uint8Array<ArrayBuffer>;
  const { instance } = await WebAssembly.instantiate(bytes);
  const { memory, __heap_base: heapBase } = instance.exports as {
    memory: WebAssembly.Memory;
    __heap_base: WebAssembly.Global;
  };
  return {
    memory,
    call: instance.exports as unknown as WasmProgram["call"],
    heap: Math.ceil(heapBase.value / 64) * 64,
  };
}

/** Room for `bytes` bytes from `address` on. */
export function reserve(program: WasmProgram, address: number, bytes: number): void {
  const missing = address + bytes - program.memory.buffer.byteLength;
  if (missing > 0) program.memory.grow(Math.ceil(missing / 65536));
}

/** A native build: what the machine's C compiler and processor can run. */
export interface NativeTarget {
  readonly name: string;
  readonly flags: readonly string[];
}

/** The targets that run here, from plain to wide; empty without `cc`. */
export function nativeTargets(): readonly NativeTarget[] {
  const candidates: readonly NativeTarget[] =
    process.arch === "x64"
      ? [
          { name: "SSE 4.1, 16 bytes", flags: ["-msse4.1", "-DVBYTES=16"] },
          { name: "AVX2, 32 bytes", flags: ["-mavx2", "-DVBYTES=32"] },
          { name: "AVX-512, 64 bytes", flags: ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-DVBYTES=64"] },
        ]
      : [{ name: "16 bytes", flags: ["-DVBYTES=16"] }];
  return candidates.filter(({ flags }) => {
    // The loop is long enough for the compiler to use the instruction set that is asked for.
    const check = `volatile float x[64]; int main(void) { for (int i = 0; i < 64; i++) x[i] = i;
      float s = 0; for (int i = 0; i < 64; i++) s += x[i]; return s != 2016
      #ifdef __AVX512F__
      || !__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl")
      #elif defined(__AVX2__)
      || !__builtin_cpu_supports("avx2")
      #endif
      ; }`;
    try {
      runNative(check, flags);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Compiles and runs a native program.
 *
 * @param source C with a `main` that may read standard input and writes bytes to standard output
 * @returns the bytes written
 */
export function runNative(source: string, flags: readonly string[], input: Uint8Array = new Uint8Array()): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-cc-"));
  try {
    writeFileSync(join(folder, "snippet.c"), source);
    const compiled = spawnSync("cc", [...commonFlags, `-I${kernels}`, ...flags, "snippet.c", "-o", "snippet"], {
      cwd: folder,
      encoding: "utf8",
    });
    if (compiled.status !== 0) throw new Error(`cc failed: ${compiled.error?.message ?? compiled.stderr}`);
    const run = spawnSync(join(folder, "snippet"), { input, maxBuffer: 2 ** 30 });
    if (run.status !== 0) throw new Error(`the native program ended with ${run.status ?? run.signal}`);
    return new Uint8Array(run.stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
