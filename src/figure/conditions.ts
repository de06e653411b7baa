/** Preference rows sorted out for drawing: by task, without failed runs, with what must be warned of. */

import type { PreferenceRow } from "./contract.ts";
import { countText, listText, numberText } from "./wording.ts";

/** Fewer seeds than this say little about the spread between networks. */
const fewSeeds = 5;

/** A row whose network has a one-word name, and whose value is finite. */
export interface CurvePoint {
  readonly network: string;
  readonly site: string;
  readonly trainIntensity: number;
  readonly seed: number;
  readonly testIntensity: number;
  readonly value: number;
}

/** All sweeps on one task. */
export interface TaskSweeps {
  readonly task: string;
  readonly points: readonly CurvePoint[];
  readonly networks: readonly string[];
  readonly sites: readonly string[];
  /** Ascending. */
  readonly trainIntensities: readonly number[];
  /** Number of seeds of each condition that has any. */
  readonly seedCounts: readonly number[];
  readonly warnings: readonly string[];
}

/** Cell and activation: what sets networks of one task and site apart. */
export function networkName(row: { readonly cell: string; readonly activation: string }): string {
  return `${row.cell}, ${row.activation}`;
}

export function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}

/** "inside" before "outside" before all else, which keeps its order. */
export function orderedSites(sites: readonly string[]): string[] {
  const known = ["inside", "outside"].filter((site) => sites.includes(site));
  return [...known, ...distinct(sites).filter((site) => !known.includes(site))];
}

/** The middle of the values; of an even number, the mean of the middle two. The values must not be empty. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Two intensities that differ by rounding of their arithmetic only. */
export function sameIntensity(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

/**
 * One entry per task that has at least one finite value.
 *
 * @param quantityOf the value that is drawn; null or not finite where the run failed, undefined where there is none to draw
 * @param known warnings beside those of the rows
 */
export function taskSweeps(
  rows: readonly PreferenceRow[],
  quantityOf: (row: PreferenceRow) => number | null | undefined,
  known: readonly string[] = [],
): readonly TaskSweeps[] {
  return distinct(rows.map((row) => row.task)).flatMap((task) => {
    const drawn = rows.filter((row) => row.task === task && quantityOf(row) !== undefined);
    const points: CurvePoint[] = [];
    const failed = new Set<string>();
    for (const row of drawn) {
      const value = quantityOf(row) ?? Number.NaN;
      if (!Number.isFinite(value)) {
        failed.add(runOf(row));
        continue;
      }
      const { site, trainIntensity, seed, testIntensity } = row;
      points.push({ network: networkName(row), site, trainIntensity, seed, testIntensity, value });
    }
    if (points.length === 0) return [];
    const seedCounts = [...groups(points, conditionOf).values()].map(
      (group) => distinct(group.map((p) => p.seed)).length,
    );
    return [
      {
        task,
        points,
        networks: distinct(points.map((point) => point.network)),
        sites: orderedSites(points.map((point) => point.site)),
        trainIntensities: distinct(points.map((point) => point.trainIntensity)).sort((a, b) => a - b),
        seedCounts,
        warnings: [
          ...seedWarnings(seedCounts),
          ...failureWarnings(failed.size, distinct(drawn.map(runOf)).length),
          ...gridWarnings(points),
          ...known,
        ],
      },
    ];
  });
}

type Placed = Pick<PreferenceRow, "task" | "cell" | "activation" | "site">;

function placeOf(row: Placed): string {
  return JSON.stringify([row.task, row.cell, row.activation, row.site]);
}

function runOf(row: PreferenceRow): string {
  return JSON.stringify([row.cell, row.activation, row.site, row.trainIntensity, row.seed]);
}

/** Identity of the curve that a point lies on, seeds apart. */
export function conditionOf(point: CurvePoint): string {
  return JSON.stringify([point.network, point.site, point.trainIntensity]);
}

export function groups<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const found = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = found.get(key);
    if (group === undefined) found.set(key, [item]);
    else group.push(item);
  }
  return found;
}

export function seedWarnings(seedCounts: readonly number[]): string[] {
  const least = Math.min(...seedCounts);
  if (least >= fewSeeds) return [];
  return [`only ${countText(seedCounts, "seed")} per condition: the spread between networks is poorly known.`];
}

function failureWarnings(failed: number, all: number): string[] {
  if (failed === 0) return [];
  const verb = failed === 1 ? "has" : "have";
  return [
    `${failed} of ${countText([all], "network")} ${verb} values that are not finite numbers; these values are left out.`,
  ];
}

function gridWarnings(points: readonly CurvePoint[]): string[] {
  const missing = [...groups(points, conditionOf).values()]
    .filter((group) => !group.some((point) => sameIntensity(point.testIntensity, point.trainIntensity)))
    .map((group) => group[0].trainIntensity);
  if (missing.length === 0) return [];
  const listed = listText(distinct(missing).map(numberText));
  return [`the training intensity ${listed} is not among the tested ones, so it is not marked.`];
}

/** The best tested intensity of one network. */
export interface SeedOptimum {
  readonly task: string;
  readonly cell: string;
  readonly activation: string;
  readonly site: string;
  readonly trainIntensity: number;
  readonly seed: number;
  readonly bestIntensity: number;
  readonly bestLoss: number;
  /** null when intensity zero was not tested, or failed. */
  readonly zeroLoss: number | null;
}

/**
 * Per network, the tested intensity with the lowest loss; networks without any finite loss are left out.
 *
 * @param conditions whose task, network and site a row must share to count
 */
export function seedOptima(rows: readonly PreferenceRow[], conditions: readonly Placed[]): SeedOptimum[] {
  const wanted = new Set(conditions.map(placeOf));
  const finite = rows.filter(
    (row): row is PreferenceRow & { readonly loss: number } =>
      Number.isFinite(row.loss ?? Number.NaN) && wanted.has(placeOf(row)),
  );
  return [...groups(finite, (row) => `${row.task} ${runOf(row)}`).values()].map((sweep) => {
    const best = sweep.reduce((found, row) => (row.loss < found.loss ? row : found));
    const { task, cell, activation, site, trainIntensity, seed } = best;
    return {
      task,
      cell,
      activation,
      site,
      trainIntensity,
      seed,
      bestIntensity: best.testIntensity,
      bestLoss: best.loss,
      zeroLoss: sweep.find((row) => row.testIntensity === 0)?.loss ?? null,
    };
  });
}

/** Conditions of one network on all its tasks. */
export interface NetworkConditions<Item> {
  readonly items: readonly Item[];
  /** "ctrnn, relu" where there are several networks, for the title. */
  readonly network: string | undefined;
  /** What to put behind a file name, likewise. */
  readonly nameParts: readonly string[];
}

export function byNetwork<Item extends { readonly cell: string; readonly activation: string }>(
  items: readonly Item[],
): NetworkConditions<Item>[] {
  const networks = [...groups(items, networkName)];
  return networks.map(([name, members]) => ({
    items: members,
    network: networks.length > 1 ? name : undefined,
    nameParts: networks.length > 1 ? [name] : [],
  }));
}
