/** `noisy-rnn reproduce noise-preference`: plan, runs, result. */
import { join } from "node:path";
import { unknownName } from "../../core/registry.ts";
import { countText, listText } from "../../figure/wording.ts";
import { checkWritableFolder } from "../../platform/node/files.ts";
import { packageFolder } from "../../platform/node/folders.ts";
import { readStudy } from "../../platform/node/study-files.ts";
import { taskTitle } from "../../study/noise-preference/task-texts.ts";
import { runTitle } from "../../study/spec.ts";
import type { Study } from "../../study/study.ts";
import { type ExitCode, exitCodes } from "../command.ts";
import { watchInterrupt } from "../interrupt.ts";
import { madeRuns } from "../made-runs.ts";
import { durationText, print, printJson, quoted, remark } from "../output.ts";
import { claimFolder, type Plan } from "../plan-folder.ts";
import type { ReproduceOptions, Reproduction } from "../reproduction.ts";
import { studyRuns } from "../run-files.ts";
import { type ReadyPlan, readyPlan } from "../studies.ts";
import { writeResult } from "./noise-preference-result.ts";

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
  const isQuiet = options.quiet === true;
  await checkWritableFolder("--out", options.out);
  const ready = await readyStudy(options);
  const { plan, backend, software } = ready;
  const notes = options.task.length > 0 ? [] : plan.leftOut.map(({ task }) => leftOutText(task));
  for (const note of notes) remark(note);
  const tasks = distinct(plan.runs.map(({ spec }) => spec.task.name));
  const owned: Plan = {
    study: name,
    title: `${extentOf(options)}, ${countText([plan.study.seeds.length], "seed")}, ${listText(tasks)}`,
    command: commandLine(options, plan.study, tasks),
    runs: plan.runs,
  };
  await claimFolder(options.out, owned, options.overwrite === true);

  const store = join(options.out, studyRuns);
  const { workers } = options;
  const titles = listText(tasks.map(taskTitle));
  const opening = `${plan.runs.length} networks on ${titles}, ${workers} at a time; back end ${backend} (${software.variant}).`;
  const interrupt = watchInterrupt(
    "Stopping: networks at work are being saved. Ctrl-C once more stops at once, without saving.",
  );
  try {
    const made = await madeRuns({ ready, store, workers, isQuiet, signal: interrupt.signal, opening });
    if (made.kind === "interrupted") {
      remark(
        `Interrupted: ${made.complete} of ${plan.runs.length} networks are finished and kept in ${store}. Go on with:\n  ${owned.command}`,
      );
      return interrupt.exitCode() ?? exitCodes.failed;
    }
    const failures = made.runs.flatMap(({ spec, record: { outcome } }) =>
      outcome.kind === "failed" ? [`${runTitle(spec)}: ${outcome.reason}`] : [],
    );
    for (const failure of failures) remark(`failed: ${failure}`);
    if (failures.length === made.runs.length) return exitCodes.failed;

    const { rows, summary, table, files } = await writeResult({ options, made, owned, notes, failures, startedAt });
    if (options.json) printJson({ rows, summary });
    const say = options.json ? remark : print;
    say(`\n${table}\n`);
    say(`${join(options.out, "report.html")} has figures, method and settings; beside it: ${files}.`);
    say(`${plan.runs.length} networks, ${durationText((performance.now() - startedAt) / 1000)}.`);
    return failures.length === 0 ? exitCodes.ok : exitCodes.failed;
  } finally {
    interrupt.release();
  }
}

/**
 * The plan of the study, for the tasks that were asked for, or for those whose data can be had.
 *
 * @throws CapabilityError when a task that was asked for by name lacks its data
 */
async function readyStudy(options: ReproduceOptions): Promise<ReadyPlan> {
  const file = join(packageFolder, "studies", `${name}-${extentOf(options)}.yaml`);
  const overrides = options.seeds === undefined ? [] : [`seeds=${options.seeds}`];
  const known = tasksOf(await readStudy(file, overrides));
  for (const task of options.task) if (!known.includes(task)) throw unknownName(`task of ${name}`, task, known);
  const leaveOut = known.filter((task) => !options.task.includes(task));
  return readyPlan(file, overrides, options.quiet === true, {
    stallTimeout,
    ...(options.task.length > 0 && { leaveOut }),
  });
}

function extentOf({ full }: ReproduceOptions): "quick" | "full" {
  return full === true ? "full" : "quick";
}

function tasksOf({ axes }: Study): readonly string[] {
  return axes.filter((axis) => axis.name === "task").flatMap(({ values }) => values.map(String));
}

function leftOutText(task: string): string {
  return `${taskTitle(task)}: left out, its data are not at hand and could not be fetched (noisy-rnn doctor says where they are looked for).`;
}

/** The command that makes the same result, or goes on with it. */
function commandLine({ full, out }: ReproduceOptions, study: Study, tasks: readonly string[]): string {
  const isEveryTask = tasks.length === tasksOf(study).length;
  const only = isEveryTask ? "" : tasks.map((task) => ` --task ${task}`).join("");
  return `npx noisy-rnn reproduce ${name}${full === true ? " --full" : ""} --seeds ${study.seeds.length}${only} --out ${quoted(out)}`;
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
