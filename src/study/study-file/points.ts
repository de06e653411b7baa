/** Axes multiplied out: one list of assignments for each condition. */

import { holds, valueInFile } from "./conditions.ts";
import type { Assignment, AxisEntry, AxisNode, Condition, ValuesNode } from "./contract.ts";
import type { FileParts } from "./part-inputs.ts";

/** What was assigned on the way to a point, the last first; points share their ways. */
export interface Way {
  readonly assignment: Assignment;
  readonly before: Way | null;
}

/**
 * Every point that axes span, in the order of the file, the last axis fastest.
 *
 * @param base the file, in which conditions find what no axis sets; null: every condition holds
 */
export function* points(root: AxisNode, base: FileParts | null): Generator<Way | null> {
  yield* after(root, null, base);
}

function* after(node: AxisNode, way: Way | null, base: FileParts | null): Generator<Way | null> {
  switch (node.kind) {
    case "values":
      if (!applies(node.when, way, base)) yield way;
      else for (const entry of node.entries) yield* afterEntry(entry, way, base);
      return;
    case "product":
      if (!applies(node.when, way, base)) yield way;
      else yield* afterAll(node.parts, 0, way, base);
      return;
    case "union":
      for (const member of node.members) yield* after(member, way, base);
      return;
    case "zip":
      for (const index of node.axes[0].entries.keys()) yield* afterRow(node.axes, index, 0, way, base);
      return;
    case "set":
      yield { assignment: node.assignment, before: way };
      return;
    default:
      node satisfies never;
  }
}

function* afterAll(
  nodes: readonly AxisNode[],
  index: number,
  way: Way | null,
  base: FileParts | null,
): Generator<Way | null> {
  if (index === nodes.length) yield way;
  else for (const next of after(nodes[index], way, base)) yield* afterAll(nodes, index + 1, next, base);
}

/** The values of one row of a zip, one axis after the other. */
function* afterRow(
  axes: readonly ValuesNode[],
  row: number,
  index: number,
  way: Way | null,
  base: FileParts | null,
): Generator<Way | null> {
  if (index === axes.length) yield way;
  else
    for (const next of afterEntry(axes[index].entries[row], way, base))
      yield* afterRow(axes, row, index + 1, next, base);
}

function* afterEntry(
  { assignment, settings, nested }: AxisEntry,
  way: Way | null,
  base: FileParts | null,
): Generator<Way | null> {
  let next: Way = { assignment, before: way };
  for (const setting of settings) next = { assignment: setting, before: next };
  if (nested === null) yield next;
  else yield* after(nested, next, base);
}

function applies(condition: Condition | null, way: Way | null, base: FileParts | null): boolean {
  return condition === null || base === null || holds(condition, (path) => assigned(way, path, base));
}

function assigned(way: Way | null, path: string, base: FileParts | null): unknown {
  for (let at = way; at !== null; at = at.before) if (at.assignment.path === path) return at.assignment.label;
  return valueInFile(base, path);
}
