import { registry } from "../../core/registry.ts";
import type { StudyAnalysis } from "./contract.ts";
import { curves } from "./curves.ts";
import { differences } from "./differences.ts";
import { onsetAnalysis } from "./onset.ts";
import { preferenceAnalysis } from "./preference.ts";
import { summary } from "./summary.ts";

export const studyAnalyses = registry<StudyAnalysis>("study analysis", [
  preferenceAnalysis,
  onsetAnalysis,
  curves,
  summary,
  differences,
]);
