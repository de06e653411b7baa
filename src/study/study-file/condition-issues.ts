/** Issues of many conditions: each once, where the file causes it, with how many conditions it concerns. */
import type { SpecIssue } from "../../core/errors.ts";
import type { StudyRun } from "../study.ts";
import type { Assignment } from "./contract.ts";
import { isAtOrBelow } from "./paths.ts";

export interface ConditionIssues {
  add(issues: readonly SpecIssue[], assignments: readonly Assignment[], condition: StudyRun["condition"]): void;
  list(): readonly SpecIssue[];
}

export function conditionIssues(): ConditionIssues {
  const found = new Map<string, { readonly issue: SpecIssue; readonly first: StudyRun["condition"]; count: number }>();
  let total = 0;
  return {
    add: (issues, assignments, condition) => {
      total++;
      for (const issue of issues) {
        const path = causeOf(issue.path, assignments);
        const key = `${path}\n${issue.rule}`;
        const known = found.get(key);
        if (known === undefined) found.set(key, { issue: { ...issue, path }, first: condition, count: 1 });
        else known.count++;
      }
    },
    list: () =>
      [...found.values()].map(({ issue, first, count }) => {
        if (count === total) return issue;
        return {
          ...issue,
          rule: `${issue.rule} (in ${count} of ${total} conditions, first in ${conditionText(first)})`,
        };
      }),
  };
}

/** The place in the file that gives the path its value: an axis, or the path itself. */
function causeOf(path: string, assignments: readonly Assignment[]): string {
  const plain = path.replace(/\[(\d+)\]/g, ".$1");
  return assignments.findLast((assignment) => isAtOrBelow(plain, assignment.path))?.place ?? path;
}

function conditionText(condition: StudyRun["condition"]): string {
  const values = Object.entries(condition).filter(([, value]) => value !== null);
  return values.map(([column, value]) => `${column} ${value}`).join(", ");
}
