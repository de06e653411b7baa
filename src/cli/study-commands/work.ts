import { Option } from "commander";
import { ParameterError } from "../../core/errors.ts";
import { countText } from "../../figure/wording.ts";
import { mostThreads } from "../../network/network.ts";
import type { RetryKind } from "../../platform/node/executors/contract.ts";
import { performLocally } from "../../platform/node/executors/local.ts";
import { storeOfStudy } from "../../platform/node/found-study.ts";
import { openStore } from "../../platform/node/store/open.ts";
import { type Chunk, chunkRange, chunkText, parseChunk } from "../../study/chunks.ts";
import type { Software } from "../../study/record.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { complain } from "../failure.ts";
import { watchInterrupt } from "../interrupt.ts";
import { wholeNumber } from "../options.ts";
import { print, remark } from "../output.ts";
import { retryOption } from "../retry-option.ts";
import { begunPlan } from "../studies.ts";
import { studyProgress } from "../study-progress.ts";

interface WorkFlags {
  readonly chunk: Chunk;
  readonly label: string;
  readonly workers: number;
  readonly threads: number;
  readonly retry: readonly RetryKind[];
  readonly wait?: true;
  readonly quiet?: true;
}

const mostWorkers = 256;
const allRuns: Chunk = { number: 1, of: 1 };

export const work: CommandDefinition = {
  name: "work",
  summary: "make a share of the runs of a study that stands in a store; what schedulers start",
  examples: [
    ["noisy-rnn study work runs/studies/preference-1f2e3d4c5b6a --chunk 3/20", "the third of twenty shares"],
    ["noisy-rnn study work runs/studies/preference-1f2e3d4c5b6a --label 'node 7'", "all runs that nobody else makes"],
  ],
  define(command, act) {
    command
      .argument("<folder>", "folder of the study in its store, as noisy-rnn study run makes it")
      .addOption(
        new Option(
          "--chunk <i/n>",
          "the runs of this share: n shares of neighbours in the plan, so that seeds of a condition stay together",
        )
          .argParser(parseChunk)
          .default(allRuns, chunkText(allRuns)),
      )
      .option("--label <text>", "what this process runs in, for those who look at the store", "work")
      .option("--workers <number>", "runs, or stacks of them, at the same time", wholeNumber(1, mostWorkers), 1)
      .option(
        "--threads <number>",
        "threads that share the trials of a pass, in each worker",
        wholeNumber(1, mostThreads),
        1,
      )
      .addOption(retryOption())
      .option("--wait", "wait for runs that others are making, and take them over when those die")
      .option("--quiet", "no progress");
    act(perform);
  },
};

async function perform(folder: string, flags: WorkFlags): Promise<ExitCode> {
  const interrupt = watchInterrupt("Stopping: runs at work are being saved.");
  try {
    const isQuiet = flags.quiet === true;
    const { plan, software, base, loadTask, frozen } = await begunPlan(folder, isQuiet);
    checkSoftware(frozen.software, software);

    const store = await openStore(storeOfStudy(folder), { mode: "write" });
    const complete = await store.completeIds();
    const { from, to } = chunkRange(plan.runs.length, flags.chunk);
    const share = Array.from({ length: to - from }, (_, place) => from + place);
    // Of complete runs those that are to be made again are found when their turn comes.
    const open = share.filter((run) => flags.retry.length > 0 || !complete.has(plan.runs[run].id));
    const bar = studyProgress(plan.runs, open, { isQuiet });
    bar.say(
      `${plan.study.name}, chunk ${chunkText(flags.chunk)}: ${countText([share.length], "run")}, ${open.length} to make.`,
    );
    try {
      const end = await performLocally(
        {
          plan,
          store,
          studyFolder: folder,
          open,
          software,
          base,
          loadTask,
          common: { workers: flags.workers, threads: flags.threads, wait: flags.wait === true, retry: flags.retry },
          options: {},
          isDryRun: false,
          signal: interrupt.signal,
          onRun: bar.onRun,
          say: bar.say,
        },
        flags.label,
      );
      bar.end();
      const code = interrupt.exitCode();
      if (end.kind === "interrupted") {
        remark(
          `Interrupted: complete runs and checkpoints are kept. Go on with the same command, or with another process.`,
        );
        return code ?? exitCodes.failed;
      }
      if (end.kind === "done") print(`chunk ${chunkText(flags.chunk)} is done: ${endText(end.failed, end.left)}.`);
      return exitCodes.ok;
    } catch (error) {
      bar.end();
      complain(error);
      remark(`What is complete is in ${store.folder}. Go on with the same command, or with another process.`);
      return exitCodes.failed;
    }
  } finally {
    interrupt.release();
  }
}

function endText(failed: number, left: number): string {
  const failures =
    failed === 0
      ? "no run failed"
      : `${countText([failed], "run")} failed, which is ${failed === 1 ? "its" : "their"} result`;
  return left === 0 ? failures : `${failures}; others are making ${left}`;
}

/** Other code may give other bits, so a study is worked on by the code that began it. */
function checkSoftware(frozen: Software, own: Software): void {
  if (frozen.fingerprint !== own.fingerprint) {
    throw new ParameterError({
      place: "study work",
      rule: `must be the software that began the study, ${frozen.version} (${frozen.fingerprint}), got ${own.version} (${own.fingerprint})`,
      remedy: "install the same version here, or begin the study anew with noisy-rnn study run",
    });
  }
  if (frozen.variant !== own.variant) {
    remark(
      `The study was begun with the instruction set ${frozen.variant}, this machine has ${own.variant}: last bits may differ between runs, and each says what made it.`,
    );
  }
}
