/**
 * `node bench/kernels.mjs`: how close the kernels come to this machine's limits, per instruction set, one core, float32.
 *
 * Compiles bench/native/kernels.c with cc. Products in GFLOP/s and as a share of what multiply-adds on registers reach
 * in the same run; normals in cycles; reading in GB/s, from a set of data that fits the first, second and third level of
 * cache, or none. Every figure is the best of many short runs.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const sets =
  process.arch === "x64"
    ? [
        { name: "SSE 4.1", flags: ["-msse4.1", "-DVBYTES=16"], feature: "sse4.1" },
        { name: "AVX2 and FMA", flags: ["-mavx2", "-mfma", "-DVBYTES=32"], feature: "fma" },
        {
          name: "AVX-512",
          flags: ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-DVBYTES=64"],
          feature: "avx512vl",
        },
      ]
    : [{ name: "NEON", flags: ["-DVBYTES=16"], feature: undefined }];
const common = ["-O3", "-std=gnu11", "-ffp-contract=off", "-fno-math-errno"];
const root = join(import.meta.dirname, "..");
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

try {
  for (const set of sets) {
    if (!supported(set)) {
      console.log(`${set.name}: this processor lacks it\n`);
      continue;
    }
    const found = measure(set);
    /** @param {string} name */
    const number = (name) => Number(found.get(name));
    const peak = number("peak");
    console.log(
      `${set.name}: ${number("gigahertz").toFixed(2)} GHz, multiply-adds on registers ${peak.toFixed(0)} GFLOP/s`,
    );
    console.log(
      `  normals ${number("normals").toFixed(2)} cycles each; reads ${[...found.keys()]
        .filter((name) => name.startsWith("read-"))
        .map((name) => `${number(name).toFixed(1)} GB/s of ${name.slice(5)} KiB`)
        .join(", ")}`,
    );
    for (const name of found.keys()) {
      const [kind, size, panels] = name.split("-");
      if (kind !== "product" && kind !== "outer") continue;
      const value = number(name);
      const share = ((100 * value) / peak).toFixed(0);
      console.log(
        `  ${kind.padEnd(8)}${size.padStart(5)} x ${size.padEnd(5)}${panels.padStart(2)} panels${value.toFixed(0).padStart(5)} GFLOP/s ${share.padStart(4)} % of peak`,
      );
    }
    console.log();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
