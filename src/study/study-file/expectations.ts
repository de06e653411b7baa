/** Results that a study must meet, as its file writes them. */
import type { SpecIssue } from "../../core/errors.ts";
import { nearestName, unknownName } from "../../core/registry.ts";
import { studyAnalyses } from "../analyses/registry.ts";
import { analysisTable } from "../analyses/request.ts";
import { groupingColumns } from "../results/columns.ts";
import type { Expectation, Request, StudyAxis } from "../study.ts";
import type { ExpectationInput } from "./schema.ts";

interface Surroundings {
  readonly axes: readonly StudyAxis[];
  /** Without issues. */
  readonly analyses: readonly Request[];
}

/** @param analysisNames all that the file asks for, in order */
export function expectations(
  given: readonly ExpectationInput[],
  analysisNames: readonly string[],
  { axes, analyses }: Surroundings,
  issues: SpecIssue[],
): readonly Expectation[] {
  const columnsOf = tableColumns(axes, analyses);
  return given.flatMap((input, index) => {
    const path = `expected[${index}]`;
    if (!analysisNames.includes(input.analysis)) {
      const { rule, remedy } = unknownName("analysis of the study", input.analysis, analysisNames);
      const isNone = analysisNames.length === 0;
      issues.push({ path: `${path}.analysis`, rule, remedy: isNone ? addAnalysis(input.analysis) : remedy });
    }
    const columns = columnsOf.get(input.analysis);
    if (columns !== undefined) {
      const asked = [["column", input.column], ...Object.keys(input.where).map((name) => [`where.${name}`, name])];
      for (const [at, column] of asked.filter(([, name]) => !columns.has(name))) {
        const { rule, remedy } = unknownName(`column of the table ${input.analysis}`, column, [...columns]);
        issues.push({ path: `${path}.${at}`, rule, remedy });
      }
    }
    for (const { name, values } of axes) {
      const value = input.where[name];
      if (value === undefined || values.includes(value)) continue;
      const nearest = nearestName(String(value), values.map(String));
      const guess = nearest === undefined ? "" : `did you mean ${nearest}? `;
      issues.push({
        path: `${path}.where.${name}`,
        rule: `no value of the axis ${name} is ${JSON.stringify(value)}`,
        remedy: `${guess}its values are ${values.join(", ")}`,
      });
    }
    const rule = ruleOf(input, path, issues);
    const { analysis, where, column, source = null } = input;
    return rule === undefined ? [] : [{ analysis, where, column, rule, source }];
  });
}

/** What a study without analyses lacks. */
function addAnalysis(name: string): string {
  const meant = studyAnalyses.has(name) ? name : (nearestName(name, studyAnalyses.names) ?? "preference");
  return `the study asks for none; add analyses: [${meant}]`;
}

/** Columns of the tables of each analysis, as a table of no runs has them. */
function tableColumns(axes: readonly StudyAxis[], analyses: readonly Request[]): ReadonlyMap<string, Set<string>> {
  const nothing = {
    axes: axes.map(({ name }) => name),
    columns: groupingColumns(axes),
    runs: [],
    open: [],
    measurements: [],
  };
  const found = new Map<string, Set<string>>();
  for (const request of analyses) {
    const names = analysisTable(request, nothing).columns.map(({ name }) => name);
    found.set(request.name, new Set([...(found.get(request.name) ?? []), ...names]));
  }
  return found;
}

const ruleRemedy = "write value with tolerance or relativeTolerance, or equal, or min and max";

function ruleOf(input: ExpectationInput, path: string, issues: SpecIssue[]): Expectation["rule"] | undefined {
  const { value, tolerance, relativeTolerance, equal, min, max } = input;
  const kinds = [
    value !== undefined || tolerance !== undefined || relativeTolerance !== undefined ? ["value"] : [],
    equal !== undefined ? ["equal"] : [],
    min !== undefined || max !== undefined ? ["min and max"] : [],
  ].flat();
  const refuse = (rule: string): undefined => {
    issues.push({ path, rule, remedy: ruleRemedy });
    return undefined;
  };
  if (kinds.length !== 1) return refuse(`must have one rule, got ${kinds.join(" and ") || "none"}`);
  if (equal !== undefined) return { kind: "equal", value: equal };
  if (min !== undefined || max !== undefined) {
    if (min !== undefined && max !== undefined && min > max) return refuse(`min must be <= max, got ${min} and ${max}`);
    return { kind: "range", min: min ?? null, max: max ?? null };
  }
  if (value === undefined) return refuse("a tolerance needs a value");
  const given = [tolerance, relativeTolerance].filter((each) => each !== undefined);
  if (given.length === 0) return refuse(`value needs tolerance or relativeTolerance, got value ${value} with neither`);
  if (given.length === 2) return refuse("value needs tolerance or relativeTolerance, got both");
  return { kind: "close", value, tolerance: given[0], isRelative: relativeTolerance !== undefined };
}
