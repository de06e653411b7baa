/**
 * An axis is the size of a vector, known by name while equations are traced and by number when they run.
 *
 * Written as a sum: `"hidden"`, `"hidden + input"`, `"2*hidden"`, `"4"`. The canonical text is the identity.
 * `"1"` is one number per sample; a vector of a different axis takes it element by element.
 */
import { ParameterError, ShapeError } from "../core/errors.ts";

export type Axis = string;

/** One number per sample. */
export const scalarAxis: Axis = "1";

interface Terms {
  readonly constant: number;
  readonly names: ReadonlyMap<string, number>;
}

/** @throws ParameterError when the text is not a sum of names and whole numbers. */
export function parseAxis(text: string): Axis {
  return format(terms(text));
}

/** Canonical text of `a + sign * b`. */
export function combineAxes(a: Axis, b: Axis, sign: 1 | -1 = 1): Axis {
  const left = terms(a);
  const right = terms(b);
  const names = new Map(left.names);
  for (const [name, count] of right.names) names.set(name, (names.get(name) ?? 0) + sign * count);
  return format({ constant: left.constant + sign * right.constant, names });
}

/** Names that an axis is made of. */
export function axisNames(axis: Axis): readonly string[] {
  return [...terms(axis).names.keys()];
}

/** Linear form of an axis: constant plus count per name. */
export function axisTerms(axis: Axis): { constant: number; names: ReadonlyMap<string, number> } {
  return terms(axis);
}

/** @throws ShapeError when a name has no size or the sum is not a whole number >= 0. */
export function axisSize(axis: Axis, sizes: Readonly<Record<string, number>>): number {
  const { constant, names } = terms(axis);
  let size = constant;
  for (const [name, count] of names) {
    const value = sizes[name];
    if (value === undefined || !Number.isInteger(value) || value < 0) {
      throw new ShapeError({
        place: `axis "${axis}"`,
        rule: `"${name}" must be a whole number >= 0, got ${value}`,
        remedy: `give its size; known sizes: ${JSON.stringify(sizes)}`,
      });
    }
    size += count * value;
  }
  if (size < 0) {
    throw new ShapeError({
      place: `axis "${axis}"`,
      rule: `a size cannot be negative, got ${size} with ${JSON.stringify(sizes)}`,
      remedy: "check the slice that asks for it",
    });
  }
  return size;
}

const cache = new Map<string, Terms>();

function terms(text: string): Terms {
  const known = cache.get(text);
  if (known !== undefined) return known;
  let constant = 0;
  const names = new Map<string, number>();
  for (const part of text.replace(/\s*-\s*/g, "+-").split("+")) {
    const match = /^\s*(-)?\s*(?:(\d+)\s*\*\s*)?(?:([A-Za-z_]\w*)|(\d+))\s*$/.exec(part);
    if (match === null) {
      throw new ParameterError({
        place: "axis",
        rule: `an axis is a sum of names and whole numbers, got "${text}"`,
        remedy: 'write for example "hidden", "2*hidden" or "hidden + input"',
      });
    }
    const factor = (match[1] === "-" ? -1 : 1) * Number(match[2] ?? 1);
    if (match[3] === undefined) constant += factor * Number(match[4]);
    else names.set(match[3], (names.get(match[3]) ?? 0) + factor);
  }
  for (const [name, count] of names) if (count === 0) names.delete(name);
  const result = { constant, names };
  cache.set(text, result);
  return result;
}

function format({ constant, names }: Terms): Axis {
  const parts = [...names]
    .filter(([, count]) => count !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => (count === 1 ? name : `${count}*${name}`));
  if (constant !== 0 || parts.length === 0) parts.push(String(constant));
  return parts.join("+").replace(/\+-/g, "-");
}
