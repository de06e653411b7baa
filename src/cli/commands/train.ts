import { join, resolve } from "node:path";
import type { AnalysisFindings } from "../../analysis/contract.ts";
import { ParameterError } from "../../core/errors.ts";
import type { TrainingRow } from "../../figure/contract.ts";
import { drawFigures } from "../../figure/registry.ts";
import { mostThreads } from "../../network/network.ts";
import { nodeResources } from "../../platform/node/datasets.ts";
import { checkWritableFolder, contentOf } from "../../platform/node/files.ts";
import type { FinishedRun } from "../../platform/node/run-folder.ts";
import { thisMachine, thisSoftware } from "../../platform/node/software.ts";
import { taskTexts } from "../../study/figures/task-texts.ts";
import { resolvedRun } from "../../study/input.ts";

import { runFiles } from "../../study/record.ts";
import { networkFindings } from "../../study/results/network-findings.ts";
import { askedOf } from "../../study/results/rows.ts";
import { type RunSpec, runFolderName, runId, runTitle } from "../../study/spec.ts";
import { inputOfSpec, isSpecContent } from "../../study/spec-input.ts";
import { runWeight } from "../../study/stacks.ts";
import { taskLoader } from "../../study/tasks.ts";
import { commandBackend, kernelsMade } from "../backend.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { fetchNotice } from "../fetch-notice.ts";
import { findingsText } from "../findings-output.ts";
import { watchInterrupt } from "../interrupt.ts";
import { checkpointingHelp, threadsHelp, usualThreads } from "../kernel-options.ts";
import { assignments, positiveNumber, wholeNumber } from "../options.ts";
import { durationText, print, printJson, remark } from "../output.ts";
import { progress } from "../progress.ts";
import { runFileContent, withValue } from "../run-file.ts";
import { resumeCommand, storedFindings, storedSpec } from "../run-files.ts";
import { performInFolder } from "../single-run.ts";
import { sweepJson, sweepTable } from "../sweep-table.ts";

type Assignments = Readonly<Record<string, unknown>>;

interface TrainFlags {
  readonly preset?: string;
  readonly task?: string;
  readonly taskOption?: Assignments;
  readonly cell?: string;
  readonly hidden?: number;
  readonly setting?: Assignments;
  readonly noise?: Assignments;
  readonly updates?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  readonly set?: Assignments;
  readonly seed?: number;
  readonly threads?: number;
  readonly checkpointing?: true;
  readonly resume?: string;
  readonly out?: string;
  readonly json?: true;
  readonly quiet?: true;
}

export const train: CommandDefinition = {
  name: "train",
  summary: "train one network and sweep its noise at test",
  examples: [
    ["noisy-rnn train --task function-approximation --hidden 20 --noise inside=0.5", "from options"],
    ["noisy-rnn train run.yaml --seed 3 --out runs/third", "from a file, with one change"],
    [
      "noisy-rnn train --task mnist-rows --set training.keepBest=true --set training.validation.every=200",
      "any key of a run file",
    ],
    [
      "noisy-rnn train --preset nrnn-ordered-mnist --set preset.sigma=0.05 --updates 500",
      "a published model, shortened",
    ],
    ["noisy-rnn train runs/third/spec.json --learning-rate 0.001", "a run again, with one change"],
    ["noisy-rnn train --resume runs/third", "go on after an interruption"],
  ],
  define(command, act) {
    command
      .argument(
        "[file]",
        "run file (YAML, JSON or TOML) with task, network, training, evaluation, precision, seed; or a run's spec.json",
      )
      .option("--preset <name>", "task, network and training of a published model; see noisy-rnn list presets")
      .option("--task <name>", "task; see noisy-rnn list tasks")
      .option("--task-option <name=value>", "option of the task (repeatable)", assignments)
      .option("--cell <name>", "cell; see noisy-rnn list cells (default: ctrnn)")
      .option("--hidden <number>", "units (default: 64)", wholeNumber(1))
      .option("--setting <name=value>", "setting of the cell, such as alpha=0.1 (repeatable)", assignments)
      .option("--noise <site=intensity>", "noise in training (repeatable); see noisy-rnn list noise", assignments)
      .option("--updates <number>", "updates (default: 2000)", wholeNumber(0))
      .option("--batch <number>", "trials per update (default: 64)", wholeNumber(1))
      .option("--learning-rate <number>", "learning rate (default: 0.003)", positiveNumber)
      .option("--seed <number>", "seed of weights, trials and noise (default: 0)", wholeNumber(0))
      .option(
        "--set <path=value>",
        "any key of a run file, such as training.clipNorm=null (repeatable); wins over the other options, which win over the file",
        assignments,
      )
      .option("--threads <number>", threadsHelp, wholeNumber(1, mostThreads))
      .option("--checkpointing", checkpointingHelp)
      .option("--out <folder>", "where everything is written (default: a folder in runs/ named after the run)")
      .option("--resume <folder>", "go on with the run in this folder, as it was begun")
      .option("--json", "print one JSON object and nothing else on standard output")
      .option("--quiet", "no progress");
    act(perform);
  },
};

