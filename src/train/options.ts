/** Training options: defaults, and a check that reports every issue at once. */

import type { Choice } from "../cell/cell.ts";
import { SpecError, type SpecIssue } from "../core/errors.ts";
import { type BrokenOption, checkedOptions, type OptionRules, type OptionValues } from "../core/options.ts";
import { type Registry, unknownName } from "../core/registry.ts";
import type { NoiseLevel } from "../network/contract.ts";
import { losses } from "./losses/registry.ts";
import { optimisers } from "./optimisers/registry.ts";
import { type NoiseRegulariser, regulariserOptions } from "./regulariser.ts";
import { schedules } from "./schedules/registry.ts";

export interface ValidationOptions {
  /** Updates between two validations, >= 1; the last update is always followed by one. */
  readonly every: number;
  /** Trials 0..trials-1 of the validation split. */
  readonly trials: number;
  /** Noise at which validation is judged. */
  readonly level: NoiseLevel;
  /** Noise draws per trial, the same at every validation. */
  readonly repeats: number;
}

export interface EarlyStopping {
  /** Validations in a row without improvement after which training ends, >= 1. */
  readonly patience: number;
  /** Fall of the validation loss that counts as improvement, >= 0. */
  readonly minDelta: number;
}

export interface TrainOptions {
  /** Number of updates, >= 0. */
  readonly updates: number;
  /** Trials per update, >= 1. Update k sees trials k batchSize .. (k + 1) batchSize - 1 of the training split. */
  readonly batchSize: number;
  /** "task" for the loss that the task names, or a loss. */
  readonly loss: "task" | (string & {});
  /** A member of `optimisers` with its options. */
  readonly optimiser: Choice;
  /** > 0; schedule and warm-up multiply it. */
  readonly learningRate: number;
  /** Learning rate of single arrays, by name, in place of `learningRate`; absent = none has its own. */
  readonly learningRates?: Readonly<Record<string, number>>;
  /** A member of `schedules` with its options. */
  readonly schedule: Choice;
  /** Updates of linear warm-up, >= 0. */
  readonly warmUp: number;
  /** Largest allowed Euclidean norm of the whole gradient, > 0; null = no limit. */
  readonly clipNorm: number | null;
  /** Largest allowed size of any single slope, > 0, applied before `clipNorm`; null = no limit. */
  readonly clipValue: number | null;
  /** >= 0. */
  readonly weightDecay: number;
  /** Weight in the loss of the squared rate, mean over trials, steps and units; >= 0. */
  readonly activity: number;
  /** Second-order effect of the network's noise as a penalty; training is then free of noise. Absent = none. */
  readonly regulariser?: NoiseRegulariser;
  /** null = none. */
  readonly validation: ValidationOptions | null;
  /** null = none; needs validation. */
  readonly earlyStopping: EarlyStopping | null;
  /** Keep the weights of the best validation; needs validation. */
  readonly keepBest: boolean;
  /** Updates between two rows of the training history, >= 1. */
  readonly historyEvery: number;
}

/**
 * What a caller writes: any part of the options; `regulariser: {}`, `validation: {}` and `earlyStopping: {}` take their
 * defaults, null is none.
 */
export type TrainOptionsInput = Partial<
  Omit<TrainOptions, "regulariser" | "validation" | "earlyStopping"> & {
    readonly regulariser: Partial<NoiseRegulariser> | null;
    readonly validation: Partial<ValidationOptions> | null;
    readonly earlyStopping: Partial<EarlyStopping> | null;
  }
>;

const scalarRules = {
  updates: { type: "number", default: 2000, from: 0, integer: true, remedy: "2000 suits the smallest tasks" },
  batchSize: { type: "number", default: 64, from: 1, integer: true, remedy: "64 is usual" },
  learningRate: { type: "number", default: 3e-3, above: 0, remedy: "1e-3 to 3e-3 suits adam" },
  warmUp: { type: "number", default: 0, from: 0, integer: true, remedy: "0 switches it off" },
  weightDecay: { type: "number", default: 0, from: 0, remedy: "0 switches it off" },
  activity: { type: "number", default: 0, from: 0, remedy: "0 switches it off" },
  keepBest: { type: "boolean", default: false },
  historyEvery: { type: "number", default: 10, from: 1, integer: true, remedy: "1 keeps every update" },
} as const satisfies OptionRules;

