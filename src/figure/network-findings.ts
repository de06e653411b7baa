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

/** Label columns in which networks differ. */
export function differingLabels(networks: readonly NetworkFindings[]): string[] {
  const columns = distinct(networks.flatMap(({ labels }) => Object.keys(labels)));
  return columns.filter((column) => distinct(networks.map(({ labels }) => labels[column] ?? null)).length > 1);
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
  const differing = differingLabels(networks);
  const shared = Object.entries(networks[0]?.labels ?? {}).filter(
    ([column, value]) => shownLabels.includes(column) && !differing.includes(column) && value !== null,
  );
  const parts = shared.map(([column, value]) => {
    if (column === "task") return taskTitle(data, String(value));
    if (column === "hiddenSize") return countText([Number(value)], "unit");
    return column === "site" ? `noise ${value}` : labelText(column, value);
  });
  return [...parts, ...(data.setting === undefined ? [] : [data.setting])].join(", ");
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

/** Networks that a figure of one drawing each shows, and what it says of the others. */
export function firstNetworks<Item>(
  items: readonly Item[],
  most: number,
): { shown: readonly Item[]; warnings: string[] } {
  const shown = items.slice(0, most);
  const left = items.length - shown.length;
  return {
    shown,
    warnings: left === 0 ? [] : [`${left} of ${items.length} networks are not drawn; choose them by their labels.`],
  };
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
