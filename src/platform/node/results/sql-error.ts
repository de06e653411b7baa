/** What DuckDB complains of, in the house's words: place, rule, remedy. */
import { ParameterError } from "../../../core/errors.ts";
import { unknownName } from "../../../core/registry.ts";
import type { View } from "./views.ts";

/** Kinds of complaint that are about the question; others are about the machine or a defect. */
const kinds = ["Parser", "Binder", "Catalog", "Conversion", "Invalid Input", "Out of Range", "Not implemented"];

/**
 * @param sql the question
 * @returns the error itself when the question is not to blame
 */
export function sqlError(error: unknown, sql: string, views: readonly View[]): unknown {
  const message = error instanceof Error ? error.message : String(error);
  const [, kind, complaint] = /^([\w ]+?) Error: (.*)$/s.exec(message) ?? [];
  if (complaint === undefined || !kinds.includes(kind)) return error;
  const [said, excerpt] = complaint.split(/\n\n(?=LINE \d+: )/);
  const line = /^LINE (\d+): /.exec(excerpt ?? "")?.[1];
  const pointed = excerpt === undefined ? "" : `${indented(excerpt)}\n`;
  return new ParameterError({
    place: line === undefined ? "query" : `query, line ${line}`,
    rule: `must be a question that the views can answer, got: ${oneLine(said)}`,
    remedy: `this is the place, and what there is:\n${pointed}${known(said, sql, views)}`,
  });
}

/** Where the mark of DuckDB points stays under its column. */
function indented(excerpt: string): string {
  return excerpt
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}

function oneLine(text: string): string {
  // DuckDB's own guesses are of its own tables and of a part of the columns.
  return text
    .replace(/\n(Did you mean|Candidate bindings)[^\n]*/g, "")
    .replace(/\s*\n\s*/g, " ")
    .replace(/[\s.!]+$/, "");
}

/** The views, or the columns of those that the question names. */
function known(said: string, sql: string, views: readonly View[]): string {
  const missing = /Table with name (\S+) does not exist/.exec(said)?.[1];
  if (missing !== undefined) {
    const names = views.map(({ name }) => name);
    return `  ${unknownName("view", missing, names).remedy}`;
  }
  const named = views.filter(({ name }) => new RegExp(`\\b${name}\\b`, "i").test(sql));
  const column = /column "([^"]+)" not found/.exec(said)?.[1];
  const all = [...new Set(named.flatMap(({ columns }) => columns.map(({ name }) => name)))];
  const guess = column === undefined ? "" : unknownName("column", column, all).remedy.match(/^did you mean .*\?/)?.[0];
  const lists = (named.length > 0 ? named : views).map(
    ({ name, columns }) => `  ${name}: ${columns.map((one) => one.name).join(", ")}`,
  );
  return [...(guess ? [`  ${guess}`] : []), ...lists].join("\n");
}
