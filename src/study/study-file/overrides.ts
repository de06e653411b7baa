/** Changes to a study from the command line: `training.updates=500`, `noise.intensity=choice(0.1,0.5)`. */
import { parse } from "yaml";
import { NoisyRnnError, type SpecIssue } from "../../core/errors.ts";
import { valueForms } from "./axes.ts";
import { fileAxes } from "./axis-list.ts";
import { withoutLostConditions } from "./kept-conditions.ts";
import { withoutLostExpectations } from "./kept-expectations.ts";
import { columnOf, fullPath, isAtOrBelow, isMapping, knownPath, pathOfColumn, withValueAt } from "./paths.ts";
import { isAxisValue } from "./values.ts";

type Content = Readonly<Record<string, unknown>>;

/** Keys of a study that are no paths of a run file, and that a command line may change as a whole. */
const wholeKeys = ["name", "question", "seeds", "optionalTasks", "analyses", "figures", "expected", "references"];

interface Override {
  readonly path: string;
  /** As an axis has them in a file. */
  readonly values: Content;
  /** The value when it is one, and no axis. */
  readonly single: readonly unknown[];
}

/**
 * A document with changes worked in, the later after the earlier.
 *
 * A single value goes wherever the study sets the path: to the base, to `set`, and to an axis, which then has this value
 * alone. Values that an axis has already keep what goes with them. A choice replaces the values of the axis of this path, or adds an
 * axis at the end. Conditions and expectations of values that an axis has no longer are dropped.
 *
 * The name of a column stands for the path that it shows.
 *
 * @param texts "path=value": YAML, `choice(...)`, `range(from, to, step)` or `logspace(from, to, count)`
 */
export function overridden(document: Content, texts: readonly string[], issues: SpecIssue[]): Content {
  const changed = texts.reduce((content, text) => withOverride(content, text, issues), document);
  return withoutLostExpectations(document, withoutLostConditions(document, changed));
}

function withOverride(document: Content, text: string, issues: SpecIssue[]): Content {
  const at = text.indexOf("=");
  const refuse = (rule: string, remedy: string): Content => {
    issues.push({ path: at > 0 ? text.slice(0, at) : text, rule, remedy });
    return document;
  };
  if (at <= 0) return refuse(`must read path=value, got ${JSON.stringify(text)}`, "for example training.updates=500");
  const name = text.slice(0, at).trim();
  const value = text.slice(at + 1).trim();
  try {
    if (wholeKeys.includes(name)) return { ...document, [name]: parse(value) };
    const columns = new Map(fileAxes(document.axes ?? {}, document, []).list.map((axis) => [axis.name, axis.path]));
    const column = columns.get(name) ?? pathOfColumn(name);
    const path = column ?? fullPath(name);
    const isSingle =
      column !== undefined ||
      [...columns.values()].includes(path) ||
      pathOfColumn(columnOf(path)) === path ||
      /^training\.[^.]+$/.test(path);
    const mistake = mistakenForm(value, isSingle);
    if (mistake !== undefined) return refuse(mistake.rule, mistake.remedy);
    const change = overrideOf(path, value);
    const key = knownPath(name) === path ? name : path;
    const [axes, isAxis] = changedGroup(document.axes ?? {}, change);
    const [single] = change.single;
    const isReplacedLater = [...assignedPaths(document.axes)].some(
      (path) => path !== change.path && isAtOrBelow(change.path, path),
    );
    if (change.single.length === 0) {
      const added = isMapping(axes) && !isAxis ? { ...axes, [key]: change.values } : axes;
      return { ...document, axes: added };
    }
    const base = withValueAt(document, change.path, single) as Content;
    if (isReplacedLater) return { ...document, axes: { product: [axes, { set: { [key]: single } }] } };
    return document.axes === undefined ? base : { ...base, axes };
  } catch (error) {
    if (error instanceof NoisyRnnError) return refuse(error.rule, error.remedy);
    if ((error as Error).name !== "YAMLParseError") throw error;
    const [reason] = (error as Error).message.split("\n");
    return refuse(`must be YAML after the =, got ${value} (${reason})`, "put a text with special characters in quotes");
  }
}

/**
 * What was meant for several values and is none.
 *
 * @param isSingle whether the path takes one text, number or truth value
 */
