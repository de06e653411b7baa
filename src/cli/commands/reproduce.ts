import { availableParallelism } from "node:os";
import { Option } from "commander";
import type { CommandDefinition } from "../command.ts";
import { collected, wholeNumber } from "../options.ts";
import type { ReproduceOptions } from "../reproduction/contract.ts";
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
    ["noisy-rnn reproduce noise-preference --full --out full", "every family of experiments; hours"],
    ["noisy-rnn reproduce noise-preference --full --only regulator --out regulator", "one family of it"],
    ["noisy-rnn reproduce noisy-rnn", "noise against controls without it: minima, stability, margins, robustness"],
    ["noisy-rnn reproduce noise-preference --json > result.json", "rows and summary for a program"],
  ],
  define(command, act) {
    command
      .argument("<study>", `what to reproduce: ${reproductions.names.join(", ")}`)
      .addOption(new Option("--quick", "small networks and few seeds (default)").conflicts("full"))
      .addOption(new Option("--full", "every family, wider networks, longer training, more intensities"))
      .option("--seeds <number>", "networks per condition (default: those of each study, 5)", wholeNumber(1, mostSeeds))
      .option("--only <name>", "only this family of experiments (repeatable)", collected, [])
      .option("--out <folder>", "where everything is written", "report")
      .option(
        "--workers <number>",
        "networks trained at the same time; changes no number",
        wholeNumber(1, mostWorkers),
        Math.min(availableParallelism(), usualWorkers),
      )
      .option("--overwrite", "replace the result of another plan in the same folder")
      .option("--keep-outdated", "use networks that another version made, instead of making them again")
      .option("--json", "print one JSON object {rows, summary, claims} and nothing else on standard output")
      .option("--quiet", "no progress");
    act((study: string, options: ReproduceOptions) => reproductions.get(study).perform(options));
  },
};
