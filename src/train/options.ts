/** Training options: defaults, and a check that reports every issue at once. */
import { SpecError, type SpecIssue } from "../core/errors.ts";
import { type Registry, unknownName } from "../core/registry.ts";
import type { NoiseLevel } from "../network/contract.ts";
import type { BrokenRule, Settings } from "./contract.ts";
import { losses } from "./losses/registry.ts";
import { optimisers } from "./optimisers/registry.ts";
import { schedules } from "./schedules/registry.ts";

/** A member of a family with its settings; settings left out take the member's defaults. */
export type Selection = { readonly name: string } & Readonly<Record<string, unknown>>;

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
  readonly optimiser: Selection;
  /** > 0; schedule and warm-up multiply it. */
  readonly learningRate: number;
  readonly schedule: Selection;
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
  /** null = none. */
  readonly validation: ValidationOptions | null;
  /** null = none; needs validation. */
  readonly earlyStopping: EarlyStopping | null;
  /** Keep the weights of the best validation; needs validation. */
  readonly keepBest: boolean;
  /** Updates between two rows of the training history, >= 1. */
  readonly historyEvery: number;
}

/** What a caller writes: any part of the options. */
export type TrainOptionsInput = Partial<
  Omit<TrainOptions, "validation" | "earlyStopping"> & {
    readonly validation: Partial<ValidationOptions> | null;
    readonly earlyStopping: Partial<EarlyStopping> | null;
  }
>;

export const trainDefaults: TrainOptions = {
  updates: 2000,
  batchSize: 64,
  loss: "task",
  optimiser: { name: "adam" },
  learningRate: 3e-3,
  schedule: { name: "constant" },
  warmUp: 0,
  clipNorm: 1,
  clipValue: null,
  weightDecay: 0,
  activity: 0,
  validation: null,
  earlyStopping: null,
  keepBest: false,
  historyEvery: 10,
};

export const validationDefaults: ValidationOptions = { every: 100, trials: 256, level: "trained", repeats: 1 };

export const earlyStoppingDefaults: EarlyStopping = { patience: 10, minDelta: 0 };

/**
 * Complete options from what a caller wrote.
 *
 * @param given any part of the options, possibly from a file and of any type
 * @returns options in which every setting is spelled out, so that a run can be reproduced from them
 * @throws SpecError with one issue per broken rule
 */
export function trainOptions(given: TrainOptionsInput): TrainOptions {
  const issues: SpecIssue[] = [];
  const { optimiser, schedule, validation, earlyStopping, ...rest } = withDefaults("", given, trainDefaults, issues);

  const whole = { integer: true } as const;
  checkNumber(issues, "updates", rest.updates, { ...whole, from: 0, remedy: "2000 suits the smallest tasks" });
  checkNumber(issues, "batchSize", rest.batchSize, { ...whole, from: 1, remedy: "64 is usual" });
  checkNumber(issues, "learningRate", rest.learningRate, { above: 0, remedy: "1e-3 to 3e-3 suits adam" });
  checkNumber(issues, "warmUp", rest.warmUp, { ...whole, from: 0, remedy: "0 switches it off" });
  checkNumber(issues, "weightDecay", rest.weightDecay, { from: 0, remedy: "0 switches it off" });
  checkNumber(issues, "activity", rest.activity, { from: 0, remedy: "0 switches it off" });
  checkNumber(issues, "historyEvery", rest.historyEvery, { ...whole, from: 1, remedy: "1 keeps every update" });
  for (const name of ["clipNorm", "clipValue"] as const) {
    if (rest[name] !== null) checkNumber(issues, name, rest[name], { above: 0, remedy: "null switches it off" });
  }
  if (rest.loss !== "task" && !losses.has(rest.loss)) {
    issues.push(unknownIssue("loss", "loss", rest.loss, ["task", ...losses.names]));
  }
  if (typeof rest.keepBest !== "boolean") {
    issues.push({ path: "keepBest", rule: `must be true or false, got ${show(rest.keepBest)}`, remedy: "choose one" });
  }
  if (rest.updates * rest.batchSize > 2 ** 32) {
    issues.push({
      path: "updates",
      rule: `updates times batchSize must be at most 2^32 trials, got ${rest.updates * rest.batchSize}`,
      remedy: "lower either",
    });
  }

  const checkedOptimiser = selection("optimiser", optimisers, optimiser, issues);
  const checkedSchedule = selection("schedule", schedules, schedule, issues);
  const checkedValidation = validation === null ? null : checkValidation(validation, issues);
  const checkedStopping = earlyStopping === null ? null : checkEarlyStopping(earlyStopping, issues);
  for (const [path, wanted] of [
    ["earlyStopping", earlyStopping !== null],
    ["keepBest", rest.keepBest === true],
  ] as const) {
    if (wanted && validation === null) {
      issues.push({
        path,
        rule: "needs validation, got validation null",
        remedy: "add validation: {} for its defaults",
      });
    }
  }

  if (issues.length > 0) throw new SpecError("training options", issues);
  return {
    ...rest,
    optimiser: checkedOptimiser,
    schedule: checkedSchedule,
    validation: checkedValidation,
    earlyStopping: checkedStopping,
  };
}

