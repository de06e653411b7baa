/** Sources of the study: of its networks, its question and its statistics. */
import { noisePreferenceAnalysis } from "../../analysis/noise-preference.ts";
import { mergedReferences, runReferences, type UsedReference } from "../references.ts";
import type { RunSpec } from "../spec.ts";

export function studyReferences(specs: readonly RunSpec[]): readonly UsedReference[] {
  const analysis = [`analysis ${noisePreferenceAnalysis.name}`, noisePreferenceAnalysis.references] as const;
  const used = specs.flatMap((spec) => runReferences(spec));
  return mergedReferences([analysis, ...used.flatMap(({ key, uses }) => uses.map((use) => [use, [key]] as const))]);
}
