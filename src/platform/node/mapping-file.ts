/** Files of keys and values that people write: YAML, JSON and TOML. */
import { readFile } from "node:fs/promises";
import { parse, TomlError } from "smol-toml";
import { parseDocument } from "yaml";
import { ParameterError, SpecError, type SpecIssue } from "../../core/errors.ts";
import { codeOf } from "./files.ts";

export interface MappingFile {
  /** What the file is called when it cannot be read: "run file". */
  readonly kind: string;
  readonly file: string;
  /** Where the reader finds what such a file holds. */
  readonly help: string;
  /** A first line of such a file. */
  readonly example: string;
}

/**
 * The content of a file; one that ends with `.toml` is TOML, any other YAML, which JSON is a part of.
 *
 * @throws ParameterError when there is no such file. @throws SpecError with the place of every error of syntax
 */
export async function mappingFile({ kind, file, help, example }: MappingFile): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new ParameterError({
      place: kind,
      rule: `must be a file that can be read, got ${file} (${codeOf(error)})`,
      remedy: `mend the path; ${help}`,
    });
  }
  const { content, issues } = file.endsWith(".toml") ? tomlContent(text) : yamlContent(text);
  if (issues.length > 0) throw new SpecError(file, issues);
  if (typeof content === "object" && content !== null && !Array.isArray(content))
    return content as Record<string, unknown>;
  const rule = `must be a mapping of keys, got ${JSON.stringify(content)}`;
  throw new SpecError(file, [{ path: "(all)", rule, remedy: `for example ${example}` }]);
}

interface Content {
  readonly content: unknown;
  readonly issues: readonly SpecIssue[];
}

function yamlContent(text: string): Content {
  const document = parseDocument(text);
  const issues = document.errors.map(({ message, linePos }) => ({
    path: linePos === undefined ? "(all)" : `line ${linePos[0].line}, column ${linePos[0].col}`,
    rule: message.split("\n")[0].replace(/ at line \d+, column \d+:?$/, ""),
    remedy: "mend the YAML",
  }));
  return { content: issues.length > 0 ? undefined : document.toJS(), issues };
}

function tomlContent(text: string): Content {
  try {
    return { content: parse(text), issues: [] };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column, message } = error;
    const rule = message.split("\n")[0].replace(/^Invalid TOML document: /, "");
    return { content: undefined, issues: [{ path: `line ${line}, column ${column}`, rule, remedy: "mend the TOML" }] };
  }
}
