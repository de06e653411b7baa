/** How far the runs of a study have come: one bar, and a line for every run that ended badly. */
import type { RunEvent } from "../platform/node/executors/contract.ts";
import { runWeight } from "../study/stacks.ts";
import { runLabel } from "../study/state.ts";
import type { StudyRun } from "../study/study.ts";
import { type Progress, progress } from "./progress.ts";

/** Runs that failed are named up to this many; the result counts all of them. */
const namedFailures = 20;

export interface StudyProgress extends Pick<Progress, "say" | "end"> {
  onRun(run: number, event: RunEvent): void;
}

/**
 * @param open indices into `runs` of what is to be made
 */
export function studyProgress(
  runs: readonly StudyRun[],
  open: readonly number[],
  { isQuiet }: { readonly isQuiet: boolean },
): StudyProgress {
  const place = new Map(open.map((run, index) => [run, index]));
  const weights = open.map((run) => runWeight(runs[run].spec));
  const bar = progress({ unit: ["run", "runs"], weights, hasRate: true, isQuiet });
  let failures = 0;
  return {
    say: bar.say,
    end: bar.end,
    onRun: (run, event) => {
      const job = place.get(run) as number;
      switch (event.kind) {
        case "progress":
          bar.update(job, event.share);
          return;
        case "elsewhere":
          bar.leave(job);
          return;
        case "made-elsewhere":
          bar.finish(job, true);
          return;
        case "made": {
          bar.finish(job);
          const { cause } = event.summary;
          if (cause === null || ++failures > namedFailures) return;
          bar.say(`failed: ${runLabel(runs[run].condition, runs[run].spec.seed)}: ${cause}`);
          if (failures === namedFailures) bar.say("Further failures are counted at the end.");
          return;
        }
        default:
          event satisfies never;
      }
    },
  };
}
