/** Places in a run file: how a study names them, and how a value is put there. */
import { NoisyRnnError, ParameterError } from "../../core/errors.ts";
import { nearestName } from "../../core/registry.ts";
import type { conditionColumns } from "../results/columns.ts";

/** Parts of a run file that a study may vary; its seed has a key of its own. */
export const runParts = ["preset", "task", "network", "training", "evaluation", "precision"] as const;
export type RunPart = (typeof runParts)[number];

/** Parts of a network, which a study may name without saying `network`. */
export const networkParts = [
  "cell",
  "hiddenSize",
  "settings",
  "scheme",
  "durations",
  "noise",
  "parametrisations",
  "initialisers",
  "readout",
];

/** Columns whose name does not follow from the last word of their path. */
const columns: Readonly<Record<string, string>> = {
  "network.noise.0.intensity": "trainIntensity",
  "task.name": "task",
  "training.updates": "trainingUpdates",
  "training.optimiser.name": "optimiser",
  "training.schedule.name": "schedule",
};

/** Where the columns of conditions come from. */
const pathsOfColumns: Readonly<Record<(typeof conditionColumns)[number], string>> = {
  task: "task",
  cell: "network.cell",
  hiddenSize: "network.hiddenSize",
  site: "network.noise.0.site",
  law: "network.noise.0.law",
  trainIntensity: "network.noise.0.intensity",
  activation: "network.settings.activation",
};

/**
 * The full path of what a study names: `noise.intensity` is `network.noise.0.intensity`.
 *
 * @throws ParameterError when it lies in no part of a run file
 */
export function fullPath(text: string): string {
  const keys = keysOf(text.trim());
  const [first] = keys;
  const below = networkParts.includes(first) ? ["network", ...keys] : keys;
  if (below[0] === "network" && below[1] === "noise" && below.length > 2 && !isIndex(below[2])) below.splice(2, 0, "0");
  const path = below.join(".");
  if (path === "task.name" || path === "preset.name") return below[0];
  if ((runParts as readonly string[]).includes(below[0]) && below.every((key) => key !== "")) return path;
  const isSeed = first === "seed" || first === "seeds";
  const nearest = nearestName(first, [...runParts, ...networkParts]);
  throw new ParameterError({
    place: "path",
    rule: `must lead into ${runParts.join(", ")}, got ${JSON.stringify(text)}`,
    remedy: isSeed
      ? "seeds have a key of their own: seeds: 5"
      : `${nearest === undefined ? "" : `did you mean "${[nearest, ...keys.slice(1)].join(".")}"? `}for example noise.intensity, hiddenSize, settings.alpha or training.learningRate`,
  });
}

/** The full path; undefined for what is none, of which the reading of the file complains. */
export function knownPath(text: string): string | undefined {
  try {
    return fullPath(text);
  } catch (error) {
    if (error instanceof NoisyRnnError) return undefined;
    throw error;
  }
}

/** The column that an axis with this path fills, unless the file names another. */
export function columnOf(path: string): string {
  const known = Object.entries(pathsOfColumns).find(([, place]) => place === path);
  return known?.[0] ?? columns[path] ?? (path.split(".").at(-1) as string);
}

/** The path that a column of runs stands for; undefined when no axis can set it. */
export function pathOfColumn(column: string): string | undefined {
  return (pathsOfColumns as Readonly<Record<string, string>>)[column];
}

/** Whether a path is another one or leads to a place inside of it. */
export function isAtOrBelow(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`);
}

/** The value at a path; undefined when there is none. */
export function valueAt(content: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, key) => {
    if (typeof at === "string" && key !== "name") return undefined;
    return typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  }, content);
}

/**
 * A copy with another value at a path; what is not on the way is shared. Mappings and lists that are not there are made, and
 * a task or preset that is only a name becomes one with options.
 *
 * @throws ParameterError when the path leads through a value, or past the end of a list
 */
export function withValueAt(content: unknown, path: string, value: unknown): unknown {
  return placed(content, path.split("."), 0, value);
}

function placed(content: unknown, keys: readonly string[], depth: number, value: unknown): unknown {
  if (depth === keys.length) return value;
  const key = keys[depth];
  const here = keys.slice(0, depth).join(".");
  if (Array.isArray(content) || (content === undefined && isIndex(key))) {
    const list: readonly unknown[] = content ?? [];
    if (!isIndex(key) || Number(key) > list.length) {
      throw new ParameterError({
        place: keys.join("."),
        rule: `${here} is a list of ${list.length}, which has no place ${JSON.stringify(key)}`,
        remedy: list.length === 0 ? `count from 0: ${here}.0` : `give its members in order, from ${here}.0`,
      });
    }
    const copy = [...list];
    copy[Number(key)] = placed(list[Number(key)], keys, depth + 1, value);
    return copy;
  }
  const isName = (here === "task" || here === "preset") && typeof content === "string";
  if (content !== undefined && !isName && !isMapping(content)) {
    throw new ParameterError({
      place: keys.join("."),
      rule: `${here} must be a mapping to hold ${key}, got ${JSON.stringify(content)}`,
      remedy: `set ${here} as a whole`,
    });
  }
  const mapping: Readonly<Record<string, unknown>> = isName
    ? { name: content }
    : ((content as Record<string, unknown> | undefined) ?? {});
  return { ...mapping, [key]: placed(mapping[key], keys, depth + 1, value) };
}

function keysOf(text: string): string[] {
  return text.replace(/\[(\d+)\]/g, ".$1").split(".");
}

function isIndex(key: string): boolean {
  return /^\d+$/.test(key);
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
