/** Questions to trained networks. */
export { type AnalyseCall, analyse } from "./analyse.ts";
export type { BiasVariance } from "./bias-variance.ts";
export type {
  AnalysisCall,
  AnalysisFindings,
  Finding,
  FindingCell,
  FindingRow,
  Findings,
  FindingTable,
  NetworkAnalysis,
  Subject,
} from "./contract.ts";
export type { Dynamics, MomentDynamics, Moments } from "./dynamics/contract.ts";
export { meanDynamics, silentDynamics } from "./dynamics/mean-dynamics.ts";
export { momentDynamics } from "./dynamics/moment-dynamics.ts";
export { smoothedOutputs } from "./dynamics/smoothed-run.ts";
export { type EvaluateCall, type Evaluation, type Examination, evaluate } from "./evaluate.ts";
export { intensityGrid, intensitySweep, type SweepCall, type SweepRow } from "./intensity-sweep.ts";
export { type NoisePreference, type NoisePreferenceCall, noisePreference } from "./noise-preference.ts";
export { type Preference, type PreferenceOptions, preference, type SeedPreference } from "./preference.ts";
export { analyses } from "./registry.ts";
export { type Verdict, type VerdictEvidence, verdicts } from "./verdict.ts";
