import type { CommandDefinition } from "../command.ts";
export const list: CommandDefinition = { name: "list", summary: "list", examples: [["noisy-rnn list", ""]], define: () => {} };
