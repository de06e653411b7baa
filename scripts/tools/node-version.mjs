import { Failure } from "./failure.mjs";

/**
 * @param {string} version of Node, such as "20.19.0"
 * @param {string} range the `engines.node` of package.json: ">=" and a version
 * @throws {Failure} when Node is too old.
 */
export function checkNodeVersion(version, range) {
  const needed = range.replace(/^>=\s*/, "");
  if (isOlder(numbers(version), numbers(needed))) {
    throw new Failure(`Node: must be ${needed} or newer, got ${version}; install a newer one from nodejs.org.`);
  }
}

/** @param {string} version */
const numbers = (version) => version.split(".").map((part) => Number.parseInt(part, 10));

/**
 * @param {readonly number[]} version
 * @param {readonly number[]} other
 */
function isOlder(version, other) {
  for (let i = 0; i < other.length; i++) {
    if ((version[i] ?? 0) !== other[i]) return (version[i] ?? 0) < other[i];
  }
  return false;
}
