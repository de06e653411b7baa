/** Rows of the bench: what was measured, as numbers that can be compared. */
import { productOperations } from "./works.mjs";

/**
 * @typedef {object} Pair milliseconds of an update, of two samples taken one after the other
 * @property {number} ours
 * @property {number | null} peer null where there is no peer
 */

/**
 * @typedef {object} Row
 * @property {string} name of the work
 * @property {string} cell
 * @property {number} hidden
 * @property {number} batch
 * @property {number} steps
 * @property {string} backend
 * @property {number} threads
 * @property {number} msPerStep milliseconds of a training step (an update of all networks of the work), median
 * @property {number} gflops recurrent products in that time
 * @property {number | null} shareOfPeak of `threads` cores that do nothing but multiply-adds; null when not measured
 * @property {string} peer
 * @property {number | null} peerMsPerStep
 * @property {number | null} ratio median over pairs of the peer's time / ours
 */

/**
 * @param {import("./works.mjs").Work} work
 * @param {{ backend: string, threads: number, peak: number | undefined, peer: string, pairs: readonly Pair[] }} measured
 *   `peak` in GFLOP/s of one core of the back end
 * @returns {Row}
 */
export function benchRow(work, { backend, threads, peak, peer, pairs }) {
  const msPerStep = median(pairs.map(({ ours }) => ours));
  const gflops = productOperations(work) / msPerStep / 1e6;
  /** @type {number[]} */
  const peers = [];
  /** @type {number[]} */
  const ratios = [];
  for (const pair of pairs) {
    if (pair.peer === null) continue;
    peers.push(pair.peer);
    ratios.push(pair.peer / pair.ours);
  }
  return {
    name: work.name,
    cell: work.cell,
    hidden: work.hidden,
    batch: work.batch,
    steps: work.steps,
    backend,
    threads,
    msPerStep,
    gflops,
    shareOfPeak: peak === undefined ? null : gflops / (peak * threads),
    peer,
    peerMsPerStep: peers.length === 0 ? null : median(peers),
    ratio: ratios.length === 0 ? null : median(ratios),
  };
}

/**
 * Of an even number, the mean of the middle two.
 *
 * @param {readonly number[]} values at least one
 */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
