/** Words and numbers that several figures and the report share. */

import type { FigureData } from "./contract.ts";

/** Characters of subtitle text that fit figureWidth at its font size (11 px Arial: 5.4 px a character on average). */
const subtitleCharacters = 132;
/** Likewise of the title (15 px bold: 8 px a character on average). */
const titleCharacters = 90;

/**
 * A number for people: three significant digits, powers of ten outside 0.001 to 99 999.
 *
 * @param value null stands for "not measured" and gives an en dash.
 */
export function numberText(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size < 1e-3 || size >= 1e5 ? value.toExponential(2) : plainDigits(value);
  return text.replace("-", "−").replace("e−", "e-");
}

function plainDigits(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded))));
  return rounded
    .toFixed(decimals)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

/** "3 seeds", "1 seed", "3 to 5 seeds". */
export function countText(counts: readonly number[], noun: string): string {
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  const plural = most === 1 ? noun : `${noun}s`;
  return least === most ? `${most} ${plural}` : `${least} to ${most} ${plural}`;
}

/** "a", "a and b", "a, b and c". */
export function listText(parts: readonly string[]): string {
  if (parts.length <= 1) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
}

export function taskTitle(data: FigureData, task: string): string {
  return data.taskLabels?.[task]?.title ?? task;
}

/** What stands behind a title: " (ctrnn, relu, Hidden units: 8)", or nothing. */
export function settingSuffix(...parts: readonly (string | undefined)[]): string {
  const told = parts.filter((part) => part !== undefined);
  return told.length === 0 ? "" : ` (${told.join(", ")})`;
}

/** "mean squared error", or "loss" where its name is not known. */
export function lossName(data: FigureData, task: string): string {
  return data.taskLabels?.[task]?.loss ?? "loss";
}

/** Largest over smallest loss beyond which a linear axis would flatten the lower curves. */
const linearRange = 10;

/** The scale on which a set of losses is told apart; a logarithmic one needs them all positive. */
export function lossScale(losses: readonly number[]): "linear" | "log" {
  const least = losses.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = losses.reduce((a, b) => Math.max(a, b), 0);
  return least > 0 && most / least > linearRange ? "log" : "linear";
}

/**
 * Places of labels and grid lines on a logarithmic axis: powers of ten, with 2, 3, 5 and 7 times them below one decade, 2 and 5
 * times below two, and 3 times below four. The values must be positive and not empty.
 */
export function logTicks(values: readonly number[]): number[] {
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  const decades = Math.log10(most / least);
  const factors = decades < 1 ? [1, 2, 3, 5, 7] : decades < 2 ? [1, 2, 5] : decades < 4 ? [1, 3] : [1];
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(least)); exponent <= Math.log10(most); exponent++)
    for (const factor of factors) ticks.push(Number(`${factor}e${exponent}`));
  return ticks.filter((tick) => tick >= least && tick <= most);
}

export function siteTitle(site: string): string {
  if (site === "inside") return "Noise inside the activation";
  if (site === "outside") return "Noise outside the activation";
  if (site === "none") return "No noise";
  return `Noise site: ${site}`;
}

/** A name for a file or an anchor: lower-case letters and digits, parted by hyphens. */
export function slug(...parts: readonly string[]): string {
  return parts
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

/** Title, one reading line and the warnings, as Vega-Lite sets them above a figure. */
export function figureTitle(
  title: string,
  reading: string,
  warnings: readonly string[],
): { text: string | string[]; subtitle: string[] } {
  const lines = wrappedLines(title, titleCharacters);
  const subtitles = [reading, ...warnings.map((warning) => `Warning: ${warning}`)];
  return {
    text: lines.length === 1 ? title : lines,
    subtitle: subtitles.flatMap((text) => wrappedLines(text, subtitleCharacters)),
  };
}

/** Words in lines of at most so many characters; a longer word has a line of its own. */
export function wrappedLines(text: string, limit: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > limit) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}
