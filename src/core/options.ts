/** Options of the members of a family: one table of rules per member, checked in one place. */
import { ParameterError } from "./errors.ts";
import { unknownName } from "./registry.ts";

export type OptionRule =
  | {
      readonly type: "number";
      /** Absent: the option must be given. */
      readonly default?: number;
      readonly from?: number;
      readonly above?: number;
      readonly to?: number;
      readonly below?: number;
      readonly integer?: true;
      /** What to do about a value outside. */
      readonly remedy: string;
    }
  | { readonly type: "boolean"; readonly default: boolean }
  /** Text, or null for none. */
  | { readonly type: "text"; readonly default: string | null; readonly remedy: string };

export type OptionRules = Readonly<Record<string, OptionRule>>;
export type OptionValue = number | boolean | string | null;
export type OptionValues = Readonly<Record<string, OptionValue>>;

export interface BrokenOption {
  readonly option: string;
  readonly rule: string;
  readonly remedy: string;
}

/**
 * Complete options from what a caller wrote, and every rule that they break.
 *
 * @param rules every option that exists
 * @param given of any type, possibly read from a file; `undefined` counts as left out
 */
export function checkedOptions(
  rules: OptionRules,
  given: Readonly<Record<string, unknown>>,
): { readonly values: OptionValues; readonly broken: readonly BrokenOption[] } {
  const values: Record<string, OptionValue> = {};
  const broken: BrokenOption[] = [];
  for (const option of Object.keys(given)) {
    if (option in rules) continue;
    const { rule, remedy } = unknownName("option", option, Object.keys(rules));
    broken.push({ option, rule, remedy });
  }
  for (const [option, rule] of Object.entries(rules)) {
    const value = given[option];
    if (value === undefined && rule.default !== undefined) values[option] = rule.default;
    else if (fits(rule, value)) values[option] = value as OptionValue;
    else {
      const got = value === undefined ? "nothing" : typeof value === "number" ? String(value) : JSON.stringify(value);
      broken.push({ option, rule: `must be ${optionRange(rule)}, got ${got}`, remedy: remedyOf(rule) });
    }
  }
  return { values, broken };
}

/**
 * Complete options from what a caller wrote.
 *
 * @throws ParameterError for the first rule that they break
 */
export function resolvedOptions(
  place: string,
  rules: OptionRules,
  given: Readonly<Record<string, unknown>>,
): OptionValues {
  const { values, broken } = checkedOptions(rules, given);
  if (broken.length > 0) {
    const [{ option, rule, remedy }] = broken;
    throw new ParameterError({ place: `${place}, ${option}`, rule, remedy });
  }
  return values;
}

function fits(rule: OptionRule, value: unknown): boolean {
  if (rule.type !== "number") {
    return rule.type === "boolean" ? typeof value === "boolean" : value === null || typeof value === "string";
  }
  return (
    typeof value === "number" &&
    Number.isFinite(value) &&
    (rule.integer === undefined || Number.isSafeInteger(value)) &&
    (rule.from === undefined || value >= rule.from) &&
    (rule.above === undefined || value > rule.above) &&
    (rule.to === undefined || value <= rule.to) &&
    (rule.below === undefined || value < rule.below)
  );
}

/** What an option may be: "an integer in [1, infinity)". */
export function optionRange(rule: OptionRule): string {
  if (rule.type === "boolean") return "true or false";
  if (rule.type === "text") return "a text";
  const kind = rule.integer === undefined ? "a number" : "an integer";
  const low = rule.from ?? rule.above;
  const high = rule.to ?? rule.below;
  if (low === undefined && high === undefined) return rule.integer === undefined ? "a finite number" : kind;
  const left = rule.from === undefined ? "(" : "[";
  const right = rule.to === undefined ? ")" : "]";
  return `${kind} in ${left}${low ?? "-infinity"}, ${high ?? "infinity"}${right}`;
}

function remedyOf(rule: OptionRule): string {
  return rule.type === "boolean" ? `the default is ${rule.default}` : rule.remedy;
}
