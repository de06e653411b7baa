/** What a format of tables is: results out, as data for programs or as text for people. */
import type { ResultTable } from "../result-table.ts";

export interface TextTableColumn {
  readonly title: string;
  readonly align: "left" | "right";
}

/** A table as people read it. */
export interface TextTable {
  readonly columns: readonly TextTableColumn[];
  readonly rows: readonly (readonly string[])[];
  /** null: none. */
  readonly caption: string | null;
  /** Sentences below the table: how numbers were made, and warnings. */
  readonly notes: readonly string[];
}

/** A table in both forms. */
export interface TableDocument {
  /** Every column, numbers in full. */
  readonly data: ResultTable;
  readonly text: TextTable;
}

/** A member of the registry. */
export interface TableFormat {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** How the names of such files end. */
  readonly extension: string;
  /** Whether the bytes are text, which may go to a terminal. */
  readonly isText: boolean;
  encode(table: TableDocument): Uint8Array;
}
