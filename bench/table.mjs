/** The table that a person reads. */

/** @typedef {import("./rows.mjs").Row} Row */

/**
 * Heading, width (negative: to the left) and text of each column.
 *
 * @type {readonly (readonly [string, number, (row: Row) => string])[]}
 */
const columns = [
  ["work", -11, ({ name }) => name],
  ["hidden", 6, ({ hidden }) => String(hidden)],
  ["batch", 5, ({ batch }) => String(batch)],
  ["steps", 5, ({ steps }) => String(steps)],
  ["back end", -8, ({ backend }) => backend],
  ["threads", 7, ({ threads }) => String(threads)],
  ["ms/update", 9, ({ msPerStep }) => digits(msPerStep, 2)],
  ["GFLOP/s", 7, ({ gflops }) => digits(gflops, 1)],
  ["of peak", 7, ({ shareOfPeak }) => digits(shareOfPeak, 2)],
  ["peer ms", 9, ({ peerMsPerStep }) => digits(peerMsPerStep, 2)],
  ["ratio", 6, ({ ratio }) => digits(ratio, 2)],
  ["peer", -1, ({ peer }) => peer],
];

/** @param {number | null} value @param {number} count */
const digits = (value, count) => (value === null ? "-" : value.toFixed(count));

/** @param {(column: (typeof columns)[number]) => string} text */
const line = (text) =>
  columns
    .map((column) => (column[1] < 0 ? text(column).padEnd(-column[1]) : text(column).padStart(column[1])))
    .join("  ");

export const tableHead = line(([heading]) => heading);

/** @param {Row} row */
export const tableLine = (row) => line(([, , text]) => text(row));
