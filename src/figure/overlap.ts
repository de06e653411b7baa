/** Where intervals do not tell what a figure sets side by side apart. */

import { groups } from "./conditions.ts";
import type { FigureRow } from "./contract.ts";
import { columnTitle, levelsOf, levelText } from "./levels.ts";
import { countText, listText } from "./wording.ts";

/** Pairs or places that a warning names. */
const namedLimit = 4;

/**
 * The pairs of curves whose intervals overlap somewhere.
 *
 * @param compared column whose levels are compared
 * @param places columns that must be equal for two rows to be compared
 */
export function overlapWarnings(rows: readonly FigureRow[], compared: string, places: readonly string[]): string[] {
  const bounded = rows.filter((row) => typeof row.low === "number" && typeof row.high === "number");
  const levels = levelsOf(compared, bounded);
  const groupsAtPlace = [...groups(bounded, (row) => JSON.stringify(places.map((name) => row[name]))).values()];
  const pairs = levels.flatMap((first, index) =>
    levels.slice(index + 1).flatMap((second) => {
      const both = groupsAtPlace.flatMap((group) => {
        const a = group.find((row) => row[compared] === first);
        const b = group.find((row) => row[compared] === second);
        return a === undefined || b === undefined ? [] : [[a, b] as const];
      });
      const overlapping = both.filter(([a, b]) => Number(a.low) <= Number(b.high) && Number(b.low) <= Number(a.high));
      if (overlapping.length === 0) return [];
      const where = both.length === 1 ? "" : ` (at ${overlapping.length} of ${both.length} places)`;
      return [`${levelText(first)} and ${levelText(second)}${where}`];
    }),
  );
  if (pairs.length === 0) return [];
  const subject = columnTitle(compared).toLowerCase();
  return [
    `intervals overlap for ${subject} ${limited(pairs, "more pair")}; a paired difference may still tell them apart.`,
  ];
}

/** Where the interval of a difference holds 0. */
export function zeroWarnings(rows: readonly FigureRow[], placeOf: (row: FigureRow) => string): string[] {
  const bounded = rows.filter((row) => typeof row.low === "number" && typeof row.high === "number");
  const open = bounded.filter((row) => Number(row.low) <= 0 && Number(row.high) >= 0);
  if (open.length === 0) return [];
  if (open.length === bounded.length && open.length > 1) return ["every interval holds 0: no difference is decided."];
  return [`the interval holds 0, so that the difference is open, at ${limited(open.map(placeOf), "more place")}.`];
}

function limited(parts: readonly string[], noun: string): string {
  if (parts.length <= namedLimit + 1) return listText(parts);
  return listText([...parts.slice(0, namedLimit), countText([parts.length - namedLimit], noun)]);
}
