import { Option } from "commander";
import { intensityGrid } from "../../analysis/intensity-sweep.ts";
import { ParameterError } from "../../core/errors.ts";
import { countText } from "../../figure/wording.ts";
import { together } from "../../network/lockstep.ts";
import { createNetwork, mostThreads } from "../../network/network.ts";
import { nodeResources } from "../../platform/node/datasets.ts";
import { lossOf, networkSweeping } from "../../study/run.ts";
import { type EvaluationSpec, type RunSpec, runId, runTitle } from "../../study/spec.ts";
import { taskLoader } from "../../study/tasks.ts";
import type { Split, Task } from "../../task/contract.ts";
import { commandBackend } from "../backend.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { fetchNotice } from "../fetch-notice.ts";
import { checkpointingHelp, threadsHelp, usualThreads } from "../kernel-options.ts";
import { assignments, intensityList, wholeNumber } from "../options.ts";
import { print, printJson, remark } from "../output.ts";
import { savedNetwork } from "../run-files.ts";
import { sweepJson, sweepTable } from "../sweep-table.ts";

interface EvaluateFlags {
  readonly task?: string;
  readonly taskOption?: Readonly<Record<string, unknown>>;
  readonly site?: string;
  readonly intensity?: readonly number[];
  readonly split: Split;
  readonly trials?: number;
  readonly repeats?: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly checkpointing?: true;
  readonly json?: true;
}

const defaults = { trials: 1000, repeats: 16 } as const;

export const evaluate: CommandDefinition = {
  name: "evaluate",
  summary: "loss and accuracy of a saved network at any noise",
  examples: [
    ["noisy-rnn evaluate runs/third", "as its run was evaluated"],
    [
      "noisy-rnn evaluate runs/third/weights.safetensors --intensity 0,0.25,0.5 --repeats 64",
      "other intensities, more noise draws",
    ],
    ["noisy-rnn evaluate runs/third --intensity 0:1:0.1 --json", "from 0 to 1 in steps of 0.1, for a program"],
    ["noisy-rnn evaluate runs/third --task table --task-option path=mine.npz", "on trials of your own"],
  ],
  define(command, act) {
    command
      .argument("<network>", "weights.safetensors, or the folder of a finished run")
      .option("--task <name>", "task (default: the one it was trained on)")
      .option("--task-option <name=value>", "option of the task (repeatable)", assignments)
      .option("--site <name>", "noise to vary (default: that of its evaluation); one it was trained without is added")
      .option("--intensity <list>", "intensities: 0,0.25,0.5 or from:to:step", intensityList)
      .addOption(new Option("--split <name>", "trials to use").choices(["train", "validation", "test"]).default("test"))
      .option("--trials <number>", "trials (default: those of its evaluation, else up to 1000)", wholeNumber(1))
      .option("--repeats <number>", "noise draws per trial (default: those of its evaluation, else 16)", wholeNumber(1))
      .option("--seed <number>", "seed of trials and noise (default: that of its training)", wholeNumber(0))
      .option("--threads <number>", threadsHelp, wholeNumber(1, mostThreads))
      .option("--checkpointing", checkpointingHelp)
      .option("--json", "print one JSON object and nothing else on standard output");
    act(perform);
  },
};

async function perform(path: string, flags: EvaluateFlags): Promise<ExitCode> {
  const { spec, weights } = await savedNetwork(path, "evaluate");
  commandBackend(flags.json === true);
  const loadTask = taskLoader(nodeResources({ onProgress: fetchNotice(flags.json === true) }));
  const { task } = await loadTask(...taskOf(spec, flags));
  const noise = noiseOf(spec, flags);
  const evaluation = evaluationOf(spec, flags, noise, task);
  const network = createNetwork({ ...spec.network, noise });
  const kernel = await network.kernel({
    precision: spec.engine.precision,
    threads: flags.threads ?? usualThreads(evaluation.trials),
    checkpointing: flags.checkpointing === true,
  });
  const seed = flags.seed ?? spec.seed;
  const { split } = flags;
  const subject = { network, weights, task, split, seed, ...lossOf(spec.training) };
  const [rows] = together(kernel, [networkSweeping(subject, evaluation)]);
  kernel.close();

  const { site, trials, repeats } = evaluation;
  if (flags.json) {
    const table = rows.map(sweepJson);
    printJson({ network: runId(spec), task: task.name, split, site, trials, repeats, seed, rows: table });
    return exitCodes.ok;
  }
  remark(runTitle(spec));
  print(sweepTable(rows, site, noise));
  print(
    `${countText([trials], "trial")} of the ${split} split of ${task.name}, ${countText([repeats], "noise draw")} each.`,
  );
  return exitCodes.ok;
}

function taskOf({ task }: RunSpec, flags: EvaluateFlags): [name: string, options: Readonly<Record<string, unknown>>] {
  const { taskOption = {} } = flags;
  if (flags.task !== undefined && flags.task !== task.name) return [flags.task, taskOption];
  return [task.name, { ...task.options, ...taskOption }];
}

/** The sources of the network, and a silent one at a site that was asked for and that it was trained without. */
function noiseOf({ network }: RunSpec, { site }: EvaluateFlags): RunSpec["network"]["noise"] {
  if (site === undefined || network.noise.some((source) => source.site === site)) return network.noise;
  return [...network.noise, { site, law: "gaussian", intensity: 0, scaling: "per-step" }];
}

function evaluationOf(
  { evaluation }: RunSpec,
  flags: EvaluateFlags,
  noise: RunSpec["network"]["noise"],
  task: Task,
): EvaluationSpec {
  const site = flags.site ?? evaluation?.site ?? noise[0]?.site ?? null;
  const source = noise.find((candidate) => candidate.site === site);
  if (source === undefined && flags.intensity !== undefined) {
    throw new ParameterError({
      place: "--intensity",
      rule: `needs a noise source, the network was trained without, got ${flags.intensity.join(", ")}`,
      remedy: "name one with --site, for example --site inside",
    });
  }
  const known = site === evaluation?.site ? evaluation?.intensities : undefined;
  const intensities = flags.intensity ?? known ?? (source === undefined ? [0] : intensityGrid(source));
  const wanted = flags.trials ?? (flags.split === "test" ? evaluation?.trials : undefined) ?? defaults.trials;
  const available = task.trialCount(flags.split);
  return {
    site: source === undefined ? null : source.site,
    intensities: [...new Set(intensities)].sort((a, b) => a - b),
    // What was asked for in so many words is not cut: the examination then says how many there are.
    trials: flags.trials ?? Math.min(wanted, available),
    repeats: flags.repeats ?? evaluation?.repeats ?? defaults.repeats,
  };
}
