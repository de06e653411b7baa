import { FormatError, ParameterError } from "../../core/errors.ts";
import { countText } from "../../figure/wording.ts";
import type { Exporter, ExportTarget } from "../../platform/node/exporters/contract.ts";
import { exporters } from "../../platform/node/exporters/registry.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { completeRuns, type RunReader } from "../complete-runs.ts";
import { watchInterrupt } from "../interrupt.ts";
import { print, printJson, remark } from "../output.ts";
import { progress } from "../progress.ts";
import { storeHelp } from "../studies.ts";

type ExportFlags = Readonly<Record<string, string | true | undefined>> & {
  readonly format: string;
  readonly store?: string;
  readonly json?: true;
  readonly quiet?: true;
};

/** Runs on their way at the same time: enough to hide the waiting for a server. */
const atOnce = 4;

export const exportRuns: CommandDefinition = {
  name: "export",
  summary: "complete runs for TensorBoard or an MLflow server",
  examples: [
    ["noisy-rnn export runs --format tensorboard --out logs", "all runs of a store; then: tensorboard --logdir logs"],
    ["noisy-rnn export runs/third --format tensorboard --out logs", "one run"],
    [
      "noisy-rnn export runs --format mlflow --to http://localhost:5000 --experiment noise",
      "again later: only what is new",
    ],
  ],
  define(command, act) {
    command
      .argument("<runs>", "folder of a run, a store, a study file, or a study's folder in a store")
      .option("--store <folder>", storeHelp)
      .requiredOption("--format <name>", `one of ${exporters.names.join(", ")}`);
    for (const exporter of exporters.members) {
      for (const [name, { value, meaning }] of Object.entries(exporter.options)) {
        command.option(`--${name} <${value}>`, `${exporter.name}: ${meaning}`);
      }
    }
    command
      .option("--json", "print one JSON object {runs, written, present, damaged} and nothing else on standard output")
      .option("--quiet", "no progress");
    act(perform);
  },
};

async function perform(path: string, flags: ExportFlags): Promise<ExitCode> {
  const exporter = exporters.get(flags.format);
  const options = optionsOf(exporter, flags);
  const runs = await completeRuns(path, flags.store, "export");
  const interrupt = watchInterrupt("Stopping: the same command goes on later.");
  try {
    const target = await exporter.open(options, interrupt.signal);
    const { written, present, gone, damaged } = await taken(runs, target, interrupt.signal, flags.quiet === true);
    for (const { message } of damaged) remark(`damaged: ${message}`);
    const counts = { runs: runs.length - gone, written, present, damaged: damaged.length };
    const code = interrupt.exitCode();
    if (code !== undefined && written + present + damaged.length < counts.runs) {
      remark(`Interrupted: ${written + present} of ${countText([counts.runs], "run")} are there.`);
      return code;
    }
    if (flags.json) printJson(counts);
    else
      print(
        `${countText([counts.runs], "run")}: ${written} written, ${present} there already, ${damaged.length} damaged.`,
      );
    return damaged.length === 0 ? exitCodes.ok : exitCodes.failed;
  } finally {
    interrupt.release();
  }
}

/** The texts of an exporter's options. @throws ParameterError for one that is missing, or that is another exporter's */
function optionsOf({ name, options }: Exporter, flags: ExportFlags): Record<string, string> {
  const taken: Record<string, string> = {};
  for (const [option, { value, meaning }] of Object.entries(options)) {
    const given = flags[option];
    if (typeof given !== "string" || given === "") {
      throw new ParameterError({
        place: `--${option}`,
        rule: `is needed with --format ${name}, got ${given === "" ? "an empty text" : "none"}`,
        remedy: `add --${option} <${value}>: ${meaning}`,
      });
    }
    taken[option] = given;
  }
  for (const other of exporters.members) {
    for (const option of Object.keys(other.options)) {
      if (flags[option] === undefined || option in options) continue;
      throw new ParameterError({
        place: `--${option}`,
        rule: `belongs to --format ${other.name}, got it with --format ${name}`,
        remedy: "leave it out, or change the format",
      });
    }
  }
  return taken;
}

interface Taken {
  readonly written: number;
  readonly present: number;
  readonly gone: number;
  readonly damaged: readonly FormatError[];
}

/** A damaged run is left out; any other failure ends the work. */
async function taken(
  runs: readonly RunReader[],
  target: ExportTarget,
  signal: AbortSignal,
  isQuiet: boolean,
): Promise<Taken> {
  // Gone: moved away since the folder was read.
  const counts = { written: 0, present: 0, gone: 0 };
  const damaged: FormatError[] = [];
  const bar = progress({ unit: ["run", "runs"], weights: runs.map(() => 1), isQuiet });
  let next = 0;
  const takeSome = async (): Promise<void> => {
    while (next < runs.length && !signal.aborted) {
      const index = next++;
      try {
        const run = await runs[index]();
        const end = run === undefined ? "gone" : await target.write(run);
        counts[end]++;
        bar.finish(index, end !== "written");
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof FormatError)) {
          next = runs.length;
          throw error;
        }
        damaged.push(error);
        bar.finish(index);
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, takeSome));
  bar.end();
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return { ...counts, damaged };
}
