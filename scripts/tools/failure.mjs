/** Something that a person can mend: told as its message alone, without a trace. */
export class Failure extends Error {}

/**
 * Ends the process with what went wrong.
 *
 * @param {unknown} error
 */
export function endWith(error) {
  console.error(error instanceof Failure ? error.message : error);
  process.exitCode = 1;
}

/**
 * A line for the person who waits; on standard error, so that standard output carries results only.
 *
 * @param {string} text
 */
export function say(text) {
  console.error(text);
}
