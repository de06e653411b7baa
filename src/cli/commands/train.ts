import type { CommandDefinition } from "../command.ts";
export const train: CommandDefinition = { name: "train", summary: "train", examples: [["noisy-rnn train", ""]], define: () => {} };
