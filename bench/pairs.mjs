/** Timing in turn: ours, peer, ours, peer, so that both see the same machine. */
import { setTimeout as rest } from "node:timers/promises";

/**
 * Something that makes updates and is timed.
 *
 * @typedef {object} Timed
 * @property {(count: number) => number | Promise<number>} time makes `count` updates; milliseconds of one
 */

/** Length of a sample in ms: long beside the clock's grain, short beside the drift of a machine. */
const sampleLength = 150;

/** The threads of OpenBLAS and OpenMP go on waiting actively for some tens of ms after their work, then they sleep. */
const peerRest = 80;

/**
 * @param {Timed} ours
 * @param {Timed | undefined} peer
 * @param {{ pairs: number, budget: number }} extent most pairs, and ms after which only the least number, 3, is made
 * @returns {Promise<import("./rows.mjs").Pair[]>}
 */
export async function interleaved(ours, peer, { pairs, budget }) {
  const ownCount = await sampleCount(ours);
  const peerCount = peer === undefined ? 0 : await sampleCount(peer);
  /** @type {import("./rows.mjs").Pair[]} */
  const measured = [];
  const start = performance.now();
  while (measured.length < 3 || (measured.length < pairs && performance.now() - start < budget)) {
    if (peer !== undefined) await rest(peerRest);
    const own = await ours.time(ownCount);
    measured.push({ ours: own, peer: peer === undefined ? null : await peer.time(peerCount) });
  }
  return measured;
}

/**
 * Updates that take about the length of a sample.
 *
 * @param {Timed} timed
 */
export async function sampleCount(timed) {
  return Math.max(1, Math.ceil(sampleLength / (await timed.time(1))));
}
