/** What a trial grammar must be: checked once, when its task is made. */
import { ParameterError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";

/** Every key of a grammar, with what it must be where a type says enough. */
const kinds = {
  name: "a text",
  options: "an object",
  dt: "a number",
  periods: "an array",
  inputs: "an array",
  outputs: "an array",
  conditions: "an array",
  trialCount: "a function",
  draw: "a function",
  paint: "a function",
} as const;

const remedies: Readonly<Record<keyof typeof kinds, string>> = {
  name: "it names the task in messages and results",
  options: "give what the task is made from, {} for nothing",
  dt: "give the duration of a step in ms, 20 is usual",
  periods: 'give at least one, such as { name: "respond", duration: 200 }',
  inputs: 'give channels such as { name: "u", meaning: "the stimulus" }',
  outputs: 'give channels such as { name: "z", meaning: "the report" }',
  conditions: "name the numbers that draw returns, [] for none",
  trialCount: "trialCount: () => Number.POSITIVE_INFINITY says that there are always more",
  draw: "draw: (split, index, seed) => ({ ... }) returns a number for each condition",
  paint: "paint: (canvas, condition) => { ... } sets inputs, ground truth and mask",
};

/**
 * @param grammar of any type: it may come from JavaScript
 * @param whole the name that means all periods, which none may have
 * @throws ParameterError for the first rule that it breaks
 */
export function checkGrammar(grammar: Readonly<Record<string, unknown>>, whole: string): void {
  const place = `task ${typeof grammar.name === "string" ? grammar.name : "without a name"}`;
  const wrong = (at: string, rule: string, got: unknown, remedy: string): ParameterError =>
    new ParameterError({ place: `${place}, ${at}`, rule: `${rule}, got ${gotText(got)}`, remedy });
  const known = Object.keys(kinds) as (keyof typeof kinds)[];
  for (const key of Object.keys(grammar)) {
    if (!(key in kinds)) throw unknownName("key of a trial grammar", key, known, place);
  }
  for (const key of known) {
    if (kindOf(grammar[key]) !== kinds[key]) throw wrong(key, `must be ${kinds[key]}`, grammar[key], remedies[key]);
  }
  const { name, dt, periods, inputs, outputs, conditions } = grammar as Readonly<{
    [Key in keyof typeof kinds]: Key extends "dt" ? number : readonly unknown[];
  }>;
  if (name.length === 0) throw wrong("name", "must not be empty", name, remedies.name);
  if (!(Number.isFinite(dt) && dt > 0)) throw wrong("dt", "must be finite and above 0", dt, remedies.dt);
  if (periods.length === 0) throw wrong("periods", "must hold one or more", periods, remedies.periods);
  checkNames("periods", periods, "name");
  for (const channels of [{ inputs }, { outputs }]) {
    const [[at, list]] = Object.entries(channels);
    checkNames(at, list, "name");
    for (const [i, { meaning }] of (list as { meaning?: unknown }[]).entries()) {
      if (typeof meaning === "string") continue;
      throw wrong(`${at}[${i}].meaning`, "must be a text", meaning, "say in a few words what the channel holds");
    }
  }
  checkNames("conditions", conditions);
  let time = 0;
  let before = 0;
  for (const [i, { name: period, duration }] of (periods as { name: string; duration: unknown }[]).entries()) {
    const at = `periods[${i}]`;
    if (period === whole) {
      throw wrong(`${at}.name`, "must not be the name for all periods together", period, "name it otherwise");
    }
    if (!(Number.isFinite(duration) && (duration as number) > 0)) {
      throw wrong(`${at}.duration`, "must be a finite number of ms above 0", duration, "leave out a period of no time");
    }
    time += duration as number;
    const end = Math.round(time / dt);
    if (end === before) {
      const rule = `must keep a step of ${dt} ms when ends are rounded to whole steps`;
      throw wrong(`${at}.duration`, rule, duration, "give the period more time, or lower dt");
    }
    before = end;
  }

  /** Entries are texts, or objects with one under `key`, no two the same. */
  function checkNames(at: string, entries: readonly unknown[], key?: "name"): void {
    const seen = new Set<unknown>();
    for (const [i, entry] of entries.entries()) {
      const named = key === undefined ? entry : (entry as Partial<Record<string, unknown>> | null)?.[key];
      const where = `${at}[${i}]${key === undefined ? "" : `.${key}`}`;
      if (typeof named !== "string" || named === "") throw wrong(where, "must be a text", named, "give it a name");
      if (seen.has(named)) throw wrong(where, "must differ from those before it", named, "rename one of the two");
      seen.add(named);
    }
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (value === null) return "null";
  if (typeof value === "string") return "a text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function gotText(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "number" || typeof value === "function" ? String(value) : JSON.stringify(value);
}
