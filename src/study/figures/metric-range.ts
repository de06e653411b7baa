import type { MetricName } from "../metrics.ts";

export interface MetricRange {
  readonly least: number;
  readonly most: number;
}

/** What a metric can be: shares lie in 0 to 1; losses, norms, rates and mean squares are not negative; others are anything. */
export function metricRange(metric: MetricName): MetricRange {
  if (metric === "test-outcome" || metric === "finding") {
    return { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };
  }
  return { least: 0, most: metric.endsWith("accuracy") ? 1 : Number.POSITIVE_INFINITY };
}

/** What a difference of two values of a metric can be. */
export function differenceRange(metric: MetricName): MetricRange {
  const { most } = metricRange(metric);
  return { least: -most, most };
}
