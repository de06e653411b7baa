/**
 * The speed of the kernels on one core, per instruction set, float32, each figure the best of many short runs.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const sets =
  process.arch === "x64"
    ? [
        { name: "baseline (SSE2)", flags: ["-DVBYTES=16"], feature: "sse2" },
        { name: "avx2", flags: ["-mavx2", "-mfma", "-DVBYTES=32"], feature: "fma" },
        {
          name: "avx512",
          flags: ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-DVBYTES=64"],
          feature: "avx512vl",
        },
      ]
    : [{ name: "neon", flags: ["-DVBYTES=16"], feature: undefined }];
const common = ["-O2", "-std=gnu11", "-ffp-contract=off", "-fno-math-errno"];
const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-kernels-"));

/**
 * Compiles and runs a C program.
 *
 * @param {readonly string[]} args of cc
 * @param {string} [source] read from standard input by cc
 */
function run(args, source) {
  const program = join(folder, "program");
  const compiled = spawnSync("cc", [...args, "-o", program], { encoding: "utf8", input: source });
  if (compiled.status !== 0) throw new Error(`cc failed: ${compiled.error?.message ?? compiled.stderr}`);
  return spawnSync(program, { encoding: "utf8" });
}

/** @param {typeof sets[number]} set */
function supported({ feature }) {
  if (feature === undefined) return true;
  const check = `int main(void) { return !__builtin_cpu_supports("${feature}"); }`;
  return run(["-x", "c", "-"], check).status === 0;
}

/**
 * @typedef {object} KernelSpeeds
 * @property {string} name of the instruction set
 * @property {number} gigahertz
 * @property {number} peak of multiply-adds on registers, GFLOP/s
 * @property {number} normals cycles a number
 * @property {{ kibibytes: number, rate: number }[]} reads GB/s of reading data of a size
 * @property {{ kind: "product" | "outer", size: number, panels: number, rate: number }[]} products GFLOP/s
 */

/** @param {typeof sets[number]} set */
function measure({ flags }) {
  const { stdout } = run([...common, ...flags, `-I${join(root, "kernels")}`, join(root, "bench/native/kernels.c")]);
  return new Map(
    stdout
      .trim()
      .split("\n")
      .map((line) => /** @type {[string, string]} */ (line.split(" "))),
  );
}

/**
 * What was measured for each instruction set, from plain to wide; undefined where the processor lacks it.
 *
 * @returns {Generator<{ name: string, speeds: KernelSpeeds | undefined }>}
 */
export function* kernelSpeeds() {
  try {
    for (const set of sets) yield { name: set.name, speeds: supported(set) ? speedsOf(set) : undefined };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {typeof sets[number]} set
 * @returns {KernelSpeeds}
 */
function speedsOf(set) {
  const found = measure(set);
  /** @param {string} name */
  const number = (name) => Number(found.get(name));
  const split = [...found.keys()].map((name) => ({ words: name.split("-"), rate: number(name) }));
  return {
    name: set.name,
    gigahertz: number("gigahertz"),
    peak: number("peak"),
    normals: number("normals"),
    reads: split.flatMap(({ words: [kind, size], rate }) =>
      kind === "read" ? [{ kibibytes: Number(size), rate }] : [],
    ),
    products: split.flatMap(({ words: [kind, size, panels], rate }) =>
      kind === "product" || kind === "outer" ? [{ kind, size: Number(size), panels: Number(panels), rate }] : [],
    ),
  };
}