const ownRateRule = { type: "number", above: 0, remedy: "it takes the place of learningRate for this array" } as const;

const limitRules = {
  clipNorm: { type: "number", default: 1, above: 0, remedy: "null switches it off" },
  clipValue: { type: "number", default: 1, above: 0, remedy: "null switches it off" },
} as const satisfies OptionRules;

const validationRules = {
  every: { type: "number", default: 100, from: 1, integer: true, remedy: "validation: null switches it off" },
  trials: { type: "number", default: 256, from: 1, integer: true, remedy: "256 is usual" },
  repeats: { type: "number", default: 1, from: 1, integer: true, remedy: "1 is the least" },
} as const satisfies OptionRules;

const earlyStoppingRules = {
  patience: { type: "number", default: 10, from: 1, integer: true, remedy: "10 is usual" },
  minDelta: { type: "number", default: 0, from: 0, remedy: "0 counts any fall" },
} as const satisfies OptionRules;

/** Defaults of the options that no rule above holds. */
const others = {
  loss: "task",
  optimiser: { name: "adam" },
  learningRates: {},
  schedule: { name: "constant" },
  clipNorm: 1,
  clipValue: null,
  regulariser: null,
  validation: null,
  earlyStopping: null,
} as const satisfies TrainOptionsInput;

/**
 * Complete options from what a caller wrote.
 *
 * @param given any part of the options, possibly from a file and of any type
 * @returns options in which every setting is spelled out, so that a run can be reproduced from them
 * @throws SpecError with one issue per broken rule
 */
export function trainOptions(given: TrainOptionsInput): TrainOptions {
  const issues: SpecIssue[] = [];
  const written = record("options", given, issues);
  const known = [...Object.keys(scalarRules), ...Object.keys(others)];
  for (const key of Object.keys(written)) {
    if (!known.includes(key)) issues.push(unknown(key, "option", key, known));
  }
  const special = { ...others, ...defined(written, Object.keys(others)) };
  const options = {
    ...(checked("", scalarRules, defined(written, Object.keys(scalarRules)), issues) as Pick<
      TrainOptions,
      keyof typeof scalarRules
    >),
    loss: lossName(special.loss, issues),
    optimiser: chosen("optimiser", optimisers, special.optimiser, issues),
    ...ownRates(special.learningRates, issues),
    schedule: chosen("schedule", schedules, special.schedule, issues),
    clipNorm: limit("clipNorm", special.clipNorm, issues),
    clipValue: limit("clipValue", special.clipValue, issues),
    // left out where there is none: runs from before the option keep their identity
    ...(special.regulariser === null ? {} : { regulariser: regulariser(special.regulariser, issues) }),
    validation: special.validation === null ? null : validationOptions(special.validation, issues),
    earlyStopping: special.earlyStopping === null ? null : earlyStopping(special.earlyStopping, issues),
  };
  if (options.updates * options.batchSize > 2 ** 32) {
    issues.push({
      path: "updates",
      rule: `updates times batchSize must be at most 2^32 trials, got ${options.updates * options.batchSize}`,
      remedy: "lower either",
    });
  }
  for (const [path, isWanted] of [
    ["earlyStopping", special.earlyStopping !== null],
    ["keepBest", options.keepBest],
  ] as const) {
    if (!isWanted || special.validation !== null) continue;
    issues.push({ path, rule: "needs validation, got validation null", remedy: "add validation: {} for its defaults" });
  }
  if (issues.length > 0) throw new SpecError("training options", issues);
  return options;
}

function regulariser(given: unknown, issues: SpecIssue[]): NoiseRegulariser {
  const { values, broken } = regulariserOptions(record("regulariser", given, issues));
  report("regulariser.", broken, issues);
  return values;
}

/** An empty table is left out, so that options without it are those that they were. */
function ownRates(given: unknown, issues: SpecIssue[]): Pick<TrainOptions, "learningRates"> {
  const written = record("learningRates", given, issues);
  const arrays = Object.keys(written);
  if (arrays.length === 0) return {};
  const rules = Object.fromEntries(arrays.map((array) => [array, ownRateRule]));
  return { learningRates: checked("learningRates.", rules, written, issues) as Record<string, number> };
}

