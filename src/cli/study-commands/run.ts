import { Option } from "commander";
import { ParameterError } from "../../core/errors.ts";
import { countText } from "../../figure/wording.ts";
import { mostThreads } from "../../network/network.ts";
import type { ExecutorEnd } from "../../platform/node/executors/contract.ts";
import { executors } from "../../platform/node/executors/registry.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { complain } from "../failure.ts";
import { watchInterrupt } from "../interrupt.ts";
import { wholeNumber } from "../options.ts";
import { durationText, print, printJson, quoted, remark } from "../output.ts";
import { retryOption } from "../retry-option.ts";
import { storeHelp } from "../studies.ts";
import { overridesHelp, studyFileHelp } from "../study-arguments.ts";
import { type PreparationFlags, type PreparedStudy, preparedStudy } from "../study-preparation.ts";
import { studyProgress } from "../study-progress.ts";
import { stateLines } from "../study-state-text.ts";

interface RunFlags extends PreparationFlags {
  readonly executor: string;
  readonly workers?: number;
  readonly threads: number;
  readonly wait: boolean;
  readonly json?: true;
}

const mostWorkers = 256;

export const run: CommandDefinition = {
  name: "run",
  summary: "make the open runs of a study; go on after an interruption",
  examples: [
    ["noisy-rnn study run studies/preference.yaml", "on all cores, into runs/ beside the file"],
    ["noisy-rnn study run preference.yaml training.updates=500 'noise.intensity=choice(0.1,0.5)'", "with changes"],
    ["noisy-rnn study run preference.yaml --store /shared/runs --retry failed", "failed runs once more"],
    ["noisy-rnn study run preference.yaml --dry-run", "what would be made"],
  ],
  define(command, act) {
    command
      .argument("<file>", studyFileHelp)
      .argument("[overrides...]", overridesHelp)
      .option("--store <folder>", storeHelp)
      .option("--executor <name>", `who makes the runs: ${executors.names.join(", ")}`, "local")
      .option(
        "--workers <number>",
        "runs, or stacks of them, at the same time (default: one per core)",
        wholeNumber(1, mostWorkers),
      )
      .option(
        "--threads <number>",
        "threads that share the trials of a pass, in each worker",
        wholeNumber(1, mostThreads),
        1,
      )
      .addOption(retryOption())
      .option("--no-verify", "use complete runs without reading them to check their checksums")
      .option("--no-wait", "leave when only runs are left that others are making")
      .option("--dry-run", "say what would be done, and do nothing")
      .option("--json", "print one JSON object and nothing else on standard output")
      .option("--quiet", "no progress");
    for (const option of executorOptions) command.addOption(option);
    act((file: string, overrides: string[], flags: RunFlags) => perform(file, overrides, flags));
  },
};

/** Options of executors, with the names of those that have them. */
const executorOptions = [...new Set(executors.members.flatMap(({ options }) => options))].map((option) => {
  const owners = executors.members.filter(({ options }) => options.includes(option)).map(({ name }) => name);
  const made = new Option(option.flags, `${owners.join(", ")}: ${option.help}`);
  return Object.assign(option.read === undefined ? made : made.argParser(option.read), { owners });
});

/** @throws ParameterError for an option that the executor does not have */
function checkExecutorOptions(executor: string, flags: Readonly<Record<string, unknown>>): void {
  for (const option of executorOptions) {
    if (flags[option.attributeName()] === undefined || option.owners.includes(executor)) continue;
    throw new ParameterError({
      place: option.long ?? option.flags,
      rule: `must be an option of the executor, got ${executor}, which has none of that name`,
      remedy: `leave it out, or say --executor ${option.owners.join(" or ")}`,
    });
  }
}

