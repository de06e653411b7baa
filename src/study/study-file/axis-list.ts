/** What axes come to before they are multiplied out: columns, values, and whether conditions can be met. */
import type { SpecIssue } from "../../core/errors.ts";
import { isReservedColumn } from "../analyses/reserved-columns.ts";
import type { AxisValue, StudyAxis } from "../study.ts";
import { readAxes } from "./axes.ts";
import { unmetCondition } from "./conditions.ts";
import type { Assignment, AxisNode, Condition, ValuesNode } from "./contract.ts";
import { pathOfColumn } from "./paths.ts";

export interface FileAxes {
  readonly root: AxisNode;
  /** In the order of the file. */
  readonly list: readonly StudyAxis[];
  /** Whether they have no issue. */
  readonly isSound: boolean;
}

/**
 * The axes of a file, with every issue that can be seen without multiplying them out.
 *
 * @param content what stands under `axes`
 * @param base the rest of the file, which conditions may ask for
 */
export function fileAxes(content: unknown, base: unknown, issues: SpecIssue[]): FileAxes {
  // Conditions speak in columns of axes that may stand anywhere, so these are gathered first.
  const first = readAxes(content, "axes", { issues: [], columns: new Map() });
  const columns = new Map([...valuesIn(first)].map(({ column, path }) => [column, path]));
  const before = issues.length;
  const root = readAxes(content, "axes", { issues, columns });
  const list = axisList(root, issues);
  checkConditions(root, base, issues);
  return { root, list, isSound: issues.length === before };
}

/** One axis for each column, with the values of all places that give it some. */
function axisList(root: AxisNode, issues: SpecIssue[]): readonly StudyAxis[] {
  const found = new Map<string, { path: string; values: Set<AxisValue> }>();
  const columnsOfPaths = new Map<string, string>();
  for (const { path, column, place, entries } of valuesIn(root)) {
    const owner = pathOfColumn(column);
    const isTaken = isReservedColumn(column);
    const known = found.get(column);
    const alike = [...found.keys()].find((name) => name !== column && name.toLowerCase() === column.toLowerCase());
    const given = columnsOfPaths.get(path) ?? column;
    if (isTaken && owner !== path) {
      const what = owner === undefined ? `${column} is a column of all results` : `${column} is the column of ${owner}`;
      issues.push({ path: place, rule: what, remedy: "name another, for example as: myColumn" });
    } else if (alike !== undefined) {
      const rule = `columns must differ in more than capitals, got ${alike} and ${column}`;
      issues.push({ path: place, rule, remedy: "name another, for example as: myColumn" });
    } else if (known !== undefined && known.path !== path) {
      const rule = `the column ${column} is that of ${known.path}, and ${path} needs one of its own`;
      issues.push({
        path: place,
        rule,
        remedy: "give one of them a name, for example { choice: [...], as: myColumn }",
      });
    } else if (given !== column) {
      const rule = `${path} has the column ${given} elsewhere in the file, got as: ${column}`;
      issues.push({ path: place, rule, remedy: "give it the same name at all places" });
    } else {
      const axis = known ?? { path, values: new Set() };
      for (const { assignment } of entries) axis.values.add(assignment.label);
      found.set(column, axis);
      columnsOfPaths.set(path, column);
    }
  }
  return [...found].map(([name, { path, values }]) => ({ name, path, values: [...values] }));
}

function* valuesIn(node: AxisNode): Generator<ValuesNode> {
  for (const inner of nodesIn(node)) if (inner.kind === "values") yield inner;
}

/** All nodes, in the order in which they set values. */
function* nodesIn(node: AxisNode): Generator<AxisNode> {
  yield node;
  switch (node.kind) {
    case "values":
      for (const { nested } of node.entries) if (nested !== null) yield* nodesIn(nested);
      return;
    case "product":
      for (const part of node.parts) yield* nodesIn(part);
      return;
    case "union":
      for (const member of node.members) yield* nodesIn(member);
      return;
    case "zip":
      for (const axis of node.axes) yield* nodesIn(axis);
      return;
    case "set":
      return;
    default:
      node satisfies never;
  }
}

function checkConditions(root: AxisNode, base: unknown, issues: SpecIssue[]): void {
  const later = new Set(valuesByPath(root).keys());
  const before = new Map<string, AxisValue[]>();
  const check = (condition: Condition | null): void => {
    for (const test of condition ?? []) {
      const issue = unmetCondition(test, { before, later, base });
      if (issue !== undefined) issues.push(issue);
    }
  };
  for (const node of nodesIn(root)) {
    if (node.kind === "product" || node.kind === "values") check(node.when);
    add(node, before);
  }
}

/** What axes and their settings may give each path; null for lists and mappings. */
export function valuesByPath(root: AxisNode): ReadonlyMap<string, readonly AxisValue[]> {
  const found = new Map<string, AxisValue[]>();
  for (const node of nodesIn(root)) add(node, found);
  return found;
}

function add(node: AxisNode, values: Map<string, AxisValue[]>): void {
  for (const { path, label } of assignmentsOf(node)) {
    const known = values.get(path);
    if (known === undefined) values.set(path, [label]);
    else known.push(label);
  }
}

function assignmentsOf(node: AxisNode): readonly Assignment[] {
  if (node.kind === "set") return [node.assignment];
  if (node.kind !== "values") return [];
  return node.entries.flatMap(({ assignment, settings }) => [assignment, ...settings]);
}
