/** A run file, and changes to it from the command line. */
import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { ParameterError, SpecError } from "../core/errors.ts";
import { codeOf } from "../platform/node/files.ts";

/**
 * The content of a YAML or JSON file.
 *
 * @throws ParameterError when there is no such file. @throws SpecError with the place of every error of syntax
 */
export async function runFileContent(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new ParameterError({
      place: "run file",
      rule: `must be a file that can be read, got ${file} (${codeOf(error)})`,
      remedy: "mend the path; noisy-rnn train --help shows what a run file holds",
    });
  }
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new SpecError(
      file,
      document.errors.map(({ message, linePos }) => ({
        path: linePos === undefined ? "(all)" : `line ${linePos[0].line}, column ${linePos[0].col}`,
        rule: message.split("\n")[0].replace(/ at line \d+, column \d+:?$/, ""),
        remedy: "mend the YAML",
      })),
    );
  }
  const content: unknown = document.toJS();
  if (typeof content === "object" && content !== null && !Array.isArray(content))
    return content as Record<string, unknown>;
  throw new SpecError(file, [
    {
      path: "(all)",
      rule: `must be a mapping of keys, got ${JSON.stringify(content)}`,
      remedy: "for example task: function-approximation",
    },
  ]);
}

/** A copy in which the value at a dotted path is another. */
export function withValue(
  content: Readonly<Record<string, unknown>>,
  path: string,
  value: unknown,
): Record<string, unknown> {
  const [key, ...rest] = path.split(".");
  if (rest.length === 0) return { ...content, [key]: value };
  const inner = content[key];
  const below = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
  return { ...content, [key]: withValue(below as Record<string, unknown>, rest.join("."), value) };
}
