/** What a schema complains of, in the house's words: place, rule with the value received, remedy. */
import type { z } from "zod";
import type { SpecIssue } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";

type Schema = z.core.$ZodType;
type Issue = z.core.$ZodIssue;
type Described = Schema & { readonly description?: string | undefined };

/**
 * One issue per broken rule. The remedy is the description of the schema at that place.
 *
 * @param input what was parsed
 * @param schema what it was parsed with
 * @param help where to look when the schema says nothing
 */
export function schemaIssues(
  error: z.ZodError,
  input: unknown,
  schema: Schema,
  help = "see noisy-rnn train --help",
): SpecIssue[] {
  return error.issues.flatMap((issue) => {
    const at = schemaAt(schema, issue.path);
    if (issue.code === "unrecognized_keys") {
      const known = Object.keys(shapeOf(at) ?? {});
      return issue.keys.map((key) => {
        const { rule, remedy } = unknownName("key", key, known);
        return { path: pathText([...issue.path, key]), rule, remedy };
      });
    }
    const path = pathText(issue.path);
    const value = valueAt(input, issue.path);
    const remedy = descriptionOf(at) ?? help;
    return [{ path, rule: `must be ${expectation(issue)}, got ${show(value)}`, remedy }];
  });
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return typeNames[issue.expected] ?? `of type ${issue.expected}`;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(" or ");
    case "too_small":
      return issue.origin === "array" ? `a list of at least ${issue.minimum}` : `>= ${issue.minimum}`;
    case "too_big":
      return `<= ${issue.maximum}`;
    case "invalid_format":
      return `of the form ${issue.pattern ?? issue.format}`;
    case "invalid_union":
      return [...new Set(issue.errors.flatMap((branch) => branch.map(expectation)))].join(" or ");
    default:
      return issue.message;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "an integer",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** "a.b[0].c"; the whole is "(all)". */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return text.replace(/^\./, "") || "(all)";
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input);
}

interface Parts {
  readonly innerType?: Schema;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly element?: Schema;
  readonly valueType?: Schema;
}

/** The schema at a path; undefined inside a union, whose branch is not known. */
function schemaAt(schema: Schema, path: readonly PropertyKey[]): Described | undefined {
  let at: Schema | undefined = schema;
  for (const key of path) {
    const parts = partsOf(at);
    at = parts.shape?.[String(key)] ?? parts.element ?? parts.valueType;
    if (at === undefined) return undefined;
  }
  return at;
}

function shapeOf(schema: Schema | undefined): Parts["shape"] {
  return partsOf(schema).shape;
}

/** Its own, or that of what it only wraps. */
function descriptionOf(schema: Described | undefined): string | undefined {
  if (schema === undefined) return undefined;
  const { innerType } = schema._zod.def as Parts;
  return schema.description ?? descriptionOf(innerType as Described | undefined);
}

/** Passes through what only wraps another schema: optional, nullable, a default. */
function partsOf(schema: Schema | undefined): Parts {
  let parts = (schema?._zod.def ?? {}) as Parts;
  while (parts.innerType !== undefined) parts = parts.innerType._zod.def as Parts;
  return parts;
}

function show(value: unknown): string {
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "nothing");
}
