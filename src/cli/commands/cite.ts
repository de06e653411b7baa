import type { CommandDefinition } from "../command.ts";
export const cite: CommandDefinition = { name: "cite", summary: "cite", examples: [["noisy-rnn cite", ""]], define: () => {} };
