/** Values that a metric can have, and intervals that must not promise others. */
import type { SampleSummary } from "../../analysis/statistics/sample.ts";

export interface MetricBounds {
  readonly least: number;
  readonly most: number;
}

const positive: MetricBounds = { least: 0, most: Number.POSITIVE_INFINITY };
const share: MetricBounds = { least: 0, most: 1 };
const none: MetricBounds = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };

/**
 * Bounds of a metric. Losses here are squares, logarithms of probabilities and hinges, so none is negative. Squared bias and
 * variance have none: their estimators subtract noise and may pass 0.
 */
export function metricBounds(metric: unknown): MetricBounds {
  const name = String(metric);
  if (name.endsWith("-accuracy")) return share;
  return /-(loss|activity|gradient-norm|learning-rate)$/.test(name) ? positive : none;
}

/**
 * The summary of a metric, with its bootstrap interval within the bounds: percentiles of resamples lie there, and only their
 * stretching for small samples leads out, where no mean can be. Student's interval is left as its formula has it.
 */
export function boundedSummary(metric: string, summary: SampleSummary): SampleSummary {
  const { least, most } = metricBounds(metric);
  const { bootstrapLow, bootstrapHigh } = summary;
  return {
    ...summary,
    bootstrapLow: bootstrapLow === null ? null : Math.max(least, bootstrapLow),
    bootstrapHigh: bootstrapHigh === null ? null : Math.min(most, bootstrapHigh),
  };
}
