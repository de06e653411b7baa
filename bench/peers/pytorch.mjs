/** PyTorch as a peer: the fastest of several settings, chosen anew for each work. */
import { join } from "node:path";
import { sampleCount } from "../pairs.mjs";
import { PeerFailure, peerProcess, together } from "./process.mjs";

/** Debian's own: it has python3-torch. */
export const python = "/usr/bin/python3";
const script = join(import.meta.dirname, "pytorch", "serve.py");

/** @typedef {import("./process.mjs").Peer} Peer */

/**
 * @typedef {object} Setting
 * @property {"autograd" | "derivative by hand"} form
 * @property {number} threads of PyTorch's own operations
 * @property {number} blasThreads of the products
 * @property {number} processes among which networks are divided
 */

/**
 * Ways to use the cores: of few there are three, of many also those with two.
 *
 * @param {import("../works.mjs").Work} work
 * @param {number} cores
 * @param {Setting["form"]} form
 * @returns {Setting[]}
 */
export function settings(work, cores, form) {
  /** @type {(threads: number, blasThreads: number, processes: number) => Setting} */
  const setting = (threads, blasThreads, processes) => ({ form, threads, blasThreads, processes });
  const counts = [...new Set([Math.min(2, cores), cores])].filter((count) => count > 1);
  const single = setting(1, 1, 1);
  // networks that do not depend on each other: a process per core
  if (work.networks > 1) return [single, ...counts.map((count) => setting(1, 1, count))];
  return [single, ...counts.flatMap((count) => [setting(1, count, 1), setting(count, count, 1)])];
}

/**
 * The fastest use of the cores by PyTorch for a work.
 *
 * @param {import("../works.mjs").Work} work
 * @param {number} cores
 * @param {boolean} byHand with a derivative written by hand, not its own
 * @returns {Promise<{ name: string, peer: Peer }>}
 * @throws {PeerFailure} where PyTorch is missing
 */
export async function pytorch(work, cores, byHand) {
  const [first, ...others] = settings(work, cores, byHand ? "derivative by hand" : "autograd");
  let best = await measured(work, first);
  for (const setting of others) best = await faster(best, setting);
  return { name: `PyTorch ${best.peer.version}, ${described(best.setting)}`, peer: best.peer };
}

/** @typedef {{ work: import("../works.mjs").Work, setting: Setting, peer: Peer, ms: number }} Measured */

/**
 * @param {import("../works.mjs").Work} work
 * @param {Setting} setting
 * @returns {Promise<Measured>}
 */
async function measured(work, setting) {
  const peer = await start(work, setting);
  const count = await sampleCount(peer);
  return { work, setting, peer, ms: Math.min(await peer.time(count), await peer.time(count)) };
}

/**
 * The faster of what was measured and another setting, which may be one that cannot run here.
 *
 * @param {Measured} best
 * @param {Setting} setting
 */
async function faster(best, setting) {
  try {
    const other = await measured(best.work, setting);
    const [winner, loser] = best.ms <= other.ms ? [best, other] : [other, best];
    await loser.peer.end();
    return winner;
  } catch (error) {
    if (error instanceof PeerFailure) return best;
    throw error;
  }
}

/**
 * @param {import("../works.mjs").Work} work
 * @param {Setting} setting
 */
function start(work, { form, threads, blasThreads, processes }) {
  const environment = { OPENBLAS_NUM_THREADS: String(blasThreads), PYTHONDONTWRITEBYTECODE: "1" };
  const shares = Array.from({ length: processes }, (_, index) => Math.floor((work.networks + index) / processes));
  return together(
    shares.map((networks) =>
      peerProcess(python, [script, JSON.stringify({ ...work, networks, form, threads })], environment),
    ),
  );
}

/** @param {Setting} setting */
function described({ form, threads, blasThreads, processes }) {
  const use =
    processes > 1
      ? `${processes} processes`
      : blasThreads === 1
        ? "1 thread"
        : threads === 1
          ? `${blasThreads} threads for products`
          : `${threads} threads`;
  return `${use}, ${form}`;
}
