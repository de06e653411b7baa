/** From what a study file asks for to a table. */
import { SpecError, type SpecIssue } from "../../core/errors.ts";
import { unknownName } from "../../core/registry.ts";
import type { MetricName } from "../metrics.ts";
import type { StudyResults } from "../results/study-results.ts";
import { schemaIssues } from "../schema-issues.ts";
import type { Request } from "../study.ts";
import type { AnalysisTable, RequestSurroundings } from "./contract.ts";
import { studyAnalyses } from "./registry.ts";

/**
 * Every rule that a request for an analysis breaks.
 *
 * @param path of the request in its file, for example "analyses[0]"
 * @param surroundings `columns` as `groupingColumns` of the study's axes gives them
 */
export function analysisIssues(
  { name, options }: Request,
  path: string,
  surroundings: RequestSurroundings,
): readonly SpecIssue[] {
  if (!studyAnalyses.has(name)) {
    const { rule, remedy } = unknownName("study analysis", name, studyAnalyses.names);
    return [{ path: `${path}.name`, rule, remedy }];
  }
  const { schema, issues } = studyAnalyses.get(name);
  const parsed = schema.safeParse(options);
  const found = parsed.success ? issues(parsed.data, surroundings) : schemaIssues(parsed.error, options, schema);
  return found.map((issue) => ({ ...issue, path: issue.path === "(all)" ? path : `${path}.${issue.path}` }));
}

/** Metrics that a request reads: what must be among the measurements of the results. @param request without issues */
export function requestMetrics({ name, options }: Request): readonly MetricName[] {
  const { schema, metrics } = studyAnalyses.get(name);
  return metrics(schema.parse(options));
}

/**
 * The table of a request.
 *
 * @param results with the measurements of `requestMetrics`
 * @throws SpecError when the request breaks a rule
 */
export function analysisTable(request: Request, results: StudyResults): AnalysisTable {
  const issues = analysisIssues(request, request.name, results);
  if (issues.length > 0) throw new SpecError("analysis", issues);
  const { schema, table } = studyAnalyses.get(request.name);
  return table(results, schema.parse(request.options));
}
