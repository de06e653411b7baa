import { analysisTable } from "../analyses/request.ts";
import { findingName, repeatName } from "../metrics.ts";
import type { ReproducedPaper } from "../reproduction/contract.ts";
import { claims } from "./claims/registry.ts";
import type { FamilyEvidence } from "./evidence.ts";
import { families } from "./families.ts";
import { reportText } from "./text.ts";

/** Eckstein and Srinivasan 2026. */
export const noisePreferencePaper: ReproducedPaper<FamilyEvidence> = {
  name: "noise-preference",
  summary: "do recurrent networks prefer the noise they were trained with? (Eckstein and Srinivasan 2026)",
  families,
  metrics: ["test-loss", "test-accuracy", "test-bias-squared", "test-variance", repeatName, findingName],
  claims,
  evidence: (of) => ({ ...of, preference: analysisTable({ name: "preference", options: {} }, of.results) }),
  summaryRows: ({ preference }) => preference.rows,
  text: { ...reportText, rule: `${reportText.index} ${reportText.rule}` },
};
