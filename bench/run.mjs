/**
 * `npm run bench`: what a training step costs, beside its peers in the same minute, and as a share of this machine's peak.
 *
 * `--json` prints one array of rows on standard output and nothing else. bench/README.md says how to read it.
 */
import { availableParallelism, cpus, loadavg } from "node:os";
import { installedBackends } from "../dist/engine/backends.js";
import { installBackends } from "../dist/platform/node/setup.js";
import { bestVariant } from "../dist/platform/node/wasm-provider.js";
import { benchOptions } from "./arguments.mjs";
import { noiseThroughput } from "./noise.mjs";
import { ourUpdates } from "./ours/updates.mjs";
import { interleaved } from "./pairs.mjs";
import { nativePeak } from "./peak/native.mjs";
import { wasmPeak } from "./peak/wasm.mjs";
import { PeerFailure } from "./peers/process.mjs";
import { pytorch } from "./peers/pytorch.mjs";
import { tensorflow } from "./peers/tensorflow.mjs";
import { benchRow } from "./rows.mjs";
import { tableHead, tableLine } from "./table.mjs";
import { works } from "./works.mjs";

const names = works.map(({ name }) => name);
const options = benchOptions(process.argv.slice(2), names);
if ("problem" in options) {
  console.error(options.problem);
  process.exit(2);
}
const extent = options.quick ? { pairs: 3, budget: 2_000 } : { pairs: 9, budget: 8_000 };
const cores = availableParallelism();

/** @param {string} text */
const say = (text) => {
  if (!options.json) console.log(text);
};

installBackends();

/** Back ends of the bench, with the peak of one core in GFLOP/s and the thread counts that are timed. */
const engines = [
  { backend: "native", peak: nativePeak, threads: [...new Set([1, Math.min(2, cores), cores])] },
  { backend: "wasm", peak: wasmPeak, threads: [1] },
];

say(`${cpus()[0].model}, ${cores} cores, Node ${process.versions.node}, WebAssembly ${bestVariant()}`);
const [load] = loadavg();
if (load > cores / 2) say(`this machine is busy (load ${load.toFixed(1)} in the last minute): believe no row`);
const present = [];
for (const engine of engines) {
  const found = installedBackends().find(({ name }) => name === engine.backend);
  const reason = found === undefined ? "it is not installed" : found.unavailable();
  if (reason !== undefined) {
    say(`no rows of back end ${engine.backend}: ${reason}`);
    continue;
  }
  const peak = await engine.peak();
  const text = peak === undefined ? "not measured, there is no C compiler" : `${peak.toFixed(1)} GFLOP/s`;
  say(`peak of one core, ${engine.backend}, products of registers only: ${text}`);
  present.push({ ...engine, peak });
}

/** @typedef {{ name: string, peer: import("./peers/process.mjs").Peer | undefined }} NamedPeer */

/** @type {Set<string>} */
const told = new Set();

/**
 * A peer that cannot run is told once a reason, and named so in the row.
 *
 * @param {unknown} error
 * @param {string} name what the row says
 * @returns {NamedPeer}
 */
function withoutPeer(error, name) {
  if (!(error instanceof PeerFailure)) throw error;
  const line = `${name}: ${error.message}`;
  if (!told.has(line)) say(line);
  told.add(line);
  return { name, peer: undefined };
}

/**
 * A row of the table.
 *
 * @param {import("./works.mjs").Work} work
 * @param {import("./ours/updates.mjs").Subject} ours
 * @param {{ backend: string, threads: number, peak: number | undefined }} engine
 * @param {NamedPeer} given
 */
async function measuredRow(work, ours, engine, given) {
  let { name, peer } = given;
  let pairs = await interleaved(ours, peer, extent).catch((error) => {
    ({ name, peer } = withoutPeer(error, `${name} failed`));
  });
  pairs ??= await interleaved(ours, undefined, extent);
  return benchRow(work, { ...engine, peer: name, pairs });
}

say("");
say(tableHead);
/** @type {import("./rows.mjs").Row[]} */
const rows = [];
for (const work of works.filter(({ name }) => options.only.includes(name))) {
  /** @type {NamedPeer} */
  const torch = await pytorch(work, cores, options.byHand).catch((error) => withoutPeer(error, "PyTorch is missing"));
  for (const { backend, peak, threads: counts } of present) {
    for (const threads of counts) {
      const ours = await ourUpdates(work, { backend, threads });
      const peers = [torch];
      if (backend === "wasm") {
        peers.push(await tensorflow(work).catch((error) => withoutPeer(error, "TensorFlow.js is missing")));
      }
      for (const given of peers) {
        const row = await measuredRow(work, ours, { backend, threads, peak }, given);
        rows.push(row);
        say(tableLine(row));
        if (given !== torch) await given.peer?.end();
      }
      await ours.end();
    }
  }
  await torch.peer?.end();
}

if (options.json) console.log(JSON.stringify(rows, null, 2));
else if (options.only.length === names.length) {
  say("");
  say("normals      back end             ns a number");
  for (const row of await noiseThroughput()) {
    say(`normals      ${row.backend.padEnd(20)} ${row.nanosecondsPerNumber.toFixed(2).padStart(11)}`);
  }
}
