/** Values of options: checked where they are read, with the rule and the value received. */
import { InvalidArgumentError } from "commander";
import { parse } from "yaml";
import { type DrawingFormat, drawingFormats } from "./drawing-formats.ts";

/** A whole number >= `from`. */
export function wholeNumber(from: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text.trim()) && value >= from && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `>= ${from}` : `in ${from}..${most}`;
    throw new InvalidArgumentError(`It must be a whole number ${range}, got "${text}".`);
  };
}

/** A number > 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError(`It must be a number > 0, got "${text}".`);
}

/** "0,0.25,0.5" or "0:1:0.25" (from:to:step, both ends included): intensities >= 0. */
export function intensityList(text: string): number[] {
  if (!text.includes(":")) return intensities(text.split(","), text);
  const parts = text.split(":");
  const refuse = (rule: string) => new InvalidArgumentError(`A range reads from:to:step, ${rule}, got "${text}".`);
  if (parts.length !== 3) throw refuse("as in 0:1:0.1");
  const [from, to, step] = intensities(parts, text);
  if (step === 0) throw refuse("with a step > 0");
  if (to < from) throw refuse("with to >= from");
  const steps = Math.floor((to - from) / step + 1e-9);
  if (steps >= mostIntensities) throw refuse(`of at most ${mostIntensities} intensities`);
  // Twelve digits: 3 * 0.1 is to be 0.3.
  return Array.from({ length: steps + 1 }, (_, i) => Number((from + i * step).toPrecision(12)));
}

/** More than any curve needs; a mistaken step shall not fill the memory. */
const mostIntensities = 10_000;

function intensities(parts: readonly string[], text: string): number[] {
  return parts.map((part) => {
    const value = part.trim() === "" ? Number.NaN : Number(part);
    if (Number.isFinite(value) && value >= 0) return value;
    const got = part.trim() === "" ? `an empty place in "${text}"` : `"${part.trim()}"`;
    throw new InvalidArgumentError(`Intensities are numbers >= 0, as in 0,0.25,0.5 or 0:1:0.1, got ${got}.`);
  });
}

/** Collects the values of a repeated option. */
export function collected(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** Collects "name=value" of a repeated option; values are read as YAML, so 3, true, null and [0, 1] mean what they say. */
export function assignments(text: string, before: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const at = text.indexOf("=");
  if (at <= 0) throw new InvalidArgumentError(`It must read name=value, got "${text}".`);
  const name = text.slice(0, at).trim();
  try {
    return { ...before, [name]: parse(text.slice(at + 1)) };
  } catch (error) {
    throw new InvalidArgumentError(`The value of ${name} is no YAML: ${(error as Error).message.split("\n")[0]}.`);
  }
}

/** Files of drawings: "svg,pdf". */
export function formatList(text: string): DrawingFormat[] {
  return text.split(",").map((part) => {
    const found = drawingFormats.find((format) => format === part.trim());
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`Formats are ${drawingFormats.join(", ")}, got "${part.trim()}".`);
  });
}
