/** From what a user writes to a complete specification, with every issue reported at once. */
import { SpecError } from "../core/errors.ts";
import { withoutPreset } from "./presets/expand.ts";
import { type PartsInput, type ResolverCall, runResolver } from "./run-resolver.ts";
import { runSchema } from "./run-schema.ts";
import { schemaIssues } from "./schema-issues.ts";
import type { RunSpec } from "./spec.ts";
import { isMapping } from "./study-file/paths.ts";

export interface ResolveCall extends ResolverCall {
  /** A `RunInput`, possibly from a file and of any type. */
  readonly input: unknown;
  /** What the input is called in messages: a file, or "run". */
  readonly place: string;
}

/**
 * The complete specification of a run.
 *
 * @throws SpecError with every issue, each with its path
 * @throws FormatError, CapabilityError when the task's data are damaged or missing
 */
export async function resolvedRun({ input: given, place, ...call }: ResolveCall): Promise<RunSpec> {
  const { content, issues: ofPreset } = isMapping(given) ? withoutPreset(given) : { content: given, issues: [] };
  const parsed = runSchema.safeParse(content);
  const issues = [...ofPreset, ...(parsed.success ? [] : schemaIssues(parsed.error, content, runSchema))];
  if (issues.some(({ path }) => path === "(all)")) throw new SpecError(place, issues);
  // Parts that are of the right form are looked into even where others are not, so that no issue waits for another.
  const { parts, issues: deeper, missing } = await runResolver(call)(content as PartsInput);
  const said = new Set(issues.map(({ path }) => path));
  issues.push(...deeper.filter(({ path }) => !said.has(path)));
  if (issues.length === 0 && missing !== undefined) throw missing;
  if (!parsed.success || parts === undefined || issues.length > 0) throw new SpecError(place, issues);
  return { ...parts, seed: parsed.data.seed };
}
