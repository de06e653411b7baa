import type { RunSpec } from "../spec.ts";
import type { TaskLabels } from "./contract.ts";
import { taskTexts } from "./task-texts.ts";

/**
 * How tasks are called in figures: shipped ones by their titles, a table of one's own by its file, if all runs read the same.
 *
 * @param specs of runs that differ in their tasks
 */
export function taskLabels(specs: readonly Pick<RunSpec, "task">[]): TaskLabels {
  const paths = specs.filter(({ task }) => task.name === "table").map(({ task }) => String(task.options.path));
  const [file] = new Set(paths.map((path) => path.split(/[\\/]/).at(-1) ?? path));
  return new Set(paths).size === 1 ? { ...taskTexts, table: { title: file, loss: "loss" } } : taskTexts;
}
