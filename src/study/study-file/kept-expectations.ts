/** What a changed study need not meet any more. */
import { fileAxes } from "./axis-list.ts";
import { isMapping } from "./paths.ts";

type Content = Readonly<Record<string, unknown>>;

/**
 * The changed document without expectations of rows that only the study before the change has: those that name values which
 * an axis had and has no longer. Other expectations stay, so that what was wrong before is still reported.
 */
export function withoutLostExpectations(before: Content, after: Content): Content {
  const { expected } = after;
  if (!Array.isArray(expected) || before.axes === after.axes) return after;
  const had = axisValues(before);
  const has = axisValues(after);
  const isLost = (column: string, value: unknown): boolean =>
    had.get(column)?.has(value) === true && has.get(column)?.has(value) !== true;
  const kept = expected.filter((each: unknown) => {
    const where = isMapping(each) && isMapping(each.where) ? each.where : {};
    return !Object.entries(where).some(([column, value]) => isLost(column, value));
  });
  return kept.length === expected.length ? after : { ...after, expected: kept };
}

function axisValues(document: Content): ReadonlyMap<string, ReadonlySet<unknown>> {
  const { list } = fileAxes(document.axes ?? {}, document, []);
  return new Map(list.map(({ name, values }) => [name, new Set<unknown>(values)]));
}
