/** `noisy-rnn reproduce noise-preference`: plan, runs, tables, figures, report. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { CapabilityError, InternalError } from "../../core/errors.ts";
import { unknownName } from "../../core/registry.ts";
import { preferenceReport } from "../../figure/preference-report.ts";
import { drawFigures } from "../../figure/registry.ts";
import { type Fact, type Reference, type ReportFile, reportPage } from "../../figure/report.ts";
import { countText, listText } from "../../figure/wording.ts";
import { referenceText, referenceUrl } from "../../io/bibtex.ts";
import { encodeCsv } from "../../io/csv.ts";
import { encodeParquet } from "../../io/parquet.ts";
import { csvColumns, inferredColumns, resultTable } from "../../io/result-table.ts";
import { bibliography } from "../../platform/node/bibliography.ts";
import { nodeResources } from "../../platform/node/datasets.ts";
import { checkWritableFolder, contentOf, writeFileAtomic } from "../../platform/node/files.ts";
import { thisMachine, thisSoftware } from "../../platform/node/software.ts";
import { resolvedRun } from "../../study/input.ts";
import { claimVerdicts } from "../../study/noise-preference/claims.ts";
import { figureData } from "../../study/noise-preference/figure-data.ts";
import {
  defaultSeeds,
  noisePreferencePlan,
  type PlannedRun,
  type TaskPlan,
  taskPlans,
} from "../../study/noise-preference/plan.ts";
import { studyReferences } from "../../study/noise-preference/references.ts";
import { resultColumns, resultRows, type StudiedNetwork, summaryRows } from "../../study/noise-preference/results.ts";
import { studySettings } from "../../study/noise-preference/settings.ts";
import { seedWarnings } from "../../study/noise-preference/warnings.ts";
import type { Software } from "../../study/record.ts";
import { type RunSpec, runFolderName, runTitle } from "../../study/spec.ts";
import { type TaskLoader, taskLoader } from "../../study/tasks.ts";
import { commandBackend, kernelsMade } from "../backend.ts";
import { type ExitCode, exitCodes } from "../command.ts";
import { fetchNotice } from "../fetch-notice.ts";
import { watchInterrupt } from "../interrupt.ts";
import { durationText, print, printJson, quoted, remark } from "../output.ts";
import { claimFolder, type Plan, planId } from "../plan-folder.ts";
import { progress } from "../progress.ts";
import type { ReproduceOptions, Reproduction } from "../reproduction.ts";
import { type EndedRun, performRuns, runWeight } from "../runs.ts";
import { summaryTable } from "./noise-preference-table.ts";

const name = "noise-preference";

export const noisePreference: Reproduction = {
  name,
  summary: "do recurrent networks prefer the noise they were trained with? (Eckstein and Srinivasan 2026)",
  perform,
};

/** A mirror that is silent for this long, in milliseconds, does not hold up the rest. */
const stallTimeout = 5000;

