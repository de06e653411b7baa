/** Sources of the study: of its networks, its question and its statistics. */
import { analysisParts, mergedReferences, runReferences, type UsedReference } from "../references.ts";
import type { RunSpec } from "../spec.ts";

export function studyReferences(specs: readonly RunSpec[]): readonly UsedReference[] {
  const used = specs.flatMap((spec) => runReferences(spec));
  return mergedReferences([
    ...analysisParts("preference"),
    ...used.flatMap(({ key, uses }) => uses.map((use) => [use, [key]] as const)),
  ]);
}