function validationOptions(given: unknown, issues: SpecIssue[]): ValidationOptions {
  const { level = "trained", ...rest } = record("validation", given, issues);
  const values = checked("validation.", validationRules, rest, issues) as Omit<ValidationOptions, "level">;
  checkLevel("validation.level", level, issues);
  return { ...values, level: level as NoiseLevel };
}

function earlyStopping(given: unknown, issues: SpecIssue[]): EarlyStopping {
  const values: unknown = checked("earlyStopping.", earlyStoppingRules, record("earlyStopping", given, issues), issues);
  return values as EarlyStopping;
}

function checkLevel(path: string, level: unknown, issues: SpecIssue[]): void {
  if (level === "trained" || level === "zero") return;
  const parts = isRecord(level) && Object.keys(level).length === 1 ? level : {};
  if ("factor" in parts) {
    checked(`${path}.`, { factor: intensityRule }, parts, issues);
  } else if (isRecord(parts.sites)) {
    const sites = Object.keys(parts.sites);
    checked(`${path}.sites.`, Object.fromEntries(sites.map((site) => [site, intensityRule])), parts.sites, issues);
  } else {
    const remedy = '"trained", "zero", { factor: 0.5 } or { sites: { inside: 0.1 } }';
    issues.push({ path, rule: `must be a noise level, got ${show(level)}`, remedy });
  }
}

const intensityRule = { type: "number", from: 0, remedy: "0 is silence" } as const;

function limit(path: keyof typeof limitRules, given: unknown, issues: SpecIssue[]): number | null {
  if (given === null) return null;
  return checked("", { [path]: limitRules[path] }, { [path]: given }, issues)[path] as number;
}

function lossName(given: unknown, issues: SpecIssue[]): string {
  if (given !== "task" && !losses.has(String(given))) {
    issues.push(unknown("loss", "loss", String(given), ["task", ...losses.names]));
  }
  return String(given);
}

interface Selectable {
  readonly name: string;
  readonly options: OptionRules;
  readonly check?: (options: OptionValues) => readonly BrokenOption[];
}

function chosen(path: string, family: Registry<Selectable>, given: unknown, issues: SpecIssue[]): Choice {
  if (!isRecord(given) || typeof given.name !== "string") {
    const remedy = `for example { name: "${family.names[0]}" }`;
    issues.push({ path, rule: `must be an object with a name, got ${show(given)}`, remedy });
    return { name: "" };
  }
  const { name, ...written } = given;
  if (!family.has(name as string)) {
    issues.push(unknown(`${path}.name`, path, name as string, family.names));
    return { name: "" };
  }
  const member = family.get(name as string);
  const before = issues.length;
  const options = checked(`${path}.`, member.options, written, issues);
  if (issues.length === before) report(`${path}.`, member.check?.(options) ?? [], issues);
  return { name: member.name, ...options };
}

function checked(
  prefix: string,
  rules: OptionRules,
  given: Readonly<Record<string, unknown>>,
  issues: SpecIssue[],
): OptionValues {
  const { values, broken } = checkedOptions(rules, given);
  report(prefix, broken, issues);
  return values;
}

function report(prefix: string, broken: readonly BrokenOption[], issues: SpecIssue[]): void {
  for (const { option, rule, remedy } of broken) issues.push({ path: prefix + option, rule, remedy });
}

function record(path: string, given: unknown, issues: SpecIssue[]): Readonly<Record<string, unknown>> {
  if (isRecord(given)) return given;
  issues.push({ path, rule: `must be an object, got ${show(given)}`, remedy: "{} takes the defaults" });
  return {};
}

/** The named entries that are not undefined. */
function defined(
  given: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => names.includes(name) && value !== undefined),
  );
}

function unknown(path: string, kind: string, name: string, known: readonly string[]): SpecIssue {
  const { rule, remedy } = unknownName(kind, name, known);
  return { path, rule, remedy };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return typeof value === "number" || value === undefined ? String(value) : JSON.stringify(value);
}
