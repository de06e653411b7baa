import { registry } from "../core/registry.ts";
import type { Analysis } from "./contract.ts";
import { evaluation } from "./evaluate.ts";
import { noisePreferenceAnalysis } from "./noise-preference.ts";

/** Calls and results differ from member to member: a caller that runs one imports it by its own name. */
export const analyses = registry<Analysis<never, unknown>>("analysis", [evaluation, noisePreferenceAnalysis]);
