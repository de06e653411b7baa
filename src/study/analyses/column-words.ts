/** Columns and their values in words. */
import { numberText } from "../../figure/wording.ts";
import type { AxisValue } from "../study.ts";

const titles: Readonly<Record<string, string>> = {
  trainIntensity: "training intensity",
  differenceP: "p",
  pHolm: "p (Holm)",
  aboveZeroP: "p (above 0)",
};

/** The name of a column in words. */
export function titleOf(name: string): string {
  return (
    titles[name] ??
    name.replace(/([a-z0-9])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`)
  );
}

/** A value as a reader is shown it. */
export function labelText(value: AxisValue | undefined): string {
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value ?? numberText(null);
}

/** "site inside, training intensity 0.5": the values that apply; empty where none does. */
export function conditionText(row: Readonly<Record<string, AxisValue>>, columns: readonly string[]): string {
  return columns
    .filter((column) => (row[column] ?? null) !== null)
    .map((column) => `${titleOf(column)} ${labelText(row[column])}`)
    .join(", ");
}

export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
