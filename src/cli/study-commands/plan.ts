import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { countText } from "../../figure/wording.ts";
import { mostThreads } from "../../network/network.ts";
import { fittingMemory } from "../../platform/node/executors/local.ts";
import { openStore } from "../../platform/node/store/open.ts";
import { measuredCosts, type Rate, wallSeconds } from "../../study/cost.ts";
import { filesOf, runBytes } from "../../study/disk.ts";
import type { RunSpec } from "../../study/spec.ts";
import { runKinds, runWeight, stacks } from "../../study/stacks.ts";
import type { AxisValue, StudyRun } from "../../study/study.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { wholeNumber } from "../options.ts";
import { durationText, print, printJson, sizeText } from "../output.ts";
import { readyPlan, remarkLeftOut, storeFolder, storeHelp } from "../studies.ts";
import { overridesHelp, studyFileHelp } from "../study-arguments.ts";

interface PlanFlags {
  readonly store?: string;
  readonly workers?: number;
  readonly threads: number;
  readonly json?: true;
}

/** Milliseconds for the measurement of times. */
const measuring = 3000;

export const plan: CommandDefinition = {
  name: "plan",
  summary: "how many runs a study has, how long they take, how much memory and disk, which exist already",
  examples: [
    ["noisy-rnn study plan studies/preference.yaml", "for the cores of this machine; makes no run"],
    [
      "noisy-rnn study plan preference.yaml seeds=20 --workers 64",
      "with changes, on 64 workers like a core of this machine",
    ],
  ],
  define(command, act) {
    command
      .argument("<file>", studyFileHelp)
      .argument("[overrides...]", overridesHelp)
      .option("--store <folder>", storeHelp)
      .option("--workers <number>", "runs, or stacks of them, at the same time (default: one per core)", wholeNumber(1))
      .option(
        "--threads <number>",
        "threads that share the trials of a pass, in each worker",
        wholeNumber(1, mostThreads),
        1,
      )
      .option("--json", "print one JSON object and nothing else on standard output");
    act((file: string, overrides: string[], flags: PlanFlags) => perform(file, overrides, flags));
  },
};

async function perform(file: string, overrides: readonly string[], flags: PlanFlags): Promise<ExitCode> {
  const isQuiet = flags.json === true;
  const { plan: planned, loadTask } = await readyPlan(file, overrides, isQuiet);
  const { study } = planned;
  if (!isQuiet) remarkLeftOut(planned);
  const specs = planned.runs.map(({ spec }) => spec);
  const folder = storeFolder(file, flags.store);
  // A store that is not there yet has no runs, and is not made.
  const complete = existsSync(join(folder, "store.json"))
    ? await (await openStore(folder, { mode: "read" })).completeIds()
    : new Set<string>();
  const open = planned.runs.filter(({ id }) => !complete.has(id));
  const counts = {
    runs: specs.length,
    conditions: new Set(planned.runs.map(({ condition }) => condition)).size,
    seeds: study.seeds.length,
    existing: specs.length - open.length,
    open: open.length,
  };
  const wanted = flags.workers ?? availableParallelism();
  const forecast = open.length === 0 ? undefined : await forecastOf(open, wanted, flags.threads, loadTask);
  if (flags.json === true) {
    printJson({ study: study.name, store: resolve(folder), ...counts, workers: wanted, ...(forecast ?? nothing) });
    return exitCodes.ok;
  }
  const { runs, conditions, seeds, existing } = counts;
  print(
    `${study.name}: ${countText([runs], "run")}, ${countText([conditions], "condition")} with ${countText([seeds], "seed")}.`,
  );
  for (const { name, values } of study.axes) print(`  ${name}: ${values.map(String).join(", ")}`);
  print(`In ${resolve(folder)}: ${existing} complete, ${open.length} to make.`);
  if (forecast !== undefined) for (const line of lines(forecast, wanted)) print(line);
  return exitCodes.ok;
}

interface Forecast {
  readonly stacks: number;
  /** Of one worker that makes everything. */
  readonly workSeconds: number;
  /** Of the given workers. */
  readonly seconds: number;
  /** How it was measured: one entry per kind of run. */
  readonly measured: readonly {
    readonly cell: string;
    readonly hiddenSize: number;
    /** Values of the axes in which the kinds differ. */
    readonly condition: Readonly<Record<string, readonly AxisValue[]>>;
    readonly stack: number;
    readonly secondsPerUpdate: number;
    readonly secondsPerTrial: number | null;
  }[];
  readonly measuringSeconds: number;
  readonly memory: { readonly perWorker: number; readonly total: number; readonly workers: number };
  readonly disk: { readonly bytes: number; readonly files: number };
}

const nothing: Forecast = {
  stacks: 0,
  workSeconds: 0,
  seconds: 0,
  measured: [],
  measuringSeconds: 0,
  memory: { perWorker: 0, total: 0, workers: 0 },
  disk: { bytes: 0, files: 0 },
};

type LoadTask = Awaited<ReturnType<typeof readyPlan>>["loadTask"];

