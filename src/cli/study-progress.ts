/** How far the runs of a study have come: one bar, and a line for every run that ended badly. */
import type { RunEvent } from "../platform/node/executors/contract.ts";
import type { RunSpec } from "../study/spec.ts";
import { runWeight } from "../study/stacks.ts";
import { type Progress, progress } from "./progress.ts";

/** Runs that failed are named up to this many; the result counts all of them. */
const namedFailures = 20;

export interface StudyProgress extends Pick<Progress, "say" | "end"> {
  onRun(run: number, event: RunEvent): void;
}

/**
 * @param open indices into `specs` of what is to be made
 */
export function studyProgress(
  specs: readonly RunSpec[],
  open: readonly number[],
  { isQuiet }: { readonly isQuiet: boolean },
): StudyProgress {
  const place = new Map(open.map((run, index) => [run, index]));
  const weights = open.map((run) => runWeight(specs[run]));
  const bar = progress({ unit: "runs", weights, hasRate: true, isQuiet });
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
        case "made-elsewhere":
          bar.finish(job, true);
          return;
        case "made": {
          bar.finish(job);
          const { cause, title } = event.summary;
          if (cause === null || ++failures > namedFailures) return;
          bar.say(`failed: ${title}: ${cause}`);
          if (failures === namedFailures) bar.say("Further failures are counted at the end.");
          return;
        }
        default:
          event satisfies never;
      }
    },
  };
}
