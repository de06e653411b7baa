/** One study that extends another. */
import { withoutLostConditions } from "./kept-conditions.ts";
import { withoutLostExpectations } from "./kept-expectations.ts";
import { isMapping, knownPath } from "./paths.ts";

type Content = Readonly<Record<string, unknown>>;

/**
 * The document of a study that extends another: mappings merge, anything else replaces.
 *
 * Axes merge by their paths, whose values replace each other. A mapping that names another member of a family (task,
 * optimiser, schedule) replaces it with its options. Inherited conditions and expectations of values that an axis has no longer are
 * dropped.
 */
export function extendedDocument(base: Content, own: Content): Content {
  const { axes: baseAxes, ...baseRest } = base;
  const { axes: ownAxes, ...ownRest } = own;
  const rest = merged(baseRest, ownRest) as Content;
  if (ownAxes === undefined) {
    return baseAxes === undefined ? rest : withoutLostConditions(base, { ...rest, axes: baseAxes });
  }
  const document = withoutLostConditions(base, { ...rest, axes: mergedAxes(baseAxes, ownAxes) });
  return own.expected === undefined ? withoutLostExpectations(base, document) : document;
}

/** `own` over `base`: mappings merge unless they name different members, anything else replaces. */
export function merged(base: unknown, own: unknown): unknown {
  if (!isMapping(own)) return own;
  if (typeof base === "string" && own.name === undefined) return { name: base, ...own };
  if (!isMapping(base) || (own.name !== undefined && base.name !== undefined && own.name !== base.name)) return own;
  return Object.fromEntries(
    [...new Set([...Object.keys(base), ...Object.keys(own)])].map((key) => [
      key,
      key in own ? merged(base[key], own[key]) : base[key],
    ]),
  );
}

function mergedAxes(base: unknown, own: unknown): unknown {
  if (!isMapping(base) || !isMapping(own)) return own;
  const rest = new Map(Object.entries(own));
  const kept = Object.entries(base).map(([key, value]) => {
    const match = [...rest.keys()].find((name) => isSamePath(name, key));
    if (match === undefined) return [key, value];
    const other = rest.get(match);
    rest.delete(match);
    return [match, match === "set" ? merged(value, other) : other];
  });
  return Object.fromEntries([...kept, ...rest]);
}

function isSamePath(a: string, b: string): boolean {
  const path = knownPath(a);
  return a === b || (path !== undefined && path === knownPath(b));
}
