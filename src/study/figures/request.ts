/** From what a study file asks for to figures. */
import { ParameterError, type SpecIssue } from "../../core/errors.ts";
import { unknownName } from "../../core/registry.ts";
import type { Figure } from "../../figure/contract.ts";
import type { RequestSurroundings } from "../analyses/contract.ts";
import type { MetricName } from "../metrics.ts";
import type { StudyResults } from "../results/study-results.ts";
import { schemaIssues } from "../schema-issues.ts";
import type { Request } from "../study.ts";
import type { TaskLabels } from "./contract.ts";
import type { FindingsRequest } from "./findings-request.ts";
import { studyFigures } from "./registry.ts";

/**
 * Every rule that a request for a figure breaks.
 *
 * @param path of the request in its file, for example "figures[0]"
 * @param surroundings `columns` as `groupingColumns` of the study's axes gives them
 */
export function figureIssues(
  { name, options }: Request,
  path: string,
  surroundings: RequestSurroundings,
): readonly SpecIssue[] {
  if (!studyFigures.has(name)) {
    const { rule, remedy } = unknownName("figure", name, studyFigures.names);
    return [{ path: `${path}.name`, rule, remedy }];
  }
  const { schema, issues } = studyFigures.get(name);
  const parsed = schema.safeParse(options);
  const found = parsed.success ? issues(parsed.data, surroundings) : schemaIssues(parsed.error, options, schema);
  return found.map((issue) => ({ ...issue, path: issue.path === "(all)" ? path : `${path}.${issue.path}` }));
}

/** Metrics that a request reads: what must be among the measurements of the results. @param request without issues */
export function figureMetrics({ name, options }: Request): readonly MetricName[] {
  const { schema, metrics } = studyFigures.get(name);
  return metrics(schema.parse(options));
}

/** Findings that a request reads: what must be among those of the results. @param request without issues */
export function figureFindings({ name, options }: Request): readonly FindingsRequest[] {
  const { schema, findings } = studyFigures.get(name);
  return findings === undefined ? [] : [findings(schema.parse(options))];
}

/** What became of the requests for figures. */
export interface StudyFigures {
  /** In the order of the requests, each with a name of its own. */
  readonly figures: readonly Figure[];
  /** Why a request gave no figure; sentences. */
  readonly notes: readonly string[];
}

/**
 * @param requests without issues; the results hold the measurements of their `figureMetrics` and their `figureFindings`
 * @param taskLabels by task name; a task without one is called by its name
 */
export function drawnFigures(
  requests: readonly Request[],
  results: StudyResults,
  taskLabels: TaskLabels = {},
): StudyFigures {
  const taken = new Map<string, number>();
  const figures: Figure[] = [];
  const notes: string[] = [];
  for (const { name, options } of requests) {
    const { schema, draw } = studyFigures.get(name);
    try {
      const drawn = draw(results, schema.parse(options), taskLabels);
      if (drawn.length === 0) notes.push(`Figure ${name} is not drawn: no complete run measured what it shows.`);
      for (const figure of drawn) {
        const count = (taken.get(figure.name) ?? 0) + 1;
        taken.set(figure.name, count);
        figures.push(count === 1 ? figure : { ...figure, name: `${figure.name}-${count}` });
      }
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      notes.push(`Figure ${name} is not drawn: ${error.rule}; ${error.remedy}.`);
    }
  }
  return { figures, notes };
}
