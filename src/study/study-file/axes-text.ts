/** How axes are joined, in a line: "zip(hiddenSize, learningRate) x trainIntensity x law (when trainIntensity > 0)". */
import { fileAxes } from "./axis-list.ts";
import type { AxisEntry, AxisNode, Condition, ConditionTest } from "./contract.ts";
import { columnOf } from "./paths.ts";

type ColumnOf = (path: string) => string;

/**
 * `x` multiplies, the last fastest; `zip` pairs; `then` follows; what stands in brackets after a value is its own.
 *
 * @param document of a study, without issues
 */
export function axesText(document: Readonly<Record<string, unknown>>): string {
  const { root, list } = fileAxes(document.axes ?? {}, document, []);
  const columns = new Map(list.map(({ name, path }) => [path, name]));
  return nodeText(root, (path) => columns.get(path) ?? columnOf(path)) || "none";
}

function nodeText(node: AxisNode, columnAt: ColumnOf): string {
  switch (node.kind) {
    case "values": {
      const own = node.entries.flatMap((entry) => entryText(entry, columnAt));
      return `${node.column}${own.length === 0 ? "" : `[${own.join("; ")}]`}${whenText(node.when, columnAt)}`;
    }
    case "zip":
      return `zip(${node.axes.map((axis) => nodeText(axis, columnAt)).join(", ")})`;
    case "union":
      return `(${node.members.map((member) => nodeText(member, columnAt) || "the rest").join(" then ")})`;
    case "product": {
      const parts = node.parts.map((part) => nodeText(part, columnAt)).filter((text) => text !== "");
      const when = whenText(node.when, columnAt);
      return when !== "" && parts.length > 1 ? `(${parts.join(" x ")})${when}` : `${parts.join(" x ")}${when}`;
    }
    case "set":
      return `set ${node.assignment.path}`;
    default:
      return node satisfies never;
  }
}

function entryText({ assignment, settings, nested }: AxisEntry, columnAt: ColumnOf): string[] {
  const parts = settings.map(({ path }) => `set ${path}`);
  const inner = nested === null ? "" : nodeText(nested, columnAt);
  if (inner !== "") parts.push(inner);
  return parts.length === 0 ? [] : [`${assignment.label}: ${parts.join(" x ")}`];
}

function whenText(condition: Condition | null, columnAt: ColumnOf): string {
  if (condition === null || condition.length === 0) return "";
  return ` (when ${condition.map((test) => testText(test, columnAt)).join(" and ")})`;
}

const signs = [
  ["above", ">"],
  ["from", ">="],
  ["below", "<"],
  ["to", "<="],
] as const;

function testText({ path, rule }: ConditionTest, columnAt: ColumnOf): string {
  const column = columnAt(path);
  if (rule.kind === "any") return `${column} is ${rule.values.join(" or ")}`;
  if (rule.kind === "none") return `${column} is not ${rule.values.join(" or ")}`;
  return signs
    .filter(([bound]) => rule[bound] !== undefined)
    .map(([bound, sign]) => `${column} ${sign} ${rule[bound]}`)
    .join(" and ");
}
