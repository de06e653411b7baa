/** Names that the column of an axis must not take: something else has them. */
import { measurementColumns, runColumns } from "../results/columns.ts";
import { testColumns } from "./differences.ts";
import { onsetColumns } from "./onset.ts";
import { preferenceColumns } from "./preference.ts";
import { seedsColumn, statisticsColumns } from "./statistics-columns.ts";
import { differenceColumns } from "./summary.ts";

const reserved = new Set(
  [
    ...runColumns,
    ...measurementColumns,
    seedsColumn,
    ...statisticsColumns,
    ...differenceColumns,
    ...testColumns,
    ...preferenceColumns,
    ...onsetColumns,
    { name: "reference" },
  ].map(({ name }) => name.toLowerCase()),
);

/**
 * Whether a column of results has this name, in whatever capitals: SQL does not tell them apart. The axis that sets a column
 * of `conditionColumns` has its name by right.
 */
export function isReservedColumn(name: string): boolean {
  return reserved.has(name.toLowerCase());
}
