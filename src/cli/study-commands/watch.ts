import { countText } from "../../figure/wording.ts";
import type { StudyState } from "../../study/state.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { type Interrupt, watchInterrupt } from "../interrupt.ts";
import { durationText } from "../output.ts";
import { rateText } from "../progress.ts";
import { storeHelp } from "../studies.ts";
import { type StudyStanding, studyStanding, studyView } from "../study-standing.ts";
import { stateLines } from "../study-state-text.ts";

interface WatchFlags {
  readonly store?: string;
}

/** Milliseconds between two looks. */
const pauses = { terminal: 2000, lines: 10_000 } as const;

export const watch: CommandDefinition = {
  name: "watch",
  summary: "follow a study until it is complete, from anywhere that sees its store",
  examples: [
    ["noisy-rnn study watch studies/preference.yaml", "every two seconds on a terminal, a line every ten elsewhere"],
  ],
  define(command, act) {
    command
      .argument("<study>", "study file, or folder of a study in a store")
      .argument("[overrides...]", "changes to the file, as they were given to study run")
      .option("--store <folder>", storeHelp);
    act(async (path: string, overrides: string[], flags: WatchFlags) => {
      const interrupt = watchInterrupt("Watching ends; whoever makes runs goes on.");
      try {
        const standing = await studyStanding(path, overrides, flags.store);
        return await follow(standing, interrupt);
      } finally {
        interrupt.release();
      }
    });
  },
};

async function follow(standing: StudyStanding, interrupt: Interrupt): Promise<ExitCode> {
  const isTerminal = process.stdout.isTTY === true;
  const begun = performance.now();
  let first: StudyState | undefined;
  let shown = 0;
  for (;;) {
    const { state, jobs: jobsOf } = await studyView(standing);
    first ??= state;
    const pace = paceText(
      state.complete - first.complete,
      state.runs - state.complete,
      (performance.now() - begun) / 1000,
    );
    if (isTerminal) {
      const jobs = await jobsOf();
      const width = Math.max(20, (process.stdout.columns || 80) - 1);
      const lines = [
        standing.study.name,
        ...standing.notes,
        ...stateLines(state),
        ...jobs,
        ...(pace === "" ? [] : [pace]),
      ];
      const fitting = lines.slice(0, Math.max(1, (process.stdout.rows || 24) - 1)).map((line) => line.slice(0, width));
      // Up to the first line of what was shown, and everything below is wiped.
      process.stdout.write(`${shown > 0 ? `\x1b[${shown}A` : ""}\r\x1b[J${fitting.join("\n")}\n`);
      shown = fitting.length;
    } else process.stdout.write(`${lineOf(state)}${pace === "" ? "" : `, ${pace}`}\n`);
    if (state.complete === state.runs) {
      if (!isTerminal) process.stdout.write(`${stateLines(state).join("\n")}\n`);
      return state.failed > 0 ? exitCodes.failed : exitCodes.ok;
    }
    if (!(await paused(isTerminal ? pauses.terminal : pauses.lines, interrupt.signal))) {
      return interrupt.exitCode() ?? exitCodes.ok;
    }
  }
}

/** "31 a minute, about 4 min left": from the runs that ended while it watched. */
function paceText(made: number, left: number, seconds: number): string {
  if (left === 0) return "";
  if (made === 0) return "pace not known before a run ends";
  return `${rateText(made / seconds)}, about ${durationText(Math.max(1, Math.round((left / made) * seconds)))} left`;
}

function lineOf({ complete, runs, failed, underWay, workers }: StudyState): string {
  const failures = failed > 0 ? `, ${failed} failed` : "";
  const hands = workers.map(({ host, pid, label, runs: own }) => `${own} by ${host} ${pid} (${label})`).join(", ");
  return `${complete} of ${countText([runs], "run")} complete${failures}, ${underWay} under way${hands === "" ? "" : `: ${hands}`}`;
}

/** @returns false when it was cut short by the signal */
function paused(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (isWhole: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", cut);
      resolve(isWhole);
    };
    const cut = (): void => end(false);
    const timer = setTimeout(end, milliseconds, true);
    signal.addEventListener("abort", cut, { once: true });
  });
}
