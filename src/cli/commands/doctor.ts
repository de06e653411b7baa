import type { CommandDefinition } from "../command.ts";
export const doctor: CommandDefinition = { name: "doctor", summary: "doctor", examples: [["noisy-rnn doctor", ""]], define: () => {} };
