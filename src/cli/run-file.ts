/** A run file, and changes to it from the command line. */
import { mappingFile } from "../platform/node/mapping-file.ts";

/**
 * The content of a YAML, JSON or TOML file.
 *
 * @throws ParameterError when there is no such file. @throws SpecError with the place of every error of syntax
 */
export function runFileContent(file: string): Promise<Record<string, unknown>> {
  return mappingFile({
    kind: "run file",
    file,
    help: "noisy-rnn train --help shows what a run file holds",
    example: "task: function-approximation",
  });
}

/** A copy in which the value at a dotted path is another; a task or preset that is only a name becomes one with options. */
export function withValue(
  content: Readonly<Record<string, unknown>>,
  path: string,
  value: unknown,
): Record<string, unknown> {
  const [key, ...rest] = path.split(".");
  if (rest.length === 0) return { ...content, [key]: value };
  const inner = content[key];
  const isName = typeof inner === "string" && (key === "task" || key === "preset");
  const below =
    typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : isName ? { name: inner } : {};
  return { ...content, [key]: withValue(below as Record<string, unknown>, rest.join("."), value) };
}