function mistakenForm(text: string, isSingle: boolean): { readonly rule: string; readonly remedy: string } | undefined {
  const [, form] = /^(\w+)\(/.exec(text) ?? [];
  const isForm = form !== undefined && (valueForms as readonly string[]).includes(form);
  if (isForm && !text.endsWith(")")) {
    return {
      rule: `${form}( must be closed, got ${text}`,
      remedy: `end it with a bracket: ${text.replace(/[,\s]+$/, "")})`,
    };
  }
  const value: unknown = isForm ? undefined : parse(text);
  if (!isSingle || !Array.isArray(value) || value.length === 0 || !value.every(isAxisValue)) return undefined;
  return {
    rule: `must be one value, got the list ${text}`,
    remedy: `for several runs write choice(${value.join(",")})`,
  };
}

function overrideOf(path: string, text: string): Override {
  const [, form, inner] = /^(\w+)\((.*)\)$/s.exec(text) ?? [];
  if (form !== undefined && (valueForms as readonly string[]).includes(form)) {
    return { path, values: { [form]: parse(`[${inner}]`) }, single: [] };
  }
  const value: unknown = parse(text);
  return { path, values: { choice: [value] }, single: [value] };
}

/** A group in which every axis and setting of the path is another, and whether there was such an axis. */
function changedGroup(group: unknown, change: Override): readonly [unknown, boolean] {
  if (!isMapping(group)) return [group, false];
  let isAxis = false;
  const changed = Object.entries(group).flatMap(([key, content]): (readonly [string, unknown])[] => {
    if (key === "when") return [[key, content]];
    if (key === "set") return [[key, changedSettings(content, change)]];
    if (key === "product" || key === "union") {
      if (!Array.isArray(content)) return [[key, content]];
      const members = content.map((member) => changedGroup(member, change));
      isAxis ||= members.some(([, found]) => found);
      return [[key, members.map(([member]) => member)]];
    }
    if (key === "zip" && change.single.length > 0 && isMapping(content)) {
      // One value has nothing to be paired with, so its axis leaves the zip and reaches all that stay.
      const own = Object.keys(content).filter((each) => isPath(each, change.path));
      const rest = Object.fromEntries(Object.entries(content).filter(([each]) => !own.includes(each)));
      isAxis ||= own.length > 0;
      const moved = own.map((each): readonly [string, unknown] => [
        each,
        changedValues(each, content[each], change)[0],
      ]);
      const [inner, found] = changedGroup(rest, change);
      isAxis ||= found;
      return [...(Object.keys(rest).length > 0 ? [[key, inner] as const] : []), ...moved];
    }
    const [inner, found] = key === "zip" ? changedGroup(content, change) : changedValues(key, content, change);
    isAxis ||= found;
    return [[key, inner]];
  });
  return [Object.fromEntries(changed), isAxis];
}

function changedSettings(content: unknown, { path, single }: Override): unknown {
  if (!isMapping(content)) return content;
  const entries = Object.entries(content).flatMap(([key, value]) => {
    if (!isPath(key, path)) return [[key, value]];
    return single.length === 0 ? [] : [[key, single[0]]];
  });
  return Object.fromEntries(entries);
}

function changedValues(key: string, content: unknown, change: Override): readonly [unknown, boolean] {
  const written: unknown = Array.isArray(content) ? { choice: content } : content;
  if (!isMapping(written)) return [content, false];
  const entries: readonly unknown[] = Array.isArray(written.choice) ? written.choice : [];
  if (isPath(key, change.path)) {
    const { choice: _choice, range: _range, logspace: _logspace, ...rest } = written;
    const { choice } = change.values;
    if (!Array.isArray(choice)) return [{ ...rest, ...change.values }, true];
    const kept = choice.map((value) => entries.find((entry) => isMapping(entry) && entry.value === value) ?? value);
    return [{ ...rest, choice: kept }, true];
  }
  let isAxis = false;
  const choice = entries.map((entry) => {
    if (!isMapping(entry)) return entry;
    const [axes, found] = changedGroup(entry.axes, change);
    isAxis ||= found;
    return {
      ...entry,
      ...(entry.set === undefined ? {} : { set: changedSettings(entry.set, change) }),
      ...(entry.axes === undefined ? {} : { axes }),
    };
  });
  if (!Array.isArray(written.choice)) return [content, false];
  return [Array.isArray(content) ? choice : { ...written, choice }, isAxis];
}

/** Every path that axes or their settings give a value. */
function* assignedPaths(group: unknown): Generator<string> {
  if (!isMapping(group)) return;
  for (const [key, content] of Object.entries(group)) {
    if (key === "product" || key === "union") {
      if (Array.isArray(content)) for (const member of content) yield* assignedPaths(member);
    } else if (key === "zip" || key === "set") yield* assignedPaths(content);
    else if (key !== "when") yield* pathsOfValues(key, content);
  }
}

function* pathsOfValues(key: string, content: unknown): Generator<string> {
  const path = knownPath(key);
  if (path !== undefined) yield path;
  const choice: unknown = isMapping(content) ? content.choice : content;
  if (!Array.isArray(choice)) return;
  for (const entry of choice.filter(isMapping)) {
    yield* assignedPaths({ set: entry.set });
    yield* assignedPaths(entry.axes);
  }
}

function isPath(key: string, path: string): boolean {
  return knownPath(key) === path;
}