async function perform(file: string | undefined, flags: TrainFlags): Promise<ExitCode> {
  const { backend: wanted, variantOf } = commandBackend(flags.quiet === true);
  const loadTask = taskLoader(nodeResources({ onProgress: fetchNotice(flags.quiet === true) }));
  const resolved = async (): Promise<RunSpec> => {
    const read = file === undefined ? {} : await runFileContent(file);
    const content = isSpecContent(read) ? inputOfSpec(read) : read;
    const precision = wanted.precisions.includes("float32") ? "float32" : "float64";
    const input = withFlags({ precision, ...content }, flags);
    const spec = await resolvedRun({ input, place: file ?? "run", loadTask, backend: wanted.name });
    const { name: backend } = await kernelsMade(wanted, [spec]);
    return { ...spec, engine: { ...spec.engine, backend } };
  };
  if (flags.resume !== undefined) checkAlone(file, flags);
  const spec = flags.resume === undefined ? await resolved() : await storedSpec(flags.resume, "--resume");
  const folder = flags.resume ?? flags.out ?? join("runs", runFolderName(spec));
  await claimRunFolder(folder, spec);
  // Workers read only what is there already.
  await loadTask(spec.task.name, spec.task.options);

  const bar = progress({ unit: ["network", "networks"], weights: [runWeight(spec)], isQuiet: flags.quiet === true });
  bar.say(runTitle(spec));
  const interrupt = watchInterrupt(
    "Stopping: the network is being saved. Ctrl-C once more stops at once, without saving.",
  );
  const ended = await performInFolder({
    spec,
    folder,
    software: thisSoftware(variantOf(spec.engine.backend)),
    kernelOptions: {
      threads: flags.threads ?? usualThreads(spec.training.batchSize),
      checkpointing: flags.checkpointing === true,
    },
    machine: thisMachine(),
    progress: bar,
    signal: interrupt.signal,
  });
  bar.end();
  interrupt.release();
  if (ended.kind === "crashed") {
    remark(`error: ${ended.reason}`);
    return ended.exitCode;
  }
  if (ended.kind === "open") {
    const isSaved = (await contentOf(folder)).includes(runFiles.checkpoint);
    remark(
      isSaved
        ? `Interrupted: the network is saved. Go on with:\n  ${resumeCommand(folder)}`
        : "Interrupted before training began: give the same command again.",
    );
    return interrupt.exitCode() ?? exitCodes.failed;
  }
  // Loading vega takes a quarter of a second, which only those who draw shall wait for.
  const { writeFigures } = await import("../figure-files.ts");
  const found = await storedFindings(folder);
  const network = { title: runTitle(spec), seed: spec.seed, labels: askedOf(spec) };
  const figures = drawFigures({
    trainingRows: trainingRows(spec, ended.run),
    findings: found.map((findings) => networkFindings(network, findings)),
    taskLabels: taskTexts,
  });
  await writeFigures(figures, join(folder, "figures"));
  return report(spec, { ...ended.run, found }, folder, flags.json === true);
}

/** Options of the command line over the content of a file. */
function withFlags(content: Record<string, unknown>, flags: TrainFlags): Record<string, unknown> {
  const task = flags.task ?? content.task;
  const { taskOption = {} } = flags;
  const changes: [string, unknown][] = [
    ...(task === undefined ? [] : [["task", withTaskOptions(task, taskOption)] as [string, unknown]]),
    ["preset", flags.preset],
    ["network.cell", flags.cell],
    ["network.hiddenSize", flags.hidden],
    ...Object.entries(flags.setting ?? {}).map(([name, value]): [string, unknown] => [
      `network.settings.${name}`,
      value,
    ]),
    ["network.noise", flags.noise && Object.entries(flags.noise).map(([site, intensity]) => ({ site, intensity }))],
    ["training.updates", flags.updates],
    ["training.batchSize", flags.batch],
    ["training.learningRate", flags.learningRate],
    ["seed", flags.seed],
    ...Object.entries(flags.set ?? {}),
  ];
  return changes
    .filter(([, value]) => value !== undefined)
    .reduce((input, [path, value]) => withValue(input, path, value), content);
}

