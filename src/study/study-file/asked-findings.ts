/** Whether the findings that a study's tables and figures read are asked of any of its runs. */
import type { SpecIssue } from "../../core/errors.ts";
import { listText } from "../../figure/wording.ts";
import { figureFindings } from "../figures/request.ts";
import { findingName, hasParts } from "../metrics.ts";
import type { Study } from "../study.ts";
import { isMapping } from "./paths.ts";

/** Names of the analyses of networks that an evaluation asks for, as a file has it; what is wrong with it is said elsewhere. */
export function askedAnalyses(evaluation: unknown): readonly string[] {
  const requests = isMapping(evaluation) ? evaluation.analyses : undefined;
  if (!Array.isArray(requests)) return [];
  return requests.map((request: unknown) => String(isMapping(request) ? request.name : request));
}

/**
 * Figures of which no run is asked what they draw, and parts of tables and figures of which no run is asked what they name.
 *
 * @param asked names of the analyses that any run is asked for
 * @param isSound whether the request at a path breaks no other rule
 */
export function unaskedFindings(
  { analyses, figures }: Pick<Study, "analyses" | "figures">,
  asked: ReadonlySet<string>,
  isSound: (path: string) => boolean,
): readonly SpecIssue[] {
  const drawn = figures.flatMap((request, index): SpecIssue[] => {
    const path = `figures[${index}]`;
    if (!isSound(path)) return [];
    const names = figureFindings(request).flatMap((wanted) => wanted.analyses);
    if (names.length === 0 || names.some((name) => asked.has(name))) return [];
    const rule = `draws findings of ${listText(names)}, which no run is asked for`;
    return [{ path, rule, remedy: `add evaluation: { analyses: [${names.join(", ")}] }, or drop the figure` }];
  });
  const parts = Object.entries({ analyses, figures }).flatMap(([key, requests]) =>
    requests.flatMap(({ options }, index) => {
      const path = `${key}[${index}]`;
      return isSound(path) ? partIssues(options, path, asked) : [];
    }),
  );
  return [...parts, ...drawn];
}

/** Parts of other metrics are those of a task or of play, which only their runs know. */
function partIssues(
  { metric, where }: Readonly<Record<string, unknown>>,
  path: string,
  asked: ReadonlySet<string>,
): readonly SpecIssue[] {
  const metrics = [metric].flat().map(String);
  if (!metrics.includes(findingName) || metrics.some((name) => name !== findingName && hasParts(name))) return [];
  const wanted = isMapping(where) ? [where.part].flat() : [];
  return wanted.flatMap((part): SpecIssue[] => {
    if (typeof part !== "string") return [];
    const [analysis, ...number] = part.split(".");
    if (number.length > 0 && asked.has(analysis)) return [];
    const known = asked.size === 0 ? "none" : [...asked].join(", ");
    const rule = `part must be the number of an analysis that a run is asked for, as in preference.preferenceIndex, got ${JSON.stringify(part)}`;
    return [{ path: `${path}.where`, rule, remedy: `add it to evaluation: { analyses: ... }, which has ${known}` }];
  });
}
