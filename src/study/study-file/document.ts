/** From the content of a study file to a study, with every issue reported at once. */
import type { z } from "zod";
import { SpecError, type SpecIssue } from "../../core/errors.ts";
import { unknownName } from "../../core/registry.ts";
import { tasks } from "../../task/registry.ts";
import { analysisIssues } from "../analyses/request.ts";
import { figureIssues } from "../figures/request.ts";
import { groupingColumns } from "../results/columns.ts";
import { schemaIssues } from "../schema-issues.ts";
import type { Request, Study } from "../study.ts";
import { type FileAxes, fileAxes } from "./axis-list.ts";
import { expectations } from "./expectations.ts";
import { type FileParts, sharedParts } from "./part-inputs.ts";
import { isMapping, networkParts } from "./paths.ts";
import { studySchema } from "./schema.ts";

/** A file as far as it could be read. */
export interface ReadDocument {
  /** undefined when the outline is wrong. */
  readonly study: Study | undefined;
  /** What all runs share before axes set anything. */
  readonly base: FileParts;
  readonly axes: FileAxes;
  readonly optionalTasks: readonly string[];
  readonly issues: readonly SpecIssue[];
}

/**
 * The study of a document.
 *
 * @param document content of a file, with `extends` and overrides worked in
 * @param place what it is called in messages: a file
 * @throws SpecError with every issue that can be seen without the data of tasks; `planStudy` sees all
 */
export function studyOf(document: unknown, place: string): Study {
  const { study, issues } = readDocument(document);
  if (study === undefined || issues.length > 0) throw new SpecError(place, issues);
  return study;
}

/** @param document of any type, from a file */
export function readDocument(document: unknown): ReadDocument {
  const parsed = studySchema.safeParse(document);
  const content = isMapping(document) ? document : {};
  const issues: SpecIssue[] = parsed.success
    ? []
    : outlineIssues(parsed.error, document).filter(({ path }) => !isInAxes(path));
  const before = issues.length;
  const { preset, task, network, training, evaluation, precision } = content;
  const base: FileParts = { preset, task, network, training, evaluation, precision };
  const axes = fileAxes(content.axes ?? {}, { ...content, ...sharedParts(base) }, issues);
  if (!parsed.success && before === 0 && issues.length === 0) {
    issues.push(...outlineIssues(parsed.error, document));
  }
  issues.push(...seedIssues(content.seeds));
  const optionalTasks = parsed.data?.optionalTasks ?? [];
  for (const [index, task] of optionalTasks.entries()) {
    if (tasks.has(task)) continue;
    const { rule, remedy } = unknownName("task", task, tasks.names);
    issues.push({ path: `optionalTasks[${index}]`, rule, remedy });
  }
  if (!parsed.success) return { study: undefined, base, axes, optionalTasks, issues };

  const { name = "study", question, seeds, references } = parsed.data;
  const columns = groupingColumns(axes.list);
  const analyses = requests(parsed.data.analyses, "analyses", analysisIssues, columns, issues);
  const figures = requests(parsed.data.figures, "figures", figureIssues, columns, issues);
  const sound = { axes: axes.list, analyses: analyses.sound };
  const analysisNames = analyses.all.map(({ name: each }) => each);
  const study: Study = {
    name,
    question,
    axes: axes.list,
    seeds: typeof seeds === "number" ? Array.from({ length: seeds }, (_, seed) => seed) : seeds,
    analyses: analyses.all,
    figures: figures.all,
    expected: expectations(parsed.data.expected, analysisNames, sound, issues),
    references,
    document: content,
  };
  return { study, base, axes, optionalTasks, issues };
}

const studyHelp = "see docs/study-file.md";

/** What the outline forbids; keys of a network that stand beside it are answered with their place. */
function outlineIssues(error: z.ZodError, document: unknown): SpecIssue[] {
  const entries = isMapping(document) && Array.isArray(document.seeds) ? seedIssues(document.seeds) : [];
  return schemaIssues(error, document, studySchema, studyHelp)
    .filter(({ path }) => path !== "seeds" || entries.length === 0)
    .map((issue) => {
      if (!networkParts.includes(issue.path)) return issue;
      const remedy = `it is a part of the network: network: { ${issue.path}: ... }, or network.${issue.path}=... on the command line`;
      return { ...issue, rule: `no key of a study is named "${issue.path}"`, remedy };
    });
}

/** Entries of a list of seeds that are none, or that an earlier entry has given. */
function seedIssues(seeds: unknown): SpecIssue[] {
  if (!Array.isArray(seeds)) return [];
  return seeds.flatMap((seed: unknown, index): SpecIssue[] => {
    const path = `seeds[${index}]`;
    if (!Number.isSafeInteger(seed) || (seed as number) < 0) {
      const rule = `must be an integer >= 0, got ${JSON.stringify(seed)}`;
      return [{ path, rule, remedy: "for example seeds: [3, 7]; seeds: 5 is [0, 1, 2, 3, 4]" }];
    }
    const first = seeds.indexOf(seed);
    if (first === index) return [];
    return [
      { path, rule: `must differ from the others, got ${seed} as seeds[${first}] has it`, remedy: "drop one of them" },
    ];
  });
}

/** The reading of axes has said more than the outline can. */
function isInAxes(path: string): boolean {
  return path === "axes" || path.startsWith("axes.") || path.startsWith("axes[");
}

/** Members of a registry as the file asks for them, and those of them that break no rule. */
function requests(
  given: readonly (string | ({ readonly name: string } & Readonly<Record<string, unknown>>))[],
  path: string,
  issuesOf: typeof analysisIssues,
  columns: readonly string[],
  issues: SpecIssue[],
): { readonly all: readonly Request[]; readonly sound: readonly Request[] } {
  const all = given.map((each): Request => {
    const { name, ...options } = typeof each === "string" ? { name: each } : each;
    return { name, options };
  });
  const broken = all.map((request, index) => issuesOf(request, `${path}[${index}]`, { columns }));
  issues.push(...broken.flat());
  return { all, sound: all.filter((_, index) => broken[index].length === 0) };
}
