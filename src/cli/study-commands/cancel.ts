import { executors } from "../../platform/node/executors/registry.ts";
import type { Worker } from "../../study/state.ts";
import { type CommandDefinition, exitCodes } from "../command.ts";
import { print, printJson } from "../output.ts";
import { storeHelp } from "../studies.ts";
import { studyStanding, studyView } from "../study-standing.ts";

interface CancelFlags {
  readonly store?: string;
  readonly json?: true;
}

export const cancel: CommandDefinition = {
  name: "cancel",
  summary: "end the jobs of a study that were handed over; complete runs and checkpoints stay",
  examples: [
    ["noisy-rnn study cancel studies/preference.yaml", "what still waits or runs; study run submits it again"],
  ],
  define(command, act) {
    command
      .argument("<study>", "study file, or folder of a study in a store")
      .argument("[overrides...]", "changes to the file, as they were given to study run")
      .option("--store <folder>", storeHelp)
      .option("--json", "print one JSON object and nothing else on standard output");
    act(async (path: string, overrides: string[], flags: CancelFlags) => {
      const standing = await studyStanding(path, overrides, flags.store);
      const { store, folder, ids, study } = standing;
      const call = { store, studyFolder: folder, ids, complete: await store.completeIds() };
      const jobs: string[] = [];
      for (const executor of executors.members) jobs.push(...((await executor.cancel?.(call)) ?? []));
      const { workers } = (await studyView(standing)).state;
      if (flags.json === true) printJson({ study: study.name, store: store.folder, folder, jobs, workers });
      else for (const line of jobs.length > 0 ? jobs : noJobs(workers)) print(line);
      return exitCodes.ok;
    });
  },
};

/** Processes that nobody handed over are not ended from elsewhere. */
function noJobs(workers: readonly Worker[]): string[] {
  const lines = ["No jobs of the study wait or run."];
  if (workers.length > 0)
    lines.push("Processes that are no jobs make runs of it; Ctrl-C where they run, or SIGTERM, stops them:");
  for (const { host, pid, label, runs } of workers) lines.push(`  ${runs} by ${host}, process ${pid} (${label})`);
  return lines;
}
