/** Axes as a file writes them, read into nodes; every issue is collected with its place. */
import { NoisyRnnError, type SpecIssue } from "../../core/errors.ts";
import { nearestName } from "../../core/registry.ts";
import type { AxisValue } from "../study.ts";
import { readCondition } from "./conditions.ts";
import type { Assignment, AxisEntry, AxisNode, ValuesNode } from "./contract.ts";
import { columnOf, fullPath, isMapping } from "./paths.ts";
import { isAxisValue, logspaceValues, rangeValues } from "./values.ts";

/** Forms in which values may be written. */
export const valueForms = ["choice", "range", "logspace"] as const;
const valueKeys = [...valueForms, "as", "when"];
const entryKeys = ["value", "label", "set", "axes"];

/** What the reading of a file goes along with. */
export interface Reading {
  readonly issues: SpecIssue[];
  /** Paths of all axes of the file by their columns, in which conditions may speak. */
  readonly columns: ReadonlyMap<string, string>;
}

const noSettings: readonly Assignment[] = [];

const valuesRemedy =
  "write a list, or one of { choice: [0.1, 0.5] }, { range: [from, to, step] }, { logspace: [from, to, count] }";

/**
 * The entries of a group, multiplied in their order.
 *
 * @param content of any type, from a file
 * @param place where it stands, for messages: "axes"
 */
export function readAxes(content: unknown, place: string, reading: Reading): AxisNode {
  const nothing: AxisNode = { kind: "product", parts: [], when: null };
  if (!isMapping(content)) {
    const remedy = "for example { noise.intensity: [0, 0.5, 1] }";
    reading.issues.push({
      path: place,
      rule: `must be a mapping of paths to values, got ${JSON.stringify(content)}`,
      remedy,
    });
    return nothing;
  }
  const parts = Object.entries(content).flatMap(([key, value]): AxisNode[] => {
    const at = `${place}.${key}`;
    switch (key) {
      case "when":
        return [];
      case "product":
        return readMembers(value, at, reading);
      case "union":
        return [{ kind: "union", members: readMembers(value, at, reading) }];
      case "zip":
        return readZip(value, at, reading);
      case "set":
        return readSettings(value, at, reading).map((assignment) => ({ kind: "set", assignment }));
      default: {
        const values = readValues(key, value, at, reading);
        if (values === undefined) return [];
        reportEqual(values, reading);
        return [values];
      }
    }
  });
  const when = content.when === undefined ? null : readCondition(content.when, `${place}.when`, reading);
  return { kind: "product", parts, when };
}

function readMembers(content: unknown, place: string, reading: Reading): AxisNode[] {
  if (Array.isArray(content) && content.length > 0) {
    return content.map((member, i) => readAxes(member, `${place}[${i}]`, reading));
  }
  reading.issues.push({
    path: place,
    rule: `must be a list of groups of axes, got ${JSON.stringify(content)}`,
    remedy: "for example [{ cell: [ctrnn] }, { cell: [gru], hiddenSize: [16, 32] }]",
  });
  return [];
}

function readZip(content: unknown, place: string, reading: Reading): AxisNode[] {
  if (!isMapping(content) || Object.keys(content).length === 0) {
    const remedy = "for example { noise.intensity: [0.1, 0.5], training.updates: [500, 1000] }";
    reading.issues.push({
      path: place,
      rule: `must be a mapping of paths to values, got ${JSON.stringify(content)}`,
      remedy,
    });
    return [];
  }
  const axes = Object.entries(content).flatMap(([key, value]) => {
    const values = readValues(key, value, `${place}.${key}`, reading);
    return values === undefined ? [] : [values];
  });
  for (const { when } of axes) {
    if (when !== null) {
      const remedy = "put it beside zip, in a group of its own: product: [{ when: ..., zip: ... }]";
      reading.issues.push({
        path: place,
        rule: "holds for all of its axes or none, so one of them has no when",
        remedy,
      });
    }
  }
  const counts = new Set(axes.map(({ entries }) => entries.length));
  if (counts.size > 1) {
    const found = axes.map(({ place: at, entries }) => `${at.slice(place.length + 1)} ${entries.length}`).join(", ");
    reading.issues.push({
      path: place,
      rule: `pairs values, so all its axes need as many, got ${found}`,
      remedy: "give each the same number, or move one out of zip to combine it with all",
    });
    return [];
  }
  return [{ kind: "zip", axes }];
}

function readValues(key: string, content: unknown, place: string, reading: Reading): ValuesNode | undefined {
  const path = attempt(() => fullPath(key), place, reading);
  const written = Array.isArray(content) ? { choice: content } : content;
  if (!isMapping(written)) {
    reading.issues.push({ path: place, rule: `must be values, got ${JSON.stringify(content)}`, remedy: valuesRemedy });
    return undefined;
  }
  reportUnknown(written, valueKeys, "form of values", place, reading);
  const forms = valueForms.filter((form) => written[form] !== undefined);
  if (forms.length !== 1) {
    const rule = `must have one of ${valueForms.join(", ")}, got ${forms.join(" and ") || "none"}`;
    reading.issues.push({ path: place, rule, remedy: valuesRemedy });
    return undefined;
  }
  const column = written.as ?? (path === undefined ? key : columnOf(path));
  if (typeof column !== "string" || !/^[A-Za-z][A-Za-z0-9_]*$/.test(column)) {
    const rule = `must be a name of letters and digits, got ${JSON.stringify(column)}`;
    reading.issues.push({ path: `${place}.as`, rule, remedy: "for example as: learningRate" });
    return undefined;
  }
  const when = written.when === undefined ? null : readCondition(written.when, `${place}.when`, reading);
  const values = readForm(forms[0], written[forms[0]], place, reading);
  if (path === undefined || values === undefined) return undefined;
  const entries = values.flatMap((value) => readEntry(value, { path, column, place }, reading) ?? []);
  return { kind: "values", path, column, place, entries, when };
}

