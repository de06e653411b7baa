import { join } from "node:path";
import { Option } from "commander";
import { ParameterError } from "../../core/errors.ts";
import { trialFigure } from "../../figure/trial.ts";
import { countText } from "../../figure/wording.ts";
import { nodeResources } from "../../platform/node/datasets.ts";
import { checkWritableFolder } from "../../platform/node/files.ts";
import { taskLoader } from "../../study/tasks.ts";
import type { Split } from "../../task/contract.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import type { DrawingFormat } from "../drawing-formats.ts";
import { fetchNotice } from "../fetch-notice.ts";
import { assignments, formatList, wholeNumber } from "../options.ts";
import { print, printJson, remark } from "../output.ts";
import { trialPicture } from "../trial-picture.ts";

interface TrialFlags {
  readonly taskOption?: Readonly<Record<string, unknown>>;
  readonly split: Split;
  readonly index: number;
  readonly seed: number;
  readonly out: string;
  readonly formats: readonly DrawingFormat[];
  readonly json?: true;
}

export const trial: CommandDefinition = {
  name: "trial",
  summary: "draw one trial of a task: periods, mask, inputs and targets",
  examples: [
    ["noisy-rnn trial function-approximation", "trial/trial-function-approximation.svg, .png, .csv and .vl.json"],
    ["noisy-rnn trial multitask --task-option tasks=dm1 --split test --index 3", "another trial of one task of many"],
    ["noisy-rnn trial table --task-option path=mine.npz --out pictures", "a trial of your own"],
  ],
  define(command, act) {
    command
      .argument("<task>", "task; see noisy-rnn list tasks")
      .option("--task-option <name=value>", "option of the task (repeatable)", assignments, {})
      .addOption(
        new Option("--split <name>", "trials to choose from").choices(["train", "validation", "test"]).default("train"),
      )
      .option("--index <number>", "number of the trial", wholeNumber(0, 2 ** 32 - 1), 0)
      .option("--seed <number>", "seed of the trials", wholeNumber(0), 0)
      .option("--out <folder>", "where the files go", "trial")
      .option("--formats <list>", "files of the drawing, of svg, png and pdf", formatList, ["svg", "png"])
      .option("--json", "print one JSON object and nothing else on standard output");
    act(perform);
  },
};

async function perform(name: string, flags: TrialFlags): Promise<ExitCode> {
  const { taskOption = {}, split, index, seed, out, formats, json } = flags;
  await checkWritableFolder("--out", out);
  const loadTask = taskLoader(nodeResources({ onProgress: fetchNotice(json === true) }));
  const { task } = await loadTask(name, taskOption);
  const count = task.trialCount(split);
  if (index >= count) {
    throw new ParameterError({
      place: "--index",
      rule: `must be below ${count}, the trials of the ${split} split, got ${index}`,
      remedy: "count from 0",
    });
  }
  const figure = trialFigure(trialPicture(task, split, index, seed));
  // Loading vega takes a quarter of a second, which only those who draw shall wait for.
  const { writeFigures } = await import("../figure-files.ts");
  const { files, withoutPng } = await writeFigures([figure], out, formats);
  if (json) printJson({ task: task.name, split, index, seed, folder: out, files, data: figure.data.length });
  else {
    print(figure.alternative);
    print(`\n${join(out, files[0])} and ${countText([files.length - 1], "file")} beside it.`);
  }
  if (withoutPng !== undefined) remark(withoutPng);
  return exitCodes.ok;
}