async function perform(options: ReproduceOptions): Promise<ExitCode> {
  const startedAt = performance.now();
  const extent = options.full ? "full" : "quick";
  const seeds = options.seeds ?? defaultSeeds[extent];
  const { backend: wanted, variantOf } = commandBackend(options.quiet === true);
  const precision = wanted.precisions.includes("float32") ? "float32" : "float64";
  const loadTask = taskLoader(nodeResources({ stallTimeout, onProgress: fetchNotice(options.quiet === true) }));
  await checkWritableFolder("--out", options.out);
  const { plans, notes } = await availableTasks(taskPlans[extent], options.task, loadTask);
  for (const note of notes) remark(note);

  const tasks = plans.map(({ task }) => task);
  const planned = noisePreferencePlan(extent, seeds, tasks);
  const resolved = await Promise.all(
    planned.map(({ input }) =>
      resolvedRun({ input: { ...input, precision }, place: name, loadTask, backend: wanted.name }),
    ),
  );
  const { name: backend } = await kernelsMade(wanted, resolved);
  const specs = resolved.map((spec) => ({ ...spec, engine: { ...spec.engine, backend } }));
  const plan: Plan = {
    study: name,
    title: `${extent}, ${countText([seeds], "seed")}, ${listText(tasks)}`,
    command: commandLine(options, seeds, tasks),
    specs,
  };
  await claimFolder(options.out, plan, options.overwrite === true);

  const software = thisSoftware(variantOf(backend));
  const machine = thisMachine();
  const bar = progress({ unit: "networks", weights: specs.map(runWeight), isQuiet: options.quiet === true });
  const interrupt = watchInterrupt(
    "Stopping: networks at work are being saved. Ctrl-C once more stops at once, without saving.",
  );
  const { workers } = options;
  const titles = listText(plans.map(({ title }) => title));
  bar.say(`${specs.length} networks on ${titles}, ${workers} at a time; back end ${backend} (${software.variant}).`);
  const folder = join(options.out, "runs");
  const folders = specs.map((spec) => join(folder, runFolderName(spec)));
  const ended = await performRuns({
    specs,
    folders,
    workers,
    kernelOptions: {},
    software,
    machine,
    progress: bar,
    signal: interrupt.signal,
  });
  bar.end();
  interrupt.release();

  const code = interrupt.exitCode();
  if (code !== undefined && ended.some(({ kind }) => kind === "open")) {
    const finished = ended.filter(({ kind }) => kind === "finished").length;
    remark(
      `Interrupted: ${finished} of ${specs.length} networks are finished and kept in ${folder}. Go on with:\n  ${plan.command}`,
    );
    return code;
  }

  const crashes = ended.flatMap((end, i) => (end.kind === "crashed" ? [`${runTitle(specs[i])}: ${end.reason}`] : []));
  for (const crash of crashes) remark(`failed: ${crash}`);
  const firstCrash = ended.find((end) => end.kind === "crashed");
  if (crashes.length === specs.length && firstCrash !== undefined) return firstCrash.exitCode;

  const facts = factsOf({ ended, specs, software, machine, options, seeds, startedAt, backend });
  const result = await writeResult({
    options,
    extent,
    seeds,
    plans,
    planned,
    specs,
    ended,
    plan,
    facts,
    notes,
    crashes,
  });
  if (options.json) printJson({ rows: result.rows, summary: result.summary });
  const say = options.json ? remark : print;
  say(`\n${result.table}\n`);
  say(`${join(options.out, "report.html")} has figures, method and settings; beside it: ${result.files}.`);
  say(`${specs.length} networks, ${durationText((performance.now() - startedAt) / 1000)}.`);
  return crashes.length === 0 ? exitCodes.ok : exitCodes.failed;
}

/**
 * The tasks whose data can be had, and one line for each that is left out.
 *
 * @param wanted names; with none, all tasks are tried
 * @throws CapabilityError when a task that was asked for by name lacks its data
 */
async function availableTasks(
  all: readonly TaskPlan[],
  wanted: readonly string[],
  loadTask: TaskLoader,
): Promise<{ readonly plans: readonly TaskPlan[]; readonly notes: readonly string[] }> {
  const known = all.map(({ task }) => task);
  for (const task of wanted) if (!known.includes(task)) throw unknownName(`task of ${name}`, task, known);
  const plans: TaskPlan[] = [];
  const notes: string[] = [];
  for (const plan of all.filter(({ task }) => wanted.length === 0 || wanted.includes(task))) {
    try {
      await loadTask(plan.task, plan.options);
      plans.push(plan);
    } catch (error) {
      if (!(error instanceof CapabilityError) || wanted.length > 0) throw error;
      notes.push(
        `${plan.title}: left out, its data are not at hand and could not be fetched (noisy-rnn doctor says where they are looked for).`,
      );
    }
  }
  return { plans, notes };
}

/** The command that makes the same result, or goes on with it. */
function commandLine({ full, out }: ReproduceOptions, seeds: number, tasks: readonly string[]): string {
  const isEveryTask = tasks.length === taskPlans[full === true ? "full" : "quick"].length;
  const only = isEveryTask ? "" : tasks.map((task) => ` --task ${task}`).join("");
  return `npx noisy-rnn reproduce ${name}${full === true ? " --full" : ""} --seeds ${seeds}${only} --out ${quoted(out)}`;
}

interface Finished {
  readonly options: ReproduceOptions;
  readonly extent: "quick" | "full";
  readonly seeds: number;
  readonly plans: readonly TaskPlan[];
  readonly planned: readonly PlannedRun[];
  readonly specs: readonly RunSpec[];
  readonly ended: readonly EndedRun[];
  readonly plan: Plan;
  readonly facts: readonly Fact[];
  readonly notes: readonly string[];
  readonly crashes: readonly string[];
}

