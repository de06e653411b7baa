/** The way back: from a complete specification to what a user would have written. */
import { runFormat } from "./spec.ts";

type Content = Readonly<Record<string, unknown>>;

/** Whether the content of a file is a specification, such as a run's `spec.json`, and not what a user writes. */
export function isSpecContent(content: Content): boolean {
  return content.format === runFormat && isContent(content.task) && isContent(content.engine);
}

/**
 * A `RunInput` that resolves to the same specification on a machine with the same back end, as long as the user's own
 * files that the task reads are the same.
 *
 * What follows from the rest is left out (sizes, checksums, the single intensity of a network without noise), so that
 * every other key can be changed. Values are not checked: that is the business of `resolvedRun`.
 *
 * @param content as `isSpecContent` accepts it
 */
export function inputOfSpec({ task, network, training, evaluation, engine, seed }: Content): Record<string, unknown> {
  const { name, options } = task as Content;
  return {
    task: { ...(isContent(options) ? options : {}), name },
    network: without(network, ["inputSize", "outputSize"]),
    training,
    evaluation:
      isContent(evaluation) && evaluation.site === null ? without(evaluation, ["site", "intensities"]) : evaluation,
    precision: (engine as Content).precision,
    seed,
  };
}

function without(value: unknown, keys: readonly string[]): unknown {
  if (!isContent(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function isContent(value: unknown): value is Content {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
