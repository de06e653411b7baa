/** A run as events of TensorBoard. */
import type { TensorboardEvent } from "../../io/tensorboard.ts";
import { metricRows } from "../metrics.ts";
import type { CompleteRun } from "./complete-run.ts";

/** TensorBoard's steps are integers: a test intensity of 0.35 stands at step 350 000. */
const stepsPerIntensity = 1e6;

/**
 * Texts (specification, record), then one chart per metric: over updates where it was measured in training, over the
 * test intensity in millionths where it was measured at test. Losses of single noise draws stay in the run's own file.
 */
export function tensorboardEvents({ spec, record, metrics }: CompleteRun): TensorboardEvent[] {
  const texts = Object.entries({ specification: spec, record }).map(([tag, value]) => ({
    tag,
    step: 0,
    value: `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``,
  }));
  const scalars = metricRows(metrics).flatMap(
    ({ name, update, testIntensity, repeat, part, value }): TensorboardEvent[] => {
      if (repeat !== null) return [];
      const tag = part === null ? name : `${name}/${part}`;
      if (testIntensity === null) return [{ tag, step: update ?? 0, value }];
      const step = Math.round(testIntensity * stepsPerIntensity);
      return [{ tag: `${tag}/intensity-in-millionths`, step, value }];
    },
  );
  return [...texts, ...scalars];
}
