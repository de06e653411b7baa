import { executors } from "../../platform/node/executors/registry.ts";
import { type CommandDefinition, exitCodes } from "../command.ts";
import { print, printJson } from "../output.ts";
import { storeHelp } from "../studies.ts";
import { studyStanding } from "../study-standing.ts";

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
      const { store, folder, ids, study } = await studyStanding(path, overrides, flags.store);
      const call = { store, studyFolder: folder, ids, complete: await store.completeIds() };
      const jobs: string[] = [];
      for (const executor of executors.members) jobs.push(...((await executor.cancel?.(call)) ?? []));
      if (flags.json === true) printJson({ study: study.name, store: store.folder, folder, jobs });
      else for (const line of jobs.length > 0 ? jobs : ["No jobs of the study wait or run."]) print(line);
      return exitCodes.ok;
    });
  },
};
