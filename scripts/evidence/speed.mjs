import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { kernelSpeeds } from "../../bench/native/speeds.mjs";
import { works } from "../../bench/works.mjs";
import { say } from "../tools/failure.mjs";
import { root } from "../tools/folders.mjs";

/** @typedef {import("../../bench/native/speeds.mjs").KernelSpeeds} KernelSpeeds */
/** @typedef {import("../../bench/rows.mjs").Row} Row */

export const title = "Speed of a training step";

/** Networks whose limits are worked out. */
const limited = ["ctrnn-64", "ctrnn-128", "ctrnn-1024"];

/** The bench, and what bounds three of its sizes on one core. */
export async function measure() {
  say("the kernels");
  const speeds = [...kernelSpeeds()].flatMap((set) => set.speeds ?? []).at(-1);
  say("the bench");
  /** @type {Row[]} */
  const rows = JSON.parse(
    execFileSync(process.execPath, [join(root, "bench", "run.mjs"), "--json"], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );
  return [
    "[How to read it](../../bench/README.md). Times are medians, ratios are medians over interleaved pairs.",
    "",
    "| work | back end | threads | ms/update | GFLOP/s | of peak | peer ms | ratio | peer |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map(rowText),
    ...(speeds === undefined ? [] : limits(speeds, rows)),
  ].join("\n");
}

/** @type {(value: number | null, digits: number) => string} */
const text = (value, digits) => (value === null ? "-" : value.toFixed(digits));

/** @param {Row} row */
function rowText({ name, backend, threads, msPerStep, gflops, shareOfPeak, peerMsPerStep, ratio, peer }) {
  const cells = [text(msPerStep, 2), text(gflops, 1), text(shareOfPeak, 2), text(peerMsPerStep, 2), text(ratio, 2)];
  return `| ${name} | ${backend} | ${threads} | ${cells.join(" | ")} | ${peer} |`;
}

/**
 * What three sizes would take if nothing but products and normal numbers were computed, at the rates that these reach
 * by themselves.
 *
 * @param {KernelSpeeds} speeds of the widest instruction set
 * @param {readonly Row[]} rows
 */
function limits(speeds, rows) {
  const { name, gigahertz, peak, normals, reads } = speeds;
  const lines = limited.map((work) => {
    const { hidden, batch, steps } = /** @type {import("../../bench/works.mjs").Work} */ (
      works.find((candidate) => candidate.name === work)
    );
    /** @param {"product" | "outer"} kind */
    const rate = (kind) => {
      const fits = speeds.products.filter((product) => product.kind === kind && product.size === hidden);
      return fits[0].rate;
    };
    const trials = batch * steps;
    const operations = 2 * hidden ** 2 * trials;
    const atPeak = (3 * operations) / peak / 1e6;
    const products = (2 * operations) / rate("product") / 1e6;
    const outer = operations / rate("outer") / 1e6;
    const noise = (hidden * trials * normals) / gigahertz / 1e6;
    // states and one stored vector: written by the forward pass, read by the reverse pass, the states twice
    const bytes = hidden * trials * 4 * 5;
    const found = rows.find((row) => row.name === work && row.backend === "native" && row.threads === 1);
    const bound = products + outer + noise;
    const cells = [atPeak, products, outer, noise, bound].map((value) => value.toFixed(2));
    const share = found === undefined ? "-" : (bound / found.msPerStep).toFixed(2);
    const cycles = found === undefined ? "-" : ((found.msPerStep * gigahertz * 1e6) / (hidden * trials)).toFixed(1);
    return `| ${work} | ${cells.join(" | ")} | ${(bytes / 2 ** 20).toFixed(0)} | ${text(found?.msPerStep ?? null, 2)} | ${share} | ${cycles} |`;
  });
  return [
    "",
    "## What bounds it",
    "",
    `One core with ${name}: ${gigahertz.toFixed(2)} GHz, ${peak.toFixed(0)} GFLOP/s of multiply-adds on registers, ${normals.toFixed(2)} cycles a normal number, reads of ${reads.map(({ kibibytes, rate }) => `${rate.toFixed(0)} GB/s from ${kibibytes} KiB`).join(", ")} (\`node bench/kernels.mjs\`). Times in ms of one update:`,
    "",
    "| work | products at register peak | two products as the kernel does them | gradient product | normals | bound: the last three | MiB that move | measured | bound / measured | cycles a unit, trial and step |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...lines,
    "",
    "What is left is element-wise work (activation, leak, derivative), packing, loss, optimiser and JavaScript.",
  ];
}