async function forecastOf(
  runs: readonly StudyRun[],
  wanted: number,
  threads: number,
  loadTask: LoadTask,
): Promise<Forecast> {
  const specs = runs.map(({ spec }) => spec);
  const { plan: memory } = await fittingMemory(specs, wanted, loadTask);
  const groups = stacks(specs, memory.workers, memory.most);
  const began = performance.now();
  const costs = await measuredCosts({
    stacks: groups.map((group) => group.map((run) => specs[run])),
    loadTask,
    kernelOptions: { threads },
    budget: measuring,
    now: () => performance.now(),
  });
  const measuringSeconds = (performance.now() - began) / 1000;
  // As the pool takes them: the heaviest first.
  const weights = groups.map((group) => group.reduce((sum, run) => sum + runWeight(specs[run]), 0));
  const order = [...groups.keys()].sort((a, b) => weights[b] - weights[a] || a - b);
  const seconds = order.map((group) => groups[group].reduce((sum, run) => sum + costs.secondsOf(specs[run]), 0));

  const lossNames = new Map<RunSpec["task"], string>();
  for (const { task } of specs) {
    if (!lossNames.has(task)) lossNames.set(task, (await loadTask(task.name, task.options)).task.loss);
  }
  const bytesOf = runBytes(({ task, training: { loss } }) =>
    loss === "task" ? (lossNames.get(task) as string) : loss,
  );
  return {
    stacks: groups.length,
    workSeconds: seconds.reduce((a, b) => a + b, 0),
    seconds: wallSeconds(seconds, memory.workers),
    measured: measuredKinds(costs.rates, runs),
    measuringSeconds,
    memory: { perWorker: memory.peak / memory.workers, total: memory.peak, workers: memory.workers },
    disk: {
      bytes: specs.reduce((sum, spec) => sum + bytesOf(spec), 0),
      files: specs.reduce((sum, spec) => sum + filesOf(spec), 0),
    },
  };
}

/** Columns of axes that every kind is told with. */
const toldAnyway = ["cell", "hiddenSize"];

function measuredKinds(rates: readonly Rate[], runs: readonly StudyRun[]): Forecast["measured"] {
  const kindOf = runKinds();
  const kinds = new Map<string, Map<string, Set<AxisValue>>>(rates.map(({ spec }) => [kindOf(spec), new Map()]));
  for (const { spec, condition } of runs) {
    const columns = kinds.get(kindOf(spec));
    if (columns === undefined) continue;
    for (const [name, value] of Object.entries(condition)) {
      columns.set(name, (columns.get(name) ?? new Set()).add(value));
    }
  }
  const textOf = (columns: ReadonlyMap<string, ReadonlySet<AxisValue>>, name: string): string =>
    [...(columns.get(name) ?? [])].join(" ");
  const [first] = kinds.values();
  const differing = [...(first?.keys() ?? [])].filter(
    (name) => !toldAnyway.includes(name) && new Set([...kinds.values()].map((each) => textOf(each, name))).size > 1,
  );
  return rates.map(({ spec, stack, perUpdate, perTrial }) => {
    const { cell, hiddenSize } = spec.network;
    const columns = kinds.get(kindOf(spec)) as Map<string, Set<AxisValue>>;
    const condition = Object.fromEntries(differing.map((name) => [name, [...(columns.get(name) ?? [])]]));
    return { cell, hiddenSize, condition, stack, secondsPerUpdate: perUpdate, secondsPerTrial: perTrial };
  });
}

/** "task mnist-rows, batchSize 8 or 16"; axes that do not apply are left out. */
function conditionText(condition: Forecast["measured"][number]["condition"]): string {
  const told = Object.entries(condition)
    .map(([name, values]) => [name, values.filter((value) => value !== null)] as const)
    .filter(([, values]) => values.length > 0);
  return told.map(([name, values]) => `, ${name} ${values.join(" or ")}`).join("");
}

function lines(forecast: Forecast, wanted: number): string[] {
  const { memory, disk, measured } = forecast;
  const kinds = measured.map(({ cell, hiddenSize, condition, stack, secondsPerUpdate, secondsPerTrial }) => {
    const examined = secondsPerTrial === null ? "" : `, ${microseconds(secondsPerTrial)} a trial at test`;
    return `  ${cell}, ${hiddenSize} units${conditionText(condition)}, ${stack} beside each other: ${microseconds(secondsPerUpdate)} an update${examined}`;
  });
  const fitting = memory.workers < wanted ? ` (${memory.workers} of ${wanted} fit into the memory here)` : "";
  return [
    `Time: ${durationText(forecast.seconds)} on ${memory.workers} workers${fitting}, ${durationText(forecast.workSeconds)} on one, in ${forecast.stacks} stacks.`,
    `Measured here in ${durationText(forecast.measuringSeconds)}, for each run:`,
    ...kinds,
    `Memory: ${mebibytes(memory.perWorker)} a worker, ${mebibytes(memory.total)} in all.`,
    `Disk: ${sizeText(disk.bytes)} in ${disk.files} files and folders.`,
  ];
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function microseconds(seconds: number): string {
  return `${Number((seconds * 1e6).toPrecision(3))} µs`;
}
