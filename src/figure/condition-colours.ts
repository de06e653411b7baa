/** Networks of a figure by condition: those that differ in their seed alone share a colour. */
import { distinct } from "./conditions.ts";
import { differingLabels, type FoundTable, labelText, networkChoice } from "./network-findings.ts";
import { palette } from "./theme.ts";

const { blue, vermillion, green, orange, purple, sky, black } = palette;
const colours = [blue, vermillion, green, orange, purple, sky, black];

export interface ColouredTables {
  /** What is drawn: as many conditions as there are colours that people tell apart. */
  readonly shown: readonly (FoundTable & { readonly condition: string })[];
  /** Whether a condition has several networks. */
  readonly hasSeeds: boolean;
  readonly warnings: readonly string[];
  /** Of the column `condition`. */
  readonly color: object;
}

export function colouredByCondition(found: readonly FoundTable[]): ColouredTables {
  const columns = differingLabels(found.map(({ network }) => network));
  const named = found.map((entry) => {
    const parts = columns.map((column) => labelText(column, entry.network.labels[column] ?? null));
    return { ...entry, condition: parts.join(", ") || entry.heading };
  });
  // without labels that differ, headings would part the seeds
  const isOne = columns.length === 0;
  const all = isOne ? named.map((entry) => ({ ...entry, condition: "all networks" })) : named;
  const conditions = distinct(all.map(({ condition }) => condition));
  const drawn = conditions.slice(0, colours.length);
  const left = conditions.length - drawn.length;
  return {
    shown: all.filter(({ condition }) => drawn.includes(condition)),
    hasSeeds: all.length > conditions.length,
    warnings: left === 0 ? [] : [`${left} of ${conditions.length} conditions are not drawn; ${networkChoice}.`],
    color: {
      field: "condition",
      type: "nominal",
      scale: { domain: drawn, range: colours.slice(0, drawn.length) },
      legend:
        drawn.length === 1 ? null : { title: null, symbolType: "stroke", symbolSize: 250, columns: 3, labelLimit: 230 },
    },
  };
}
