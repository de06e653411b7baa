/** The works of the bench. */

/**
 * @typedef {object} Work
 * @property {string} name
 * @property {"ctrnn" | "lipschitz"} cell
 * @property {number} hidden units of a network
 * @property {number} batch trials of an update
 * @property {number} steps of a trial
 * @property {number} networks that are trained, all of the same shape
 */

/** @type {readonly Work[]} */
export const works = [
  { name: "ctrnn-64", cell: "ctrnn", hidden: 64, batch: 64, steps: 100, networks: 1 },
  { name: "ctrnn-128", cell: "ctrnn", hidden: 128, batch: 128, steps: 100, networks: 1 },
  { name: "ctrnn-256", cell: "ctrnn", hidden: 256, batch: 128, steps: 100, networks: 1 },
  { name: "ctrnn-512", cell: "ctrnn", hidden: 512, batch: 128, steps: 50, networks: 1 },
  { name: "ctrnn-1024", cell: "ctrnn", hidden: 1024, batch: 128, steps: 50, networks: 1 },
  { name: "nrnn-mnist", cell: "lipschitz", hidden: 128, batch: 128, steps: 784, networks: 1 },
  { name: "sweep-30", cell: "ctrnn", hidden: 20, batch: 64, steps: 30, networks: 30 },
];

/** Recurrent matrices of each cell. */
const matrices = { ctrnn: 1, lipschitz: 2 };

/**
 * Floating-point operations of the recurrent products of an update. Each matrix has three products a step: W h forward,
 * W' g backward and g h' for its gradient, of 2 hidden^2 operations a trial each. Nothing else counts.
 *
 * @param {Work} work
 */
export function productOperations({ cell, hidden, batch, steps, networks }) {
  return 6 * matrices[cell] * hidden ** 2 * batch * steps * networks;
}
