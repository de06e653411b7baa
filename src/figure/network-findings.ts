/** Findings sorted out for drawing: the networks that have a table, and what tells them apart. */
import { distinct } from "./conditions.ts";
import type { FigureData, FigureRow, NetworkFindings } from "./contract.ts";
import { columnTitle, levelsOf, levelText } from "./levels.ts";
import { countText, listText, numberText, taskTitle } from "./wording.ts";

/** A network with the rows of one of its tables. */
export interface FoundTable {
  readonly network: NetworkFindings;
  /** What tells it apart from the other networks of the figure: "inside, 0.5, seed 1"; its title where it is alone. */
  readonly heading: string;
  readonly rows: readonly FigureRow[];
}

/** Networks whose analysis has rows in a table. */
export function tablesOf({ findings = [] }: FigureData, analysis: string, table: string): FoundTable[] {
  const found = ordered(findings).flatMap((network) => {
    const rows = network.tables.find(({ name }) => name === table)?.rows ?? [];
    return network.analysis === analysis && rows.length > 0 ? [{ network, rows }] : [];
  });
  const headings = headingsOf(found.map(({ network }) => network));
  return found.map((entry, index) => ({ ...entry, heading: headings[index] }));
}

/** By their labels and seeds: numbers ascending, "inside" before "outside". */
export function ordered(networks: readonly NetworkFindings[]): NetworkFindings[] {
  const columns = differingLabels(networks);
  const ranks = new Map(
    columns.map(
      (column) =>
        [
          column,
          levelsOf(
            column,
            networks.map(({ labels }) => labels),
          ),
        ] as const,
    ),
  );
  const placeOf = ({ labels, seed }: NetworkFindings): number[] => [
    ...columns.map((column) => ranks.get(column)?.indexOf(labels[column] ?? null) ?? 0),
    seed,
  ];
  const compared = (a: NetworkFindings, b: NetworkFindings): number => {
    const other = placeOf(b);
    const differences = placeOf(a).map((place, i) => place - other[i]);
    return differences.find((difference) => difference !== 0) ?? 0;
  };
  return [...networks].sort(compared);
}

/** Columns that every run has; others are axes of a study, named by whoever wrote it. */
const ofEveryRun: readonly string[] = ["task", "cell", "hiddenSize", "site", "law", "trainIntensity", "activation"];

/**
 * Label columns in which networks differ, without those that say no more than others do: where an axis of the study names each
 * kind of noise, its site, law and intensity are left out.
 */
export function differingLabels(networks: readonly NetworkFindings[]): string[] {
  const columns = distinct(networks.flatMap(({ labels }) => Object.keys(labels)));
  const kindsBy = (names: readonly string[]): number =>
    distinct(networks.map(({ labels }) => JSON.stringify(names.map((name) => labels[name] ?? null)))).length;
  const inTurn = [...columns].sort((a, b) => Number(ofEveryRun.includes(a)) - Number(ofEveryRun.includes(b)));
  const telling: string[] = [];
  for (const column of inTurn) if (kindsBy([...telling, column]) > kindsBy(telling)) telling.push(column);
  return columns.filter((column) => telling.includes(column));
}

/** A name for each network, made of what differs. */
function headingsOf(networks: readonly NetworkFindings[]): string[] {
  if (networks.length === 1) return [networks[0].title];
  const columns = differingLabels(networks);
  const hasSeeds = distinct(networks.map(({ seed }) => seed)).length > 1;
  return networks.map((network) => {
    const parts = columns.map((column) => labelText(column, network.labels[column] ?? null));
    return [...parts, ...(hasSeeds ? [`seed ${network.seed}`] : [])].join(", ") || network.title;
  });
}