function withTaskOptions(task: unknown, options: Assignments): unknown {
  if (Object.keys(options).length === 0) return task;
  return typeof task === "string" ? { name: task, ...options } : { ...(task as object), ...options };
}

/** @throws ParameterError when --resume is joined by anything that would change the run */
function checkAlone(
  file: string | undefined,
  { resume: _, threads: _threads, checkpointing: _checkpointing, json: _json, quiet: _quiet, ...others }: TrainFlags,
): void {
  const given = [...(file === undefined ? [] : [file]), ...Object.keys(others).map((name) => `--${name}`)];
  if (given.length === 0) return;
  throw new ParameterError({
    place: "--resume",
    rule: `goes on with a run as it was begun, got ${given.join(" and ")} with it`,
    remedy: "leave them out, or start a new run",
  });
}

/**
 * Takes a folder for a run.
 *
 * @throws ParameterError when it cannot be written or holds anything but this run
 */
async function claimRunFolder(folder: string, spec: RunSpec): Promise<void> {
  await checkWritableFolder("--out", folder);
  const content = await contentOf(folder);
  if (content.length === 0) return;
  const held = content.includes(runFiles.spec) ? await storedSpec(folder, "--out") : undefined;
  if (held !== undefined && runId(held) === runId(spec)) return;
  throw new ParameterError({
    place: "--out",
    rule: `must be empty or hold this run (${runTitle(spec)}, ${runId(spec).slice(0, 12)}), got ${resolve(folder)} with ${held === undefined ? content.slice(0, 3).join(", ") : `another one (${runTitle(held)}, ${runId(held).slice(0, 12)})`}`,
    remedy: "choose another folder",
  });
}

function trainingRows({ seed }: RunSpec, { record, history }: FinishedRun): TrainingRow[] {
  const row =
    (quantity: TrainingRow["quantity"]) =>
    ({ update, loss }: { update: number; loss: number }) => ({
      run: record.title,
      seed,
      update,
      quantity,
      loss,
    });
  return [...history.training.map(row("training")), ...history.validation.map(row("validation"))];
}

type AnalysedRun = FinishedRun & { readonly found: readonly AnalysisFindings[] };

function report(
  spec: RunSpec,
  { record, sweep, history, found }: AnalysedRun,
  folder: string,
  isJson: boolean,
): ExitCode {
  const { outcome, id, seconds, parameterCount } = record;
  const say = isJson ? remark : print;
  if (isJson) {
    const rows = sweep.map(sweepJson);
    printJson({
      id,
      folder,
      outcome,
      site: spec.evaluation?.site ?? null,
      rows,
      analyses: found,
      seconds,
      parameterCount,
    });
  }
  if (outcome.kind === "diverged") {
    const { update, quantity, trial, step, advice } = outcome;
    const where = trial === undefined ? "" : `, first in trial ${trial} at step ${step}`;
    remark(`error: training failed after ${update} updates: the ${quantity} is not finite${where}; ${advice}`);
    return exitCodes.failed;
  }
  if (outcome.kind === "failed") {
    remark(`error: ${outcome.reason}`);
    return exitCodes.failed;
  }
  const last = history.training.at(-1);
  const ending = outcome.kind === "stopped-early" ? `, stopped early (best after ${outcome.bestUpdate})` : "";
  const { resumedFrom } = record;
  const updates =
    resumedFrom === null
      ? `${outcome.update} updates`
      : `${outcome.update} updates, ${outcome.update - resumedFrom} of them since it was resumed,`;
  const loss = last === undefined ? "" : `; last training loss ${last.loss.toPrecision(3)}`;
  say(`${updates} in ${durationText(seconds)}${ending}; ${parameterCount} parameters${loss}`);
  if (sweep.length > 0) say(`\n${sweepTable(sweep, spec.evaluation?.site ?? null, spec.network.noise)}`);
  for (const findings of found) say(`\n${findingsText(findings, record.title)}`);
  say(`\n${folder} has weights, record, metrics and the training curve.`);
  return exitCodes.ok;
}
