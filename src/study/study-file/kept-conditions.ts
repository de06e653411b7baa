/** Conditions of a changed study: values that only the study before the change has are asked for no longer. */
import type { AxisValue } from "../study.ts";
import { fileAxes, valuesByPath } from "./axis-list.ts";
import { valueInFile } from "./conditions.ts";
import { isMapping, knownPath, pathOfColumn } from "./paths.ts";
import { isAxisValue } from "./values.ts";

type Content = Readonly<Record<string, unknown>>;

/** Whether something that a condition asks for was there before the change and is gone. */
interface Loss {
  value(key: string, value: AxisValue): boolean;
  /** Any value at all. */
  path(key: string): boolean;
}

/**
 * The changed document without conditions that the change has settled: an axis is dropped whose condition can hold no longer,
 * and so is a condition that always holds. What was wrong before is still reported.
 */
export function withoutLostConditions(before: Content, after: Content): Content {
  if (after.axes === undefined) return after;
  const loss = lossBetween(before, after);
  const axes = keptGroup(after.axes, loss);
  // An axis that is dropped may be what another condition asks for.
  if (JSON.stringify(axes) === JSON.stringify(after.axes)) return after;
  return withoutLostConditions(before, { ...after, axes });
}

function lossBetween(before: Content, after: Content): Loss {
  const { root, list } = fileAxes(before.axes ?? {}, before, []);
  const columns = new Map(list.map(({ name, path }) => [name, path]));
  const had = valuesByPath(root);
  const has = valuesByPath(fileAxes(after.axes ?? {}, after, []).root);
  const pathOf = (key: string): string => columns.get(key) ?? pathOfColumn(key) ?? knownPath(key) ?? key;
  return {
    value: (key, value) => {
      const path = pathOf(key);
      const isIn = (axes: typeof had, file: Content): boolean =>
        axes.get(path)?.includes(value) === true || valueInFile(file, path) === value;
      return isIn(had, before) && !isIn(has, after);
    },
    path: (key) => {
      const path = pathOf(key);
      const isIn = (axes: typeof had, file: Content): boolean =>
        axes.has(path) || valueInFile(file, path) !== undefined;
      return isIn(had, before) && !isIn(has, after);
    },
  };
}

function keptGroup(group: unknown, loss: Loss): unknown {
  if (!isMapping(group)) return group;
  const when = keptCondition(group.when, loss);
  if (when === "never") return {};
  const entries = Object.entries(group).flatMap(([key, content]): (readonly [string, unknown])[] => {
    switch (key) {
      case "when":
        return when === undefined ? [] : [[key, when]];
      case "product":
      case "union":
        return [[key, Array.isArray(content) ? content.map((member) => keptGroup(member, loss)) : content]];
      case "zip":
        return [[key, keptGroup(content, loss)]];
      case "set":
        return [[key, content]];
      default:
        return keptValues(content, loss).map((values) => [key, values]);
    }
  });
  return Object.fromEntries(entries);
}

/** @returns nothing for an axis that never applies */
function keptValues(content: unknown, loss: Loss): readonly unknown[] {
  if (Array.isArray(content)) return [content.map((entry) => keptEntry(entry, loss))];
  if (!isMapping(content)) return [content];
  const { when: written, ...rest } = content;
  const when = keptCondition(written, loss);
  if (when === "never") return [];
  const values = Array.isArray(rest.choice)
    ? { ...rest, choice: rest.choice.map((entry: unknown) => keptEntry(entry, loss)) }
    : rest;
  return [when === undefined ? values : { ...values, when }];
}

function keptEntry(entry: unknown, loss: Loss): unknown {
  return isMapping(entry) && entry.axes !== undefined ? { ...entry, axes: keptGroup(entry.axes, loss) } : entry;
}

/** @returns undefined when it always holds */
function keptCondition(when: unknown, loss: Loss): unknown {
  if (!isMapping(when)) return when;
  const kept: [string, unknown][] = [];
  for (const [key, wanted] of Object.entries(when)) {
    const isExclusion = isMapping(wanted) && "not" in wanted;
    const values = listOf(isExclusion ? wanted.not : wanted);
    if (values === undefined) {
      if (loss.path(key)) return "never";
      kept.push([key, wanted]);
      continue;
    }
    const left = values.filter((value) => !loss.value(key, value));
    if (left.length === values.length) kept.push([key, wanted]);
    else if (left.length > 0) kept.push([key, isExclusion ? { not: left } : left]);
    else if (!isExclusion) return "never";
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function listOf(wanted: unknown): readonly AxisValue[] | undefined {
  if (isAxisValue(wanted)) return [wanted];
  return Array.isArray(wanted) && wanted.every(isAxisValue) ? wanted : undefined;
}
