/** `noisy-rnn reproduce noise-preference`: plan, runs, tables, figures, report. */
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson } from "../../core/canonical-json.ts";
import { CapabilityError, ParameterError } from "../../core/errors.ts";
import type { FigureData, TrainingRow } from "../../figure/contract.ts";
import { preferenceReport } from "../../figure/preference-report.ts";
import { drawFigures } from "../../figure/registry.ts";
import { type Fact, type Reference, reportPage } from "../../figure/report.ts";
import { countText, numberText } from "../../figure/wording.ts";
import { referenceText, referenceUrl } from "../../io/bibtex.ts";
import { encodeCsv } from "../../io/csv.ts";
import { encodeParquet } from "../../io/parquet.ts";
import { csvColumns, inferredColumns, resultTable } from "../../io/result-table.ts";
import { bibliography } from "../../platform/node/bibliography.ts";
import { nodeResources } from "../../platform/node/datasets.ts";
import { checkWritableFolder, contentOf, writeFileAtomic } from "../../platform/node/files.ts";
import { installBackends, wantedBackend } from "../../platform/node/setup.ts";
import { thisMachine, thisSoftware } from "../../platform/node/software.ts";
import { resolvedRun } from "../../study/input.ts";
import { claimVerdicts } from "../../study/noise-preference/claims.ts";
import {
  defaultSeeds,
  type Extent,
  noisePreferencePlan,
  type PlannedRun,
  type TaskPlan,
  taskPlans,
} from "../../study/noise-preference/plan.ts";
import { studyReferences } from "../../study/noise-preference/references.ts";
import { resultColumns, resultRows, type StudiedNetwork, type StudySummary, summaryRows } from "../../study/noise-preference/results.ts";
import { studySettings } from "../../study/noise-preference/settings.ts";
import { type RunSpec, runId, runTitle } from "../../study/spec.ts";
import { type TaskLoader, taskLoader } from "../../study/tasks.ts";
import { type ExitCode, exitCodes } from "../command.ts";
