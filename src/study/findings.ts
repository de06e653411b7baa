/** What analyses found about one trained network: asked for, carried out, and as a file of its run. */
import { analyse } from "../analysis/analyse.ts";
import type { AnalysisCall, AnalysisFindings } from "../analysis/contract.ts";
import { analyses } from "../analysis/registry.ts";
import type { Choice } from "../cell/cell.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import { CapabilityError, FormatError, type SpecIssue } from "../core/errors.ts";
import { checkedOptions, type OptionValues } from "../core/options.ts";
import { unknownName } from "../core/registry.ts";
import { decodeUtf8, encodeUtf8 } from "../io/text.ts";
import type { FindingNumber } from "./metrics.ts";

/** A request with all options, and every rule that it breaks. */
export interface CheckedRequest {
  /** undefined when there are issues. */
  readonly request: Choice | undefined;
  readonly issues: readonly SpecIssue[];
}

/**
 * @param given a name, or a mapping with the name and any options
 * @param path of the request, in issues; "" for those whose paths are the names of options
 */
export function checkedRequest(given: string | Readonly<Record<string, unknown>>, path: string): CheckedRequest {
  const { name, ...options } = typeof given === "string" ? { name: given } : given;
  const at = (key: string): string => (path === "" ? key : `${path}.${key}`);
  if (typeof name !== "string" || !analyses.has(name)) {
    const { rule, remedy } = unknownName("analysis", String(name), analyses.names);
    return { request: undefined, issues: [{ path: at("name"), rule, remedy }] };
  }
  const { values, broken } = checkedOptions(analyses.get(name).options, options);
  const issues = broken.map(({ option, rule, remedy }) => ({ path: at(option), rule, remedy }));
  return { request: issues.length > 0 ? undefined : { name, ...values }, issues };
}

/** Trials that an analysis is taken to be worth where it does not say. */
const usualPasses = 50_000;

/** About as long as passing so many trials through the network takes. */
export function analysisPasses({ name, ...options }: Choice): number {
  return analyses.get(name).passes?.(options as OptionValues) ?? usualPasses;
}

/** The network that a question is put to, with what it was trained on. */
export type AnalysisSubject = Omit<AnalysisCall, "options" | "onProgress" | "shouldStop">;

/** What surrounds an analysis; nothing here changes a number. */
export type AnalysisHooks = Pick<AnalysisCall, "onProgress" | "shouldStop">;

/** `analyse`; a question that cannot be put to this network is answered with a warning that says why. */
export async function analysedWherePossible(
  { name, ...options }: Choice,
  subject: AnalysisSubject,
  hooks: AnalysisHooks = {},
): Promise<AnalysisFindings> {
  try {
    return await analyse(name, { ...subject, ...hooks, options });
  } catch (error) {
    if (!(error instanceof CapabilityError)) throw error;
    const nothing = { numbers: [], tables: [], sentences: [] };
    return { analysis: name, options: options as OptionValues, ...nothing, warnings: [error.message] };
  }
}

/** Single numbers as a run's metrics hold them; one that cannot be known is NaN. */
export function findingNumbers(found: readonly AnalysisFindings[]): FindingNumber[] {
  return found.flatMap(({ analysis, numbers }) =>
    numbers.map(({ name, value }) => ({ part: `${analysis}.${name}`, value: value ?? Number.NaN })),
  );
}

const findingsFormat = 1;

/** The content of `findings.json`; equal findings give equal bytes. @param id of the run */
export function encodeFindings(id: string, found: readonly AnalysisFindings[]): Uint8Array {
  return encodeUtf8(`${canonicalJson({ format: findingsFormat, id, analyses: found })}\n`);
}

/** @throws FormatError when the bytes are no findings in this version's format */
export function decodeFindings(bytes: Uint8Array, file: string): readonly AnalysisFindings[] {
  const wrong = (rule: string): FormatError =>
    new FormatError({ file, offset: -1, rule, remedy: "analyse the network again" });
  let content: { readonly format?: unknown; readonly analyses?: unknown } | null;
  try {
    content = JSON.parse(decodeUtf8(bytes, file)) as typeof content;
  } catch (error) {
    throw wrong(`must be whole JSON, got ${bytes.length} bytes (${(error as Error).message})`);
  }
  if (content?.format === findingsFormat && Array.isArray(content.analyses)) return content.analyses;
  throw wrong(`must be findings in format ${findingsFormat}, got ${JSON.stringify(content?.format ?? null)}`);
}
