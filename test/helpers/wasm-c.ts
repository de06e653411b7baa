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

/** A native build: an instruction set, and what stands in the way of running it here. */
export interface NativeTarget {
  readonly name: string;
  readonly compiler: string;
  readonly flags: readonly string[];
  /** Program that runs the result, empty when this processor does. */
  readonly runner: readonly string[];
  /** Why it cannot run here, or undefined. */
  readonly obstacle: string | undefined;
}

const x86: readonly (readonly [name: string, flags: readonly string[], feature: string])[] = [
  ["SSE, 16 bytes", ["-DVBYTES=16"], "sse2"],
  ["SSE 4.1, 16 bytes", ["-msse4.1", "-DVBYTES=16"], "sse4.1"],
  ["AVX2 and FMA, 32 bytes", ["-mavx2", "-mfma", "-DVBYTES=32"], "fma"],
  ["AVX-512, 64 bytes", ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-DVBYTES=64"], "avx512vl"],
];

let targets: readonly NativeTarget[] | undefined;

/** Every instruction set that the kernels are written for, from plain to wide. */
export function nativeTargets(): readonly NativeTarget[] {
  targets ??= [
    ...x86.map(([name, flags, feature]): NativeTarget => {
      const target = { name, compiler: "cc", flags, runner: [], obstacle: undefined };
      const check = `int main(void) { return !__builtin_cpu_supports("${feature}"); }`;
      if (process.arch !== "x64") return { ...target, obstacle: "the processor is not x86-64" };
      if (!answers("cc")) return { ...target, obstacle: "there is no C compiler (cc)" };
      // Built without the flags, which could need what the processor lacks.
      const lacking = !succeeds(check, { ...target, flags: [] });
      return lacking ? { ...target, obstacle: `the processor has no ${feature}` } : target;
    }),
    neon(),
  ];
  return targets;
}

/** Those in which kernels/product.h differs: it has nothing of SSE 4.1. */
export const productTargets = (): readonly NativeTarget[] =>
  nativeTargets().filter(({ flags }) => !flags.includes("-msse4.1"));

function neon(): NativeTarget {
  const target = { name: "NEON, 16 bytes", compiler: "cc", flags: ["-DVBYTES=16"], runner: [], obstacle: undefined };
  if (process.arch === "arm64") return answers("cc") ? target : { ...target, obstacle: "there is no C compiler (cc)" };
  const emulated = {
    ...target,
    compiler: "aarch64-linux-gnu-gcc",
    flags: ["-DVBYTES=16", "-static"],
    runner: ["qemu-aarch64-static"],
  };
  const missing = [emulated.compiler, ...emulated.runner].filter((command) => !answers(command));
  if (missing.length > 0) return { ...emulated, obstacle: `there is no ${missing.join(" and no ")}` };
  const works = succeeds("int main(void) { return 0; }", emulated);
  return works ? emulated : { ...emulated, obstacle: "a program for arm64 does not run here" };
}

const answers = (command: string): boolean => spawnSync(command, ["--version"]).status === 0;

function succeeds(source: string, target: NativeTarget): boolean {
  try {
    runNative(source, target);
    return true;
  } catch {
    return false;
  }
}

export interface NativeRun {
  /** Besides those of the target, e.g. `-DREAL64`. */
  readonly flags?: readonly string[];
  readonly input?: Uint8Array;
  /** One run of the program for each list. */
  readonly runs?: readonly (readonly string[])[];
}

/**
 * Compiles and runs a native program.
 *
 * @param source C with a `main` that may read standard input and writes bytes to standard output
 * @returns the bytes written, of all runs one after the other
 * @throws Error with what was written when the compiler or a run fails
 */
export function runNative(
  source: string,
  target: NativeTarget,
  { flags = [], input = new Uint8Array(), runs = [[]] }: NativeRun = {},
): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-cc-"));
  try {
    writeFileSync(join(folder, "snippet.c"), source);
    const options = [...commonFlags, `-I${kernels}`, ...target.flags, ...flags];
    const compiled = spawnSync(target.compiler, [...options, "snippet.c", "-o", "snippet"], {
      cwd: folder,
      encoding: "utf8",
    });
    if (compiled.status !== 0)
      throw new Error(`${target.compiler} failed: ${compiled.error?.message ?? compiled.stderr}`);
    const [command, ...before] = [...target.runner, join(folder, "snippet")];
    const outputs = runs.map((values) => {
      const run = spawnSync(command, [...before, ...values], { input, maxBuffer: 2 ** 30 });
      if (run.status === 0) return run.stdout;
      throw new Error(`the native program ended with ${run.status ?? run.signal}:\n${run.stdout}${run.stderr}`);
    });
    return new Uint8Array(Buffer.concat(outputs));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