/** Values that make no condition of their own; in a zip they may, with what they are paired with. */
function reportEqual({ entries, place }: ValuesNode, { issues }: Reading): void {
  const labels = entries.map(({ assignment }) => assignment.label);
  for (const label of new Set(labels.filter((each, index) => labels.indexOf(each) !== index))) {
    const rule = `must give each value once, got ${JSON.stringify(label)} ${countOf(labels, label)} times`;
    issues.push({ path: place, rule, remedy: "drop the others, or give them labels that differ" });
  }
}

function countOf(labels: readonly AxisValue[], label: AxisValue): number {
  return labels.filter((each) => each === label).length;
}

function readForm(
  form: (typeof valueForms)[number],
  content: unknown,
  place: string,
  reading: Reading,
): readonly unknown[] | undefined {
  const refuse = (rule: string, remedy: string): undefined => {
    reading.issues.push({ path: `${place}.${form}`, rule: `${rule}, got ${JSON.stringify(content)}`, remedy });
    return undefined;
  };
  if (form === "choice") {
    if (Array.isArray(content) && content.length > 0) return content;
    return refuse("must be a list of at least one value", "for example [0.1, 0.5]");
  }
  const isThree = Array.isArray(content) && content.length === 3 && content.every(Number.isFinite);
  const parts = form === "range" ? "[from, to, step]" : "[from, to, count]";
  const example = form === "range" ? "for example [0, 1, 0.25]" : "for example [0.001, 0.1, 3]";
  if (!isThree) return refuse(`must be three numbers ${parts}`, example);
  const [first, second, third] = content as [number, number, number];
  const make = (): readonly number[] =>
    form === "range" ? rangeValues(first, second, third) : logspaceValues(first, second, third);
  return attempt(make, `${place}.${form}`, reading);
}

function readEntry(
  content: unknown,
  { path, column, place }: Pick<ValuesNode, "path" | "column" | "place">,
  reading: Reading,
): AxisEntry | undefined {
  if (isAxisValue(content)) {
    const assignment: Assignment = { path, value: content, column, label: content, place };
    return { assignment, settings: noSettings, nested: null };
  }
  if (!isMapping(content) || !("value" in content)) {
    reading.issues.push({
      path: place,
      rule: `a value must be a text, a number, true, false, null or a mapping with value, got ${JSON.stringify(content)}`,
      remedy: "for example { value: [], label: none }",
    });
    return undefined;
  }
  reportUnknown(content, entryKeys, "part of a value", place, reading);
  const { value, label = value } = content;
  if (!isAxisValue(label)) {
    const rule = `a value that is no text or number needs a label, got ${JSON.stringify(label)}`;
    reading.issues.push({ path: place, rule, remedy: "for example { value: [], label: none }" });
    return undefined;
  }
  const at = `${place}[${JSON.stringify(label)}]`;
  const settings = content.set === undefined ? [] : readSettings(content.set, `${at}.set`, reading);
  const nested = content.axes === undefined ? null : readAxes(content.axes, `${at}.axes`, reading);
  return { assignment: { path, value, column, label, place }, settings, nested };
}

function readSettings(content: unknown, place: string, reading: Reading): Assignment[] {
  if (!isMapping(content)) {
    const remedy = "for example { training.updates: 500 }";
    reading.issues.push({
      path: place,
      rule: `must be a mapping of paths to values, got ${JSON.stringify(content)}`,
      remedy,
    });
    return [];
  }
  return Object.entries(content).flatMap(([key, value]): Assignment[] => {
    const at = `${place}.${key}`;
    const path = attempt(() => fullPath(key), at, reading);
    return path === undefined
      ? []
      : [{ path, value, column: null, label: isAxisValue(value) ? value : null, place: at }];
  });
}

function reportUnknown(
  content: Readonly<Record<string, unknown>>,
  known: readonly string[],
  kind: string,
  place: string,
  reading: Reading,
): void {
  for (const key of Object.keys(content).filter((name) => !known.includes(name))) {
    const nearest = nearestName(key, known);
    const guess = nearest === undefined ? "" : `did you mean "${nearest}"? `;
    const remedy = `${guess}known: ${known.join(", ")}`;
    reading.issues.push({ path: `${place}.${key}`, rule: `no ${kind} is named "${key}"`, remedy });
  }
}

/** What cannot be made is an issue. */
function attempt<T>(make: () => T, path: string, reading: Reading): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof NoisyRnnError)) throw error;
    reading.issues.push({ path, rule: error.rule, remedy: error.remedy });
    return undefined;
  }
}
