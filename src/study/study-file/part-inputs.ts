/** What the parts of a run file come to where axes have set them: the same object for the same assignments. */
import { NoisyRnnError, type SpecIssue } from "../../core/errors.ts";
import { type ExpandedPreset, expandedPreset, overPreset } from "../presets/expand.ts";
import type { PartsInput, RunPart } from "../run-resolver.ts";
import type { Assignment } from "./contract.ts";
import { isAtOrBelow, withValueAt } from "./paths.ts";

interface PartInput {
  readonly content: unknown;
  readonly issues: readonly SpecIssue[];
}

type FilePart = RunPart | "preset";

const none: readonly SpecIssue[] = [];

/** The parts as a file has them, with the preset that it names. */
export type FileParts = PartsInput & { readonly preset: unknown };

/** The parts that all runs of a file share: its own over those of its preset. */
export function sharedParts({ preset, ...own }: FileParts): FileParts {
  const { input } = expandedPreset(preset);
  const { task, network, training } = input;
  return {
    ...own,
    preset,
    task: overPreset(task, own.task),
    network: overPreset(network, own.network),
    training: overPreset(training, own.training),
  };
}

/** @param base the parts as the file has them */
export function partInputs(
  base: FileParts,
): (assignments: readonly Assignment[]) => { readonly inputs: PartsInput; readonly issues: readonly SpecIssue[] } {
  const placeOf = new Map<Assignment, { readonly part: FilePart; readonly mark: string }>();
  const presets = new Map<string, ExpandedPreset>();
  const known: Record<FilePart, Map<string, PartInput>> = {
    preset: new Map(),
    task: new Map(),
    network: new Map(),
    training: new Map(),
    evaluation: new Map(),
    precision: new Map(),
  };
  const placed = (assignment: Assignment) => {
    let place = placeOf.get(assignment);
    if (place === undefined) {
      place = { part: assignment.path.split(".")[0] as FilePart, mark: `${placeOf.size.toString(36)} ` };
      placeOf.set(assignment, place);
    }
    return place;
  };
  return (assignments) => {
    const marks = { preset: "", task: "", network: "", training: "", evaluation: "", precision: "" };
    for (const assignment of assignments) {
      const { part, mark } = placed(assignment);
      marks[part] += mark;
    }
    let issues: readonly SpecIssue[] = none;
    const input = (part: FilePart, preset?: unknown): unknown => {
      // what a preset says of a part lies below what the file says of it
      const key = part === "preset" ? marks.preset : `${marks.preset}| ${marks[part]}`;
      let found = known[part].get(key);
      if (found === undefined) {
        const own = assignments.filter((assignment) => placed(assignment).part === part);
        found = partInput(part, overPreset(preset, base[part]), own);
        known[part].set(key, found);
      }
      if (found.issues.length > 0) issues = [...issues, ...found.issues];
      return found.content;
    };
    const given = input("preset");
    const preset = presets.get(marks.preset) ?? expandedPreset(given);
    presets.set(marks.preset, preset);
    if (preset.issues.length > 0) issues = [...issues, ...preset.issues];
    const inputs = {
      task: input("task", preset.input.task),
      network: input("network", preset.input.network),
      training: input("training", preset.input.training),
      evaluation: input("evaluation"),
      precision: input("precision"),
    };
    return { inputs, issues };
  };
}

function partInput(part: FilePart, base: unknown, assignments: readonly Assignment[]): PartInput {
  const issues: SpecIssue[] = [];
  let content: Readonly<Record<string, unknown>> = base === undefined ? {} : { [part]: base };
  for (const [index, { path, value, place }] of assignments.entries()) {
    const lost = assignments.slice(0, index).find((earlier) => isAtOrBelow(earlier.path, path));
    if (lost !== undefined) {
      issues.push({
        path: place,
        rule:
          lost.path === path
            ? `sets ${path}, which ${lost.place} has set before`
            : `replaces ${lost.path}, which ${lost.place} has set before`,
        remedy: lost.path === path ? "drop one of them, or put them into members of a union" : "put it before that one",
      });
    }
    try {
      content = withValueAt(content, path, value) as typeof content;
    } catch (error) {
      if (!(error instanceof NoisyRnnError)) throw error;
      issues.push({ path: place, rule: error.rule, remedy: error.remedy });
    }
  }
  return { content: content[part], issues: issues.length === 0 ? none : issues };
}