async function writeResult({
  options,
  extent,
  seeds,
  plans,
  planned,
  specs,
  ended,
  plan,
  facts,
  notes,
  crashes,
}: Finished) {
  const { out } = options;
  const networks = planned.map(({ condition, seed }, i): StudiedNetwork => {
    const end = ended[i];
    const intensities = specs[i].evaluation?.intensities ?? [];
    return { condition, seed, intensities, sweep: end.kind === "finished" ? end.run.sweep : [] };
  });
  const rows = resultRows(networks);
  const summary = summaryRows(networks);
  const titles = new Map(plans.map(({ task, title }) => [task, title]));
  const titleOf = (task: string): string => titles.get(task) ?? task;
  const data = figureData(plans, rows, summary);

  const figureFolder = join(out, "figures");
  for (const file of await contentOf(figureFolder)) await rm(join(figureFolder, file), { recursive: true });
  // Loading vega takes a quarter of a second, which only those who draw shall wait for.
  const { writeFigures } = await import("../figure-files.ts");
  const { figures, withoutPng } = await writeFigures(drawFigures(data), figureFolder);

  const table = resultTable(rows, resultColumns);
  await writeFileAtomic(join(out, "results.csv"), encodeCsv(csvColumns(table)));
  await writeFileAtomic(join(out, "results.parquet"), encodeParquet(table, { study: name, plan: planId(plan) }));
  const flat: readonly Readonly<Record<string, unknown>>[] = summary.map((row) => ({ ...row }));
  await writeFileAtomic(join(out, "summary.csv"), encodeCsv(csvColumns(resultTable(flat, inferredColumns(flat)))));

  const files: ReportFile[] = [
    { name: "results.csv", meaning: "Loss and accuracy of every network at every test intensity." },
    { name: "results.parquet", meaning: "The same with types, for Python, R and DuckDB." },
    { name: "summary.csv", meaning: "Preferred intensity, interval and verdict of every condition." },
    {
      name: "figures/",
      meaning: `Every figure as SVG${withoutPng === undefined ? ", PNG" : ""}, Vega-Lite specification and data.`,
    },
    { name: "runs/", meaning: "One folder per network: specification, record, metrics and weights (safetensors)." },
  ];
  const report = preferenceReport(data, {
    figures,
    verdicts: claimVerdicts(summary, titleOf),
    warnings: [
      ...seedWarnings(summary),
      ...notes,
      ...crashes,
      ...divergences(specs, ended),
      ...(withoutPng === undefined ? [] : [withoutPng]),
    ],
    settings: studySettings(
      extent,
      seeds,
      plans.map(({ task }) => task),
    ),
    command: plan.command,
    facts,
    references: referencesOf(specs.filter((_, i) => planned[i].seed === 0)),
    files,
  });
  await writeFileAtomic(join(out, "report.html"), reportPage(report));
  return { rows, summary, table: summaryTable(summary, titleOf), files: listText(files.map((file) => file.name)) };
}

function divergences(specs: readonly RunSpec[], ended: readonly EndedRun[]): string[] {
  return ended.flatMap((end, i) => {
    if (end.kind !== "finished" || end.run.record.outcome.kind !== "diverged") return [];
    const { update, quantity, advice } = end.run.record.outcome;
    return [
      `${runTitle(specs[i])}: training failed after ${update} updates, the ${quantity} is not finite; ${advice}.`,
    ];
  });
}

function referencesOf(specs: readonly RunSpec[]): Reference[] {
  const entries = bibliography();
  return studyReferences(specs).flatMap(({ key }) => {
    const entry = entries[key];
    if (entry === undefined) throw new InternalError("references", `"${key}" is not in docs/references.bib`);
    const url = referenceUrl(entry);
    return [{ key, text: referenceText(entry), ...(url === undefined ? {} : { url }) }];
  });
}

function factsOf(parts: {
  readonly ended: readonly EndedRun[];
  readonly specs: readonly RunSpec[];
  readonly software: Software;
  readonly machine: Readonly<Record<string, string>>;
  readonly options: ReproduceOptions;
  readonly seeds: number;
  readonly startedAt: number;
  readonly backend: string;
}): Fact[] {
  const { ended, specs, software, machine, options, seeds, startedAt, backend } = parts;
  const stored = ended.filter((end) => end.kind === "finished" && end.wasStored).length;
  const trained = ended.reduce((sum, end) => sum + (end.kind === "finished" ? end.run.record.seconds : 0), 0);
  return [
    { name: "noisy-rnn", value: `${software.version} (${software.fingerprint})` },
    { name: "Back end", value: `${backend}, ${software.variant}, ${specs[0].engine.precision}` },
    { name: "Seeds", value: seeds === 1 ? "0" : `0 to ${seeds - 1}` },
    { name: "Networks", value: `${specs.length}${stored > 0 ? `, ${stored} of them found finished` : ""}` },
    {
      name: "Duration",
      value: `${durationText((performance.now() - startedAt) / 1000)} with ${options.workers} workers; training and test of all networks ${durationText(trained)}`,
    },
    ...Object.entries(machine).map(([part, value]) => ({ name: part[0].toUpperCase() + part.slice(1), value })),
    { name: "Finished", value: new Date().toISOString() },
  ];
}