function checkValidation(given: Partial<ValidationOptions>, issues: SpecIssue[]): ValidationOptions {
  const options = withDefaults("validation.", given, validationDefaults, issues);
  const count = { integer: true, from: 1 } as const;
  checkNumber(issues, "validation.every", options.every, { ...count, remedy: "validation: null switches it off" });
  checkNumber(issues, "validation.trials", options.trials, { ...count, remedy: "256 is usual" });
  checkNumber(issues, "validation.repeats", options.repeats, { ...count, remedy: "1 is the least" });
  checkLevel(issues, "validation.level", options.level);
  return options;
}

function checkEarlyStopping(given: Partial<EarlyStopping>, issues: SpecIssue[]): EarlyStopping {
  const options = withDefaults("earlyStopping.", given, earlyStoppingDefaults, issues);
  checkNumber(issues, "earlyStopping.patience", options.patience, { integer: true, from: 1, remedy: "10 is usual" });
  checkNumber(issues, "earlyStopping.minDelta", options.minDelta, { from: 0, remedy: "0 counts any fall" });
  return options;
}

function checkLevel(issues: SpecIssue[], path: string, level: unknown): void {
  if (level === "trained" || level === "zero") return;
  const remedy = '"trained", "zero", { factor: 0.5 } or { sites: { inside: 0.1 } }';
  if (isRecord(level) && Object.keys(level).length === 1) {
    if ("factor" in level) {
      checkNumber(issues, `${path}.factor`, level.factor, { from: 0, remedy: "1 is as trained" });
      return;
    }
    if (isRecord(level.sites)) {
      for (const [site, intensity] of Object.entries(level.sites)) {
        checkNumber(issues, `${path}.sites.${site}`, intensity, { from: 0, remedy: "0 silences the site" });
      }
      return;
    }
  }
  issues.push({ path, rule: `must be a noise level, got ${show(level)}`, remedy });
}

/** `given` over `defaults`; keys that no default has are issues. */
function withDefaults<Options extends object>(
  prefix: string,
  given: unknown,
  defaults: Options,
  issues: SpecIssue[],
): { -readonly [Key in keyof Options]: Options[Key] } {
  if (!isRecord(given)) {
    const path = prefix === "" ? "options" : prefix.slice(0, -1);
    issues.push({ path, rule: `must be an object, got ${show(given)}`, remedy: "{} takes the defaults" });
    return { ...defaults };
  }
  const known = Object.keys(defaults);
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) issues.push(unknownIssue(prefix + key, "option", key, known));
  }
  const set = Object.entries(given).filter(([key, value]) => known.includes(key) && value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}

interface Selectable {
  readonly name: string;
  readonly defaults: Settings;
  check(settings: Settings): readonly BrokenRule[];
}

function selection(path: string, family: Registry<Selectable>, given: unknown, issues: SpecIssue[]): Selection {
  const fallback = { name: "" };
  if (!isRecord(given) || typeof given.name !== "string") {
    issues.push({
      path,
      rule: `must be an object with a name, got ${show(given)}`,
      remedy: `for example { name: "${family.names[0]}" }`,
    });
    return fallback;
  }
  const { name, ...chosen } = given as { name: string } & Record<string, unknown>;
  if (!family.has(name)) {
    issues.push(unknownIssue(`${path}.name`, path, name, family.names));
    return fallback;
  }
  const member = family.get(name);
  const known = Object.keys(member.defaults);
  const before = issues.length;
  for (const [setting, value] of Object.entries(chosen)) {
    if (!known.includes(setting)) issues.push(unknownIssue(`${path}.${setting}`, `setting of ${name}`, setting, known));
    else if (!sameType(value, member.defaults[setting])) {
      issues.push({
        path: `${path}.${setting}`,
        rule: `must be ${typeText(member.defaults[setting])}, got ${show(value)}`,
        remedy: `the default is ${show(member.defaults[setting])}`,
      });
    }
  }
  const settings = { ...member.defaults, ...(chosen as Settings) };
  if (issues.length === before) {
    for (const { setting, rule, remedy } of member.check(settings))
      issues.push({ path: `${path}.${setting}`, rule, remedy });
  }
  return { name, ...settings };
}

interface NumberRule {
  readonly integer?: boolean;
  readonly from?: number;
  readonly above?: number;
  readonly remedy: string;
}

function checkNumber(
  issues: SpecIssue[],
  path: string,
  value: unknown,
  { integer, from, above, remedy }: NumberRule,
): void {
  const right =
    typeof value === "number" &&
    (integer === true ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    (from === undefined || value >= from) &&
    (above === undefined || value > above);
  if (right) return;
  const kind = integer === true ? "an integer" : "a number";
  const bound = from !== undefined ? ` >= ${from}` : above !== undefined ? ` > ${above}` : "";
  issues.push({ path, rule: `must be ${kind}${bound}, got ${show(value)}`, remedy });
}

function unknownIssue(path: string, kind: string, name: unknown, known: readonly string[]): SpecIssue {
  const { rule, remedy } = unknownName(kind, String(name), known);
  return { path, rule, remedy };
}

function sameType(value: unknown, model: Settings[string]): boolean {
  if (Array.isArray(model)) return Array.isArray(value) && value.every((item) => Number.isFinite(item));
  return typeof value === typeof model && (typeof value !== "number" || Number.isFinite(value));
}

function typeText(model: Settings[string]): string {
  return Array.isArray(model) ? "a list of numbers" : typeof model === "boolean" ? "true or false" : "a finite number";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return typeof value === "number" || value === undefined ? String(value) : JSON.stringify(value);
}
