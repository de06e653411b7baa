import type { CommandFamily } from "../command.ts";
import { studyCommands } from "../study-commands.ts";

export const study: CommandFamily = {
  name: "study",
  summary: "many runs from one file: axes, seeds, expected results",
  examples: [
    ["noisy-rnn study explain first-study", "what the study of that name in the package comes to"],
    ["noisy-rnn study explain study.yaml training.updates=500", "a file of one's own, with one change"],
  ],
  members: studyCommands,
};
