/** What the parts of a run file come to where axes have set them: the same object for the same assignments. */
import { NoisyRnnError, type SpecIssue } from "../../core/errors.ts";
import type { PartsInput, RunPart } from "../run-resolver.ts";
import type { Assignment } from "./contract.ts";
import { isAtOrBelow, withValueAt } from "./paths.ts";

interface PartInput {
  readonly content: unknown;
  readonly issues: readonly SpecIssue[];
}

const none: readonly SpecIssue[] = [];

/** @param base the parts as the file has them */
export function partInputs(
  base: PartsInput,
): (assignments: readonly Assignment[]) => { readonly inputs: PartsInput; readonly issues: readonly SpecIssue[] } {
  const placeOf = new Map<Assignment, { readonly part: RunPart; readonly mark: string }>();
  const known: Record<RunPart, Map<string, PartInput>> = {
    task: new Map(),
    network: new Map(),
    training: new Map(),
    evaluation: new Map(),
    precision: new Map(),
  };
  const placed = (assignment: Assignment) => {
    let place = placeOf.get(assignment);
    if (place === undefined) {
      place = { part: assignment.path.split(".")[0] as RunPart, mark: `${placeOf.size.toString(36)} ` };
      placeOf.set(assignment, place);
    }
    return place;
  };
  return (assignments) => {
    const marks: Record<RunPart, string> = { task: "", network: "", training: "", evaluation: "", precision: "" };
    for (const assignment of assignments) {
      const { part, mark } = placed(assignment);
      marks[part] += mark;
    }
    let issues: readonly SpecIssue[] = none;
    const input = (part: RunPart): unknown => {
      let found = known[part].get(marks[part]);
      if (found === undefined) {
        const own = assignments.filter((assignment) => placed(assignment).part === part);
        found = partInput(part, base[part], own);
        known[part].set(marks[part], found);
      }
      if (found.issues.length > 0) issues = [...issues, ...found.issues];
      return found.content;
    };
    const inputs = {
      task: input("task"),
      network: input("network"),
      training: input("training"),
      evaluation: input("evaluation"),
      precision: input("precision"),
    };
    return { inputs, issues };
  };
}

function partInput(part: RunPart, base: unknown, assignments: readonly Assignment[]): PartInput {
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
