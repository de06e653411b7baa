import { availableParallelism } from "node:os";
import { Option } from "commander";
import type { CommandDefinition } from "../command.ts";
import { collected, wholeNumber } from "../options.ts";
import type { ReproduceOptions } from "../reproduction.ts";
import { reproductions } from "../reproductions.ts";

/** More networks per condition than any interval needs. */
const mostSeeds = 1000;
const mostWorkers = 256;
/** Each worker holds the data sets: more of them only on request. */
const usualWorkers = 16;

export const reproduce: CommandDefinition = {
  name: "reproduce",
  summary: "reproduce a published result: train, measure, compare with the claim, write a report",
  examples: [
    ["noisy-rnn reproduce noise-preference", "one to two minutes on two cores, result in ./report"],
    ["noisy-rnn reproduce noise-preference --full --out full", "wider networks, longer, ten seeds"],
    ["noisy-rnn reproduce noise-preference --json > result.json", "rows and summary for a program"],
  ],
  define(command, act) {
    command
      .argument("<study>", `what to reproduce: ${reproductions.names.join(", ")}`)
      .addOption(new Option("--quick", "small networks and few seeds (default)").conflicts("full"))
      .addOption(new Option("--full", "wider networks, longer training, more intensities and seeds"))
      .option("--seeds <number>", "networks per condition (default: 5, with --full 10)", wholeNumber(1, mostSeeds))
      .option("--task <name>", "only this task of the study (repeatable)", collected, [])
      .option("--out <folder>", "where everything is written", "report")
      .option(
        "--workers <number>",
        "networks trained at the same time; changes no number",
        wholeNumber(1, mostWorkers),
        Math.min(availableParallelism(), usualWorkers),
      )
      .option("--overwrite", "replace the result of another plan in the same folder")
      .option("--json", "print one JSON object {rows, summary} and nothing else on standard output")
      .option("--quiet", "no progress");
    act((study: string, options: ReproduceOptions) => reproductions.get(study).perform(options));
  },
};
