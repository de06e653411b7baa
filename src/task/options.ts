/** Checks that task options share. Values may come from a file or a command line, so their types are checked too. */
import { ParameterError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";

/** Complete options. @throws ParameterError for an option that the task does not have. */
export function withDefaults<Options extends object>(
  task: string,
  defaults: Readonly<Options>,
  given: Partial<Options>,
): Options {
  const known = Object.keys(defaults);
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw unknownName("option", name, known, `task ${task}`);
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...(Object.fromEntries(set) as Partial<Options>) };
}

interface Bounds {
  readonly from: number;
  readonly to: number;
  readonly remedy: string;
}

/** @throws ParameterError unless `value` is an integer in from..to */
export function checkInteger(task: string, name: string, value: unknown, { from, to, remedy }: Bounds): void {
  if (Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to) return;
  throw optionError(task, name, `must be an integer in ${from}..${rangeEnd(to)}`, value, remedy);
}

/** @throws ParameterError unless `value` is a number in [from, to) */
export function checkNumber(task: string, name: string, value: unknown, { from, to, remedy }: Bounds): void {
  if (typeof value === "number" && value >= from && value < to) return;
  throw optionError(task, name, `must be a number in [${from}, ${rangeEnd(to)})`, value, remedy);
}

export function optionError(task: string, name: string, rule: string, value: unknown, remedy: string): ParameterError {
  const got = typeof value === "number" || value === undefined ? String(value) : JSON.stringify(value);
  return new ParameterError({ place: `task ${task}`, rule: `${name} ${rule}, got ${got}`, remedy });
}

function rangeEnd(to: number): string {
  return to === Number.MAX_SAFE_INTEGER ? "2^53-1" : to === Number.POSITIVE_INFINITY ? "infinity" : String(to);
}

/** Bounds of a seed. */
export const seedBounds: Bounds = { from: 0, to: Number.MAX_SAFE_INTEGER, remedy: "0 is the default" };
