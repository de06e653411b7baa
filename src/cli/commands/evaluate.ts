import type { CommandDefinition } from "../command.ts";
export const evaluate: CommandDefinition = { name: "evaluate", summary: "evaluate", examples: [["noisy-rnn evaluate", ""]], define: () => {} };
