import { type CommandDefinition, exitCodes } from "../command.ts";
import { print, printJson } from "../output.ts";
import { storeHelp } from "../studies.ts";
import { studyStanding, studyView } from "../study-standing.ts";
import { stateLines } from "../study-state-text.ts";

interface StatusFlags {
  readonly store?: string;
  readonly json?: true;
}

export const status: CommandDefinition = {
  name: "status",
  summary: "how far a study is: complete, under way and by whom, open, failed and why",
  examples: [
    ["noisy-rnn study status studies/preference.yaml", "the study of a file, in runs/ beside it"],
    ["noisy-rnn study status runs/studies/preference-1f2e3d4c5b6a --json", "by its folder, for a program"],
  ],
  define(command, act) {
    command
      .argument("<study>", "study file, or folder of a study in a store")
      .argument("[overrides...]", "changes to the file, as they were given to study run")
      .option("--store <folder>", storeHelp)
      .option("--json", "print one JSON object and nothing else on standard output");
    act(async (path: string, overrides: string[], flags: StatusFlags) => {
      const isQuiet = flags.json === true;
      const standing = await studyStanding(path, overrides, flags.store);
      const { state, jobs: jobsOf } = await studyView(standing);
      const jobs = await jobsOf();
      const { study, folder, store, notes } = standing;
      if (isQuiet) printJson({ study: study.name, store: store.folder, folder, ...state, jobs, notes });
      else for (const line of [study.name, ...notes, ...stateLines(state), ...jobs]) print(line);
      return exitCodes.ok;
    });
  },
};