async function perform(file: string, overrides: readonly string[], flags: RunFlags): Promise<ExitCode> {
  const startedAt = performance.now();
  // First of all: while a study is planned a signal may come too.
  const interrupt = watchInterrupt(
    "Stopping: runs at work are being saved. Ctrl-C once more stops at once, without saving.",
  );
  try {
    const executor = executors.get(flags.executor);
    checkExecutorOptions(executor.name, { ...flags });
    const prepared = await preparedStudy(file, overrides, flags, interrupt.signal);
    const { plan, store, studyFolder, open, software, base, loadTask } = prepared;
    const bar = studyProgress(plan.runs, open, { isQuiet: flags.quiet === true });
    bar.say(openingText(prepared));
    const command = commandText(file, overrides, flags);
    let made = 0;
    let again = 0;
    let end: ExecutorEnd;
    try {
      end = await executor.execute({
        plan,
        store,
        studyFolder,
        open,
        software,
        base,
        loadTask,
        common: { workers: flags.workers, threads: flags.threads, wait: flags.wait, retry: flags.retry },
        options: { ...flags },
        isDryRun: flags.dryRun === true,
        signal: interrupt.signal,
        onRun: (index, event) => {
          if (event.kind === "made") {
            made++;
            if (prepared.again.has(index)) again++;
          }
          bar.onRun(index, event);
        },
        say: bar.say,
      });
    } catch (error) {
      bar.end();
      const code = complain(error);
      remark(`Complete runs and last checkpoints are kept in ${store.folder}. Go on with:\n  ${command}`);
      return code;
    }
    bar.end();
    if (end.kind === "printed") {
      if (flags.json === true) {
        printJson({ study: plan.study.name, store: store.folder, folder: studyFolder, lines: end.lines });
      } else for (const line of end.lines) print(line);
      return exitCodes.ok;
    }
    if (flags.dryRun === true) return exitCodes.ok;

    const state = await prepared.state();
    const seconds = (performance.now() - startedAt) / 1000;
    if (flags.json === true) {
      const jobs = end.kind === "submitted" ? end.jobs : [];
      const place = { study: plan.study.name, store: store.folder, folder: studyFolder };
      printJson({ ...place, end: end.kind, jobs, made, again, ...state, seconds });
    }
    const code = interrupt.exitCode();
    if (end.kind === "interrupted" || (code !== undefined && state.complete < state.runs)) {
      remark(
        `Interrupted: ${state.complete} of ${countText([state.runs], "run")} ${state.complete === 1 ? "is" : "are"} complete and kept. Go on with:\n  ${command}`,
      );
      return code ?? exitCodes.failed;
    }
    const report = `npx noisy-rnn report ${studyText(file, overrides, flags.store)}`;
    for (const line of [...stateLines(state), ...endLines(end, prepared, { made, again, seconds, report })]) {
      if (flags.json === true) remark(line);
      else print(line);
    }
    return end.kind === "done" && state.failed > 0 ? exitCodes.failed : exitCodes.ok;
  } finally {
    interrupt.release();
  }
}

interface MadeHere {
  /** Runs that were made here. */
  readonly made: number;
  /** Those of them that were complete before. */
  readonly again: number;
  readonly seconds: number;
  /** The command that shows results. */
  readonly report: string;
}

/** What came of it, and what to do next. */
function endLines(
  end: ExecutorEnd,
  { store, studyFolder, before }: PreparedStudy,
  { made, again, seconds, report }: MadeHere,
): string[] {
  if (end.kind === "submitted") {
    return [`Handed over: ${end.jobs.join(", ")}. Follow with:\n  npx noisy-rnn study watch ${quoted(studyFolder)}`];
  }
  const parts = [
    ...(made > again || again === 0 ? [`${made - again} made`] : []),
    ...(again > 0 ? [`${again} made again`] : []),
  ];
  const kept = before.complete - again;
  const found = kept > 0 ? `, ${kept} were complete before` : "";
  const done = `${parts.join(", ")} in ${durationText(seconds)}${found}; results in ${store.folder}.`;
  if (end.kind === "done" && end.left > 0) {
    return [done, `Others are making ${end.left} of the runs: without --no-wait this command waits for them.`];
  }
  return [`${done} See them with:\n  ${report}`];
}

function openingText({ plan, store, open, again, before }: PreparedStudy): string {
  const { runs, complete, failed, outdated } = before;
  const notes = [
    ...(failed > 0 ? [`${failed} of them failed`] : []),
    ...(outdated > 0 ? [`${outdated} made by other software`] : []),
  ];
  const exist = `${complete} complete${notes.length > 0 ? ` (${notes.join(", ")})` : ""}`;
  const todo = again.size === 0 ? "" : `, ${again.size} of them again`;
  return `${plan.study.name}: ${countText([runs], "run")}, ${exist}, ${open.length} to make${todo}; store ${store.folder}.`;
}

/** The command that goes on with the same. */
function commandText(file: string, overrides: readonly string[], { store, executor }: RunFlags): string {
  const by = executor === "local" ? "" : ` --executor ${executor}`;
  return `npx noisy-rnn study run ${studyText(file, overrides, store)}${by}`;
}

function studyText(file: string, overrides: readonly string[], store: string | undefined): string {
  return [file, ...overrides, ...(store === undefined ? [] : ["--store", store])].map(quoted).join(" ");
}
