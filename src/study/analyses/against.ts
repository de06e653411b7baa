/** What a row is compared with: the row that differs from it in the value of one column. */

import { z } from "zod";
import { countText } from "../../figure/wording.ts";
import type { AxisValue } from "../study.ts";
import { labelText, titleOf } from "./column-words.ts";
import type { OptionIssue, RequestSurroundings } from "./contract.ts";
import { columnIssues, isValue } from "./options.ts";
import type { PointRow } from "./point-table.ts";
import { keyOf } from "./samples.ts";

export const againstOption = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .describe("one column with its value of reference, for example { site: outside }");

export interface Reference {
  readonly column: string;
  readonly value: AxisValue;
}

export function entryOf(against: z.output<typeof againstOption>): Reference {
  const [[column, value]] = Object.entries(against);
  return { column, value };
}

/** "site outside". */
export function referenceText({ column, value }: Reference): string {
  return `${titleOf(column)} ${labelText(value)}`;
}

export function againstIssues(
  against: z.output<typeof againstOption> | undefined,
  by: readonly string[] | undefined,
  surroundings: RequestSurroundings,
): readonly OptionIssue[] {
  if (against === undefined) return [];
  const names = Object.keys(against);
  if (names.length !== 1) {
    return [
      {
        path: "against",
        rule: `must be one column with its value of reference, got ${names.length === 0 ? "none" : names.join(", ")}`,
        remedy: "for example { site: outside }",
      },
    ];
  }
  const unknown = columnIssues("against", names, surroundings);
  if (unknown.length > 0 || by === undefined || by.includes(names[0])) return unknown;
  return [
    {
      path: "against",
      rule: `must be one of the columns that tell rows apart, got ${names[0]} beside ${by.join(", ") || "none"}`,
      remedy: `add ${names[0]} to by`,
    },
  ];
}

export interface References {
  /** The row of reference of another; undefined for such a row itself, and where there is none. */
  of(row: PointRow): PointRow | undefined;
  /** Of rows that lack theirs. */
  readonly warnings: readonly string[];
}

export function references(rows: readonly PointRow[], { column, value }: Reference): References {
  const keyed = ({ metric, point, group }: PointRow): string =>
    keyOf([metric, point, ...Object.values({ ...group, [column]: null })]);
  const isReference = ({ group }: PointRow): boolean => isValue(group[column] ?? null, value) && column in group;
  const known = new Map(rows.filter(isReference).map((row) => [keyed(row), row]));
  const of = (row: PointRow): PointRow | undefined => (isReference(row) ? undefined : known.get(keyed(row)));
  const compared = rows.filter((row) => !isReference(row));
  const without = compared.filter((row) => of(row) === undefined).length;
  const warning = `${without} of ${countText([compared.length], "row")} ${without === 1 ? "has" : "have"} no counterpart with ${referenceText({ column, value })}.`;
  return { of, warnings: without === 0 ? [] : [warning] };
}
