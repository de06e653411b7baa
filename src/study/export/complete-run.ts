/** What goes from a store to other programs. */
import type { RunMetrics } from "../metrics.ts";
import type { RunRecord } from "../record.ts";
import type { RunSpec } from "../spec.ts";

/** A complete run as its files tell it. */
export interface CompleteRun {
  readonly spec: RunSpec;
  readonly record: RunRecord;
  readonly metrics: RunMetrics;
}
