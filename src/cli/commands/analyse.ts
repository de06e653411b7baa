import { join } from "node:path";
import type { AnalysisFindings } from "../../analysis/contract.ts";
import { analyses } from "../../analysis/registry.ts";
import type { Choice } from "../../cell/cell.ts";
import { SpecError, type SpecIssue } from "../../core/errors.ts";
import { unknownName } from "../../core/registry.ts";
import { mostThreads } from "../../network/network.ts";
import { type AnalysisJob, analyseNetworks } from "../../platform/node/analyse-networks.ts";
import { nodeResources } from "../../platform/node/datasets.ts";
import { checkWritableFolder } from "../../platform/node/files.ts";
import type { JobOutcome } from "../../platform/node/pool.ts";
import { analysisPasses, checkedRequest } from "../../study/findings.ts";
import { type RunSpec, runFolderName, runId, runTitle } from "../../study/spec.ts";
import { taskLoader } from "../../study/tasks.ts";
import { commandBackend } from "../backend.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { exitCodeOf } from "../failure.ts";
import { fetchNotice } from "../fetch-notice.ts";
import { findingsText, writeFindings } from "../findings-output.ts";
import { foundNetwork } from "../found-network.ts";
import { watchInterrupt } from "../interrupt.ts";
import { threadsHelp, usualThreads } from "../kernel-options.ts";
import { assignments, wholeNumber } from "../options.ts";
import { print, printJson, remark } from "../output.ts";
import { progress } from "../progress.ts";

type Assignments = Readonly<Record<string, unknown>>;

interface AnalyseFlags {
  readonly set?: Assignments;
  readonly task?: string;
  readonly taskOption?: Assignments;
  readonly store: string;
  readonly threads?: number;
  readonly out: string;
  readonly json?: true;
  readonly quiet?: true;
}

/** Stands for every analysis. */
const every = "all";
/** Trials of a pass in most analyses, for the default number of threads. */
const usualTrials = 256;

export const analyse: CommandDefinition = {
  name: "analyse",
  summary: "questions to trained networks: numbers, tables, sentences, figures",
  examples: [
    ["noisy-rnn analyse preference runs/third", "at which test noise the network does best, and why"],
    [
      "noisy-rnn analyse preference 3f8a91 --store runs --set repeats=128",
      "a run of a store by its identity, one option",
    ],
    ["noisy-rnn analyse all runs/third runs/fourth --out found", "every analysis that applies, of two networks"],
    ["noisy-rnn list analyses", "all analyses with their options"],
  ],
  define(command, act) {
    command
      .argument("<name>", `${analyses.names.join(", ")}, or ${every}`)
      .argument("<run...>", "folder of a finished run, weights.safetensors, or first digits of a run's identity")
      .option(
        "--set <option=value>",
        `option of the analysis (repeatable); after ${every}: analysis.option=value`,
        assignments,
      )
      .option("--task <name>", "task to look at the networks on (default: the one they were trained on)")
      .option("--task-option <name=value>", "option of the task (repeatable)", assignments)
      .option("--store <folder>", "store or folder of runs in which identities are looked for", "runs")
      .option("--threads <number>", threadsHelp, wholeNumber(1, mostThreads))
      .option("--out <folder>", "where tables and figures are written, in folders RUN/ANALYSIS", "analyses")
      .option("--json", "print one JSON object and nothing else on standard output")
      .option("--quiet", "no progress");
    act(perform);
  },
};

/** A job with the folder of its files. */
interface Question {
  readonly job: AnalysisJob;
  readonly folder: string;
}

/** What became of a question. */
interface Answer extends Question {
  readonly found?: AnalysisFindings;
  /** Names in the folder. */
  readonly files?: readonly string[];
  readonly error?: { readonly reason: string; readonly code: ExitCode };
}

