/** "Only when site is inside": what must hold for axes to apply. */
import { NoisyRnnError, type SpecIssue } from "../../core/errors.ts";
import { nearestName } from "../../core/registry.ts";
import type { AxisValue } from "../study.ts";
import type { Reading } from "./axes.ts";
import type { Condition, ConditionTest } from "./contract.ts";
import { fullPath, isMapping, pathOfColumn, valueAt } from "./paths.ts";
import { isAxisValue } from "./values.ts";

const bounds = ["above", "from", "below", "to"] as const;
const ruleRemedy = "write a value, a list of values, { not: value } or { above: 0 } (above, from, below, to)";

/** @param content a mapping of columns or paths to what they must be, from a file */
export function readCondition(content: unknown, place: string, { issues, columns }: Reading): Condition {
  if (!isMapping(content)) {
    const rule = `must be a mapping of columns or paths to values, got ${JSON.stringify(content)}`;
    issues.push({ path: place, rule, remedy: "for example { site: inside }" });
    return [];
  }
  return Object.entries(content).flatMap(([key, wanted]): ConditionTest[] => {
    const at = `${place}.${key}`;
    const rule = readRule(wanted);
    if (rule === undefined) {
      const broken = `must say what holds, got ${JSON.stringify(wanted)}`;
      issues.push({ path: at, rule: broken, remedy: ruleRemedy });
      return [];
    }
    try {
      return [{ path: columns.get(key) ?? pathOfColumn(key) ?? fullPath(key), place: at, rule }];
    } catch (error) {
      if (!(error instanceof NoisyRnnError)) throw error;
      issues.push({ path: at, rule: error.rule, remedy: error.remedy });
      return [];
    }
  });
}

function readRule(wanted: unknown): ConditionTest["rule"] | undefined {
  if (isAxisValue(wanted)) return { kind: "any", values: [wanted] };
  if (isValueList(wanted)) return { kind: "any", values: wanted };
  if (!isMapping(wanted)) return undefined;
  const keys = Object.keys(wanted);
  if (keys.length === 1 && keys[0] === "not") {
    const { not } = wanted;
    if (isAxisValue(not)) return { kind: "none", values: [not] };
    return isValueList(not) ? { kind: "none", values: not } : undefined;
  }
  const isRange = keys.length > 0 && keys.every((key) => isBound(key) && Number.isFinite(wanted[key]));
  return isRange ? { kind: "range", ...wanted } : undefined;
}

function isBound(key: string): boolean {
  return (bounds as readonly string[]).includes(key);
}

/** @param valueAtPath what stands at a path of the run file */
export function holds(condition: Condition, valueAtPath: (path: string) => unknown): boolean {
  return condition.every(({ path, rule }) => {
    const value = valueAtPath(path);
    switch (rule.kind) {
      case "any":
        return rule.values.includes(value as AxisValue);
      case "none":
        return !rule.values.includes(value as AxisValue);
      case "range":
        return (
          typeof value === "number" &&
          value > (rule.above ?? Number.NEGATIVE_INFINITY) &&
          value >= (rule.from ?? Number.NEGATIVE_INFINITY) &&
          value < (rule.below ?? Number.POSITIVE_INFINITY) &&
          value <= (rule.to ?? Number.POSITIVE_INFINITY)
        );
      default:
        return rule satisfies never;
    }
  });
}

/** Conditions must ask for something that the file sets, that is set before, and for values that it may have there. */
export function unmetCondition(
  { path, place, rule }: ConditionTest,
  {
    before,
    later,
    base,
  }: {
    /** Values that earlier axes may give, by path; null when they are not known. */
    readonly before: ReadonlyMap<string, readonly AxisValue[]>;
    readonly later: ReadonlySet<string>;
    /** The file without its axes. */
    readonly base: unknown;
  },
): SpecIssue | undefined {
  const given = before.get(path);
  const own = valueInFile(base, path);
  if (given === undefined && own === undefined) {
    return later.has(path)
      ? { path: place, rule: `${path} is set by an axis that comes later`, remedy: "put that axis before this one" }
      : { path: place, rule: `nothing in the file sets ${path}`, remedy: "set it in the file, or make it an axis" };
  }
  if (rule.kind === "range") return undefined;
  const offered = [...new Set([...(given ?? []), ...(isAxisValue(own) ? [own] : [])])];
  const strange = rule.values.find((value) => !offered.includes(value));
  if (strange === undefined) return undefined;
  const nearest = nearestName(String(strange), offered.map(String));
  return {
    path: place,
    rule: `no value of ${path} is ${JSON.stringify(strange)}`,
    remedy: `${nearest === undefined ? "" : `did you mean ${nearest}? `}its values are ${offered.join(", ")}`,
  };
}

/** What conditions find in a file where no axis sets the path; undefined when it says nothing of it. */
export function valueInFile(base: unknown, path: string): unknown {
  const value = valueAt(base, path);
  return path === "task" && isMapping(value) ? value.name : value;
}

function isValueList(value: unknown): value is readonly AxisValue[] {
  return Array.isArray(value) && value.length > 0 && value.every(isAxisValue);
}
