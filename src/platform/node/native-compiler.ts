/** The machine's C compiler: which one it is, what it is told, and what it makes of a kernel. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import type { Precision } from "../../engine/contract.ts";
import { packageFolder } from "./folders.ts";
import { type InstructionSetName, instructionSet } from "./native-instructions.ts";

export interface Compiler {
  /** The command and its first arguments, as `CC` has them. */
  readonly command: readonly string[];
  /** First line of what it says about itself. */
  readonly version: string;
}

/** `CC`, which may have arguments ("ccache gcc"), or `cc`; a relative path is from the current folder. */
export function compilerCommand(): readonly string[] {
  const [file, ...first] = process.env.CC?.trim().split(/\s+/) ?? [];
  if (!file) return ["cc"];
  return [basename(file) === file ? file : resolve(file), ...first];
}

const known = new Map<string, Compiler | undefined>();

/** The compiler, asked once per process; undefined when it cannot be run. */
export function findCompiler(): Compiler | undefined {
  const command = compilerCommand();
  const key = command.join(" ");
  if (!known.has(key)) {
    const [file, ...first] = command;
    const { status, stdout } = spawnSync(file, [...first, "--version"], { encoding: "utf8", timeout: 10_000 });
    known.set(key, status === 0 ? { command, version: stdout.split("\n")[0].trim() } : undefined);
  }
  return known.get(key);
}

/** Folder with node_api.h: of the package node-api-headers, else what came with Node; undefined when there is neither. */
export function nodeHeaders(): string | undefined {
  const folders = [join(dirname(process.execPath), "..", "include", "node")];
  try {
    folders.unshift(join(dirname(createRequire(import.meta.url).resolve("node-api-headers")), "include"));
  } catch {
    // not installed
  }
  return folders.find((folder) => existsSync(join(folder, "node_api.h")));
}

/**
 * What the compiler is told besides where headers and files are.
 *
 * With -O3 gcc copies loops for every answer to every "is there noise?" in them: it takes more than twice as long, for
 * code that is at most 2 % faster (docs/decisions/native-kernels.md). Symbols are bound within the file (`-Bsymbolic`): another
 * library of the process may have a function of the same name.
 */
export function compilerFlags(precision: Precision, name: InstructionSetName): readonly string[] {
  const { flags, vectorBytes } = instructionSet(name);
  return [
    "-O2",
    "-std=gnu11",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-fPIC",
    "-shared",
    "-fvisibility=hidden",
    "-w",
    process.platform === "darwin" ? "-Wl,-undefined,dynamic_lookup" : "-Wl,-Bsymbolic",
    ...flags,
    `-DVBYTES=${vectorBytes}`,
    ...(precision === "float64" ? ["-DREAL64"] : []),
  ];
}

export interface Compilation {
  readonly compiler: Compiler;
  readonly flags: readonly string[];
  /** Folder with node_api.h. */
  readonly headers: string;
  readonly text: string;
  /** File that is written. */
  readonly output: string;
}

/** Milliseconds; the largest kernel takes ten seconds on a slow machine that does nothing else. */
const patience = 300_000;

interface Invocation {
  readonly file: string;
  readonly parameters: readonly string[];
  readonly cwd: string;
}

/** A text from standard input takes headers from the compiler's folder first: a file there must not shadow ours. */
function invocation({ compiler, flags, headers, output }: Compilation): Invocation {
  const [file, ...first] = compiler.command;
  return {
    file,
    parameters: [...first, ...flags, "-I", headers, "-x", "c", "-", "-o", resolve(output)],
    cwd: join(packageFolder, "kernels"),
  };
}

/** @returns what the compiler complained about, or undefined when the output is there */
export function compile(compilation: Compilation): Promise<string | undefined> {
  const { file, parameters, cwd } = invocation(compilation);
  return new Promise((settle) => {
    const child = execFile(file, parameters, { cwd, timeout: patience, maxBuffer: 2 ** 26 }, (error, _, stderr) =>
      settle(error === null ? undefined : complaint(stderr, error)),
    );
    // a compiler that ends before it has read its input is judged by how it ended
    child.stdin?.on("error", () => {});
    child.stdin?.end(compilation.text);
  });
}

/** The same while everything waits: for a text so small that it takes a tenth of a second. */
export function compileNow(compilation: Compilation): string | undefined {
  const { file, parameters, cwd } = invocation(compilation);
  const { status, stderr, error } = spawnSync(file, parameters, {
    cwd,
    input: compilation.text,
    encoding: "utf8",
    timeout: patience,
  });
  return status === 0 ? undefined : complaint(stderr ?? "", error ?? new Error(`it ended with code ${status}`));
}

const mostLines = 8;

/** The errors without what leads to them; all that was said when there are none. */
function complaint(stderr: string, error: Error & { readonly killed?: boolean }): string {
  if (error.killed === true) return `it was stopped after ${patience / 1000} s`;
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const errors = lines.filter((line) => /error|undefined|cannot/i.test(line));
  const told = errors.length > 0 ? errors : lines;
  return told.length === 0 ? error.message : told.slice(0, mostLines).join("\n");
}
