import { ParameterError } from "./errors.ts";

/**
 * JSON text that is equal for equal values: keys sorted by code unit, no spaces, numbers as ECMAScript writes them.
 *
 * Keys with the value `undefined` are left out. Source: RFC 8785 (JSON Canonicalization Scheme).
 *
 * @param value plain objects, arrays, text, finite numbers, booleans, null
 * @throws ParameterError for anything that JSON cannot hold, with its path
 */
export function canonicalJson(value: unknown): string {
  return written(value, "");
}

function written(value: unknown, path: string): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((member, i) => written(member, `${path}[${i}]`)).join(",")}]`;
  if (isPlain(value)) {
    const keys = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${written(value[key], `${path}.${key}`)}`).join(",")}}`;
  }
  throw new ParameterError({
    place: `canonical JSON${path === "" ? "" : `, ${path.replace(/^\./, "")}`}`,
    rule: `must be plain JSON with finite numbers, got ${typeof value === "object" ? "an object with a class" : String(value)}`,
    remedy: "use null where there is no number",
  });
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
