/** The one way in which a question is put to a network. */
import { resolvedOptions } from "../core/options.ts";
import { checkFit } from "../train/batches.ts";
import type { AnalysisCall, AnalysisFindings, Findings } from "./contract.ts";
import { analyses } from "./registry.ts";

export interface AnalyseCall extends Omit<AnalysisCall, "options" | "training"> {
  /** As `train` returns its options; absent: unknown, and what trains the network again cannot be asked. */
  readonly training?: AnalysisCall["training"];
  /** Of the analysis; those left out have their defaults. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/**
 * Puts a question to a trained network, of any cell and on any task with its channels.
 *
 * @param name of an analysis, see `analyses`
 * @returns what was found with all options, plain data: numbers that are not finite are null
 * Cost: `noisy-rnn list analyses` has the options that decide it.
 * @throws ParameterError for an unknown name, and for an option that is unknown or out of range
 * @throws ShapeError when the network does not have the task's channels
 * @throws InterruptedError when it was asked to stop
 * @throws CapabilityError when the question cannot be put to this network; its remedy names what can
 */
export async function analyse(name: string, call: AnalyseCall): Promise<AnalysisFindings> {
  const analysis = analyses.get(name);
  const options = resolvedOptions(`analysis ${name}`, analysis.options, call.options ?? {});
  checkFit(call.network, call.task);
  const findings = await analysis.run({ ...call, training: call.training, options });
  return { analysis: name, options, ...plain(findings) };
}

/** The same without numbers that a file cannot hold: what is not finite is null. */
function plain({ numbers, tables, sentences, warnings }: Findings): Findings {
  const sound = <Value>(value: Value): Value | null =>
    typeof value === "number" && !Number.isFinite(value) ? null : value;
  return {
    numbers: numbers.map((number) => ({ ...number, value: sound(number.value) })),
    tables: tables.map((table) => ({
      ...table,
      rows: table.rows.map((row) =>
        Object.fromEntries(table.columns.map(({ name }) => [name, sound(row[name] ?? null)])),
      ),
    })),
    sentences,
    warnings,
  };
}