async function perform(name: string, named: readonly string[], flags: AnalyseFlags): Promise<ExitCode> {
  const requests = requestsOf(name, flags.set ?? {});
  const isQuiet = flags.quiet === true || flags.json === true;
  commandBackend(isQuiet);
  const loadTask = taskLoader(nodeResources({ onProgress: fetchNotice(isQuiet) }));
  const questions: Question[] = [];
  for (const path of named) {
    const saved = await foundNetwork(path, flags.store, "analyse");
    const task = taskOf(saved.spec, flags);
    // The worker reads only what is there already.
    await loadTask(task.name, task.options);
    for (const request of requests) {
      const threads = flags.threads ?? usualThreads(usualTrials);
      const folder = join(flags.out, runFolderName(saved.spec), request.name);
      questions.push({ job: { ...saved, task, request, threads }, folder });
    }
  }
  await checkWritableFolder("--out", flags.out);

  const bar = progress({
    unit: ["analysis", "analyses"],
    weights: questions.map(({ job }) => analysisPasses(job.request)),
    isQuiet,
    hasRate: true,
  });
  const interrupt = watchInterrupt("Stopping: what is finished stays. Ctrl-C once more stops at once.");
  const answers: Answer[] = [];
  try {
    await analyseNetworks({
      jobs: questions.map(({ job }) => job),
      signal: interrupt.signal,
      onProgress: (index, { share, what }) => {
        const { request } = questions[index].job;
        bar.update(index, share, `${request.name}: ${what}`);
      },
      onEnd: async (index, outcome) => {
        if (outcome.kind === "failed" && outcome.errorName === "InterruptedError") return;
        const answer = await answered(questions[index], outcome);
        answers.push(answer);
        bar.finish(index);
        if (flags.json !== true) say(answer, bar.end);
      },
    });
  } finally {
    bar.end();
    interrupt.release();
  }
  if (flags.json === true) printJson({ analyses: answers.map(forPrograms) });
  const missed = questions.length - answers.length;
  if (missed > 0)
    remark(`Interrupted: ${answers.length} of ${questions.length} analyses are finished, ${missed} are not.`);
  return interrupt.exitCode() ?? exitCodeOfAnswers(answers, name === every);
}

/** @throws ParameterError for an unknown name, SpecError with every wrong option */
function requestsOf(name: string, set: Assignments): Choice[] {
  if (name !== every && !analyses.has(name)) throw unknownName("analysis", name, [...analyses.names, every]);
  const names = name === every ? analyses.names : [name];
  const issues: SpecIssue[] = [];
  const given = new Map<string, Record<string, unknown>>(names.map((one) => [one, {}]));
  for (const [key, value] of Object.entries(set)) {
    const dot = key.indexOf(".");
    const [owner, option] = name === every ? [key.slice(0, Math.max(0, dot)), key.slice(dot + 1)] : [name, key];
    const options = given.get(owner);
    if (options === undefined) issues.push(ownerIssue(key, owner));
    else options[option] = value;
  }
  const requests = [...given].flatMap(([one, options]) => {
    const checked = checkedRequest({ ...options, name: one }, name === every ? one : "");
    issues.push(...checked.issues);
    return checked.request ?? [];
  });
  if (issues.length === 0) return requests;
  throw new SpecError(
    `analyse ${name}`,
    issues.map((issue) => ({ ...issue, path: `--set ${issue.path}` })),
  );
}

function ownerIssue(key: string, owner: string): SpecIssue {
  if (owner === "") {
    return {
      path: key,
      rule: `must name its analysis after ${every}, got ${key}`,
      remedy: `for example preference.repeats=128`,
    };
  }
  const { rule, remedy } = unknownName("analysis", owner, analyses.names);
  return { path: key, rule, remedy };
}

function taskOf({ task }: RunSpec, { task: name, taskOption = {} }: AnalyseFlags): AnalysisJob["task"] {
  if (name !== undefined && name !== task.name) return { name, options: taskOption };
  return { name: task.name, options: { ...task.options, ...taskOption } };
}

async function answered(question: Question, outcome: JobOutcome<AnalysisFindings>): Promise<Answer> {
  if (outcome.kind !== "answered") {
    const code = outcome.kind === "failed" ? exitCodeOf(outcome.errorName) : exitCodes.failed;
    return { ...question, error: { reason: outcome.reason, code } };
  }
  const { job, folder } = question;
  return { ...question, found: outcome.answer, files: await writeFindings(job.spec, outcome.answer, folder) };
}

/** @param clear removes the bar */
function say({ job, folder, found, files = [], error }: Answer, clear: () => void): void {
  clear();
  const title = runTitle(job.spec);
  if (found === undefined) remark(`error: ${title}: ${error?.reason}`);
  else print(`${findingsText(found, title)}\n\n${folder}: ${files.join(", ")}\n`);
}

function forPrograms({ job: { spec, request }, folder, found, error }: Answer): Record<string, unknown> {
  const run = { run: runId(spec), title: runTitle(spec), seed: spec.seed, analysis: request.name };
  if (found === undefined) return { ...run, error: error?.reason };
  const { options, numbers, tables, sentences, warnings } = found;
  return { ...run, folder, options, numbers, tables, sentences, warnings };
}

/** Of all analyses, those that do not apply to a network are no failure as long as one does. */
function exitCodeOfAnswers(answers: readonly Answer[], isEvery: boolean): ExitCode {
  const codes = answers.map(({ error }) => error?.code ?? exitCodes.ok);
  const grave = codes.find((code) => code !== exitCodes.ok && code !== exitCodes.missing);
  if (grave !== undefined) return grave;
  if (isEvery && codes.includes(exitCodes.ok)) return exitCodes.ok;
  return codes.find((code) => code !== exitCodes.ok) ?? exitCodes.ok;
}