/** "inside", "trained at 0.5", "Hidden units: 20". */
export function labelText(column: string, value: FigureRow[string]): string {
  if (value === null) return column === "site" ? "no noise" : `${columnTitle(column)}: none`;
  if (column === "trainIntensity") return `trained at ${levelText(value)}`;
  return ["task", "cell", "activation", "site"].includes(column)
    ? String(value)
    : `${columnTitle(column)}: ${levelText(value)}`;
}

/** What all networks share, behind a title: " (function-approximation, ctrnn, noise inside)". */
export function sharedText(data: FigureData, networks: readonly NetworkFindings[]): string {
  const isShared = (column: string, value: FigureRow[string]): boolean =>
    value !== null && networks.every(({ labels }) => (labels[column] ?? null) === value);
  const shared = Object.entries(networks[0]?.labels ?? {}).filter(
    ([column, value]) => shownLabels.includes(column) && isShared(column, value),
  );
  const parts = shared.map(([column, value]) => {
    if (column === "task") return taskTitle(data, String(value));
    if (column === "hiddenSize") return countText([Number(value)], "unit");
    return column === "site" ? `noise ${value}` : labelText(column, value);
  });
  return [...parts, ...(data.setting === undefined ? [] : [data.setting])].join(", ");
}

/** What a drawing of one network names behind its title: what all networks share, and what tells this one from the others. */
export function apartText(data: FigureData, found: readonly FoundTable[], { heading }: FoundTable): string {
  const shared = sharedText(
    data,
    found.map(({ network }) => network),
  );
  return [shared, ...(found.length > 1 ? [heading] : [])].filter((part) => part !== "").join(", ");
}

/** Columns of every run that a title names; others stand in the data. */
const shownLabels = ["task", "cell", "hiddenSize", "activation", "site", "trainIntensity"];

/** "One network, seed 0." or "12 networks, seeds 0, 1 and 2." */
export function networksText(networks: readonly NetworkFindings[]): string {
  const seeds = distinct(networks.map(({ seed }) => seed)).sort((a, b) => a - b);
  const told =
    seeds.length > 6
      ? `${seeds.length} seeds`
      : `${seeds.length === 1 ? "seed" : "seeds"} ${listText(seeds.map(String))}`;
  return `${networks.length === 1 ? "One network" : countText([networks.length], "network")}, ${told}.`;
}

interface FirstItems<Item> {
  readonly shown: readonly Item[];
  readonly warnings: readonly string[];
}

/** How the networks of a figure are chosen: only a study draws several in one. */
export const networkChoice = "choose networks with where or seed of the figure in the study file";

/** Networks that a figure of one drawing each shows, and what it says of the others. */
export function firstNetworks<Item>(items: readonly Item[], most: number): FirstItems<Item> {
  return firstItems(items, most, (left) => `${left} of ${items.length} networks are not drawn; ${networkChoice}.`);
}

/** The same for panels, of one network or several. @param what they are called */
export function firstPanels<Panel>(
  panels: readonly Panel[],
  most: number,
  { what, networks }: { readonly what: string; readonly networks: number },
): FirstItems<Panel> {
  const remedy = networks > 1 ? networkChoice : "the tables of the analysis hold the others";
  return firstItems(panels, most, (left) => `${left} of ${panels.length} ${what} are not drawn; ${remedy}.`);
}

function firstItems<Item>(items: readonly Item[], most: number, warning: (left: number) => string): FirstItems<Item> {
  const shown = items.slice(0, most);
  const left = items.length - shown.length;
  return { shown, warnings: left === 0 ? [] : [warning(left)] };
}

export function numberOf({ numbers }: NetworkFindings, name: string): number | null {
  return numbers.find((one) => one.name === name)?.value ?? null;
}

/** "mean 0.25, ..." of the numbers that are known. */
export function numbersText(network: NetworkFindings, names: Readonly<Record<string, string>>): string {
  return Object.entries(names)
    .flatMap(([name, words]) => {
      const value = numberOf(network, name);
      return value === null ? [] : [`${words} ${numberText(value)}`];
    })
    .join(", ");
}
