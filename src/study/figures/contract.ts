/** What a figure of a study is: drawings that are made of all runs of a study together. */
import type { z } from "zod";
import type { Figure, TaskLabel } from "../../figure/contract.ts";
import type { OptionIssue, RequestSurroundings } from "../analyses/contract.ts";
import type { MetricName } from "../metrics.ts";
import type { StudyResults } from "../results/study-results.ts";
import type { FindingsRequest } from "./findings-request.ts";

/** By task name. */
export type TaskLabels = Readonly<Record<string, TaskLabel>>;

/** A member of the registry; its options are those of its schema. */
export interface StudyFigure {
  readonly name: string;
  /** One sentence: the question it answers. */
  readonly summary: string;
  /** What the options must be, each key with a description. */
  readonly schema: z.ZodObject;
  /** Rules that the schema does not know: names of columns, options that exclude each other. */
  issues(options: unknown, surroundings: RequestSurroundings): readonly OptionIssue[];
  /** Metrics that it reads. */
  metrics(options: unknown): readonly MetricName[];
  /** Findings that it reads; absent: none. */
  findings?(options: unknown): FindingsRequest;
  /**
   * A pure function.
   *
   * @param options as the schema returned them, without issues
   * @param taskLabels by task name, for titles and axes
   * @returns figures whose `data` their `query`, where they have one, gives too; names may repeat those of other requests; none where nothing was
   *   measured
   * @throws ParameterError when they would be too many
   */
  draw(results: StudyResults, options: unknown, taskLabels: TaskLabels): readonly Figure[];
}

/** A member, its options typed. */
export function studyFigure<Schema extends z.ZodObject>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly schema: Schema;
  issues(options: z.output<Schema>, surroundings: RequestSurroundings): readonly OptionIssue[];
  metrics(options: z.output<Schema>): readonly MetricName[];
  findings?(options: z.output<Schema>): FindingsRequest;
  draw(results: StudyResults, options: z.output<Schema>, taskLabels: TaskLabels): readonly Figure[];
}): StudyFigure {
  return definition as StudyFigure;
}
