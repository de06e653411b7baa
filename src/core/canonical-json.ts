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
  const text = written(value);
  if (text !== undefined) return text;
  const { path, found } = strangeIn(value, "") as Strange;
  throw new ParameterError({
    place: `canonical JSON${path === "" ? "" : `, ${path.replace(/^\./, "")}`}`,
    rule: `must be plain JSON with finite numbers, got ${typeof found === "object" ? "an object with a class" : String(found)}`,
    remedy: "use null where there is no number",
  });
}

/** undefined when there is something in it that JSON cannot hold. */
function written(value: unknown): string | undefined {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return JSON.stringify(value);
  if (typeof value === "number") return Number.isFinite(value) ? JSON.stringify(value) : undefined;
  if (Array.isArray(value)) {
    const members = value.map(written);
    return members.includes(undefined) ? undefined : `[${members.join(",")}]`;
  }
  if (!isPlain(value)) return undefined;
  let text = "";
  for (const key of Object.keys(value).sort()) {
    if (value[key] === undefined) continue;
    const member = written(value[key]);
    if (member === undefined) return undefined;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${member}`;
  }
  return `{${text}}`;
}

interface Strange {
  readonly path: string;
  readonly found: unknown;
}

/** The first place that JSON cannot hold. */
function strangeIn(value: unknown, path: string): Strange | undefined {
  if (Array.isArray(value)) return firstOf(value.map((member, i) => [`${path}[${i}]`, member]));
  if (!isPlain(value)) return written(value) === undefined ? { path, found: value } : undefined;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return firstOf(members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [`${path}.${key}`, member]));
}

function firstOf(members: readonly (readonly [path: string, value: unknown])[]): Strange | undefined {
  for (const [path, value] of members) {
    const strange = strangeIn(value, path);
    if (strange !== undefined) return strange;
  }
  return undefined;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
