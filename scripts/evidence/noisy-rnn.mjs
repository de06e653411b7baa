import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimsText, reproduced } from "../tools/reproduction.mjs";

export const title = "Noisy RNNs, reproduced: networks with noise against controls";

/** The quick families, with whatever data sets are at hand. */
export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-"));
  const { output, claims, table } = await reproduced(["noisy-rnn", "--quiet"], join(folder, "report"));
  rmSync(folder, { recursive: true });
  const [seconds] = output.match(/\d+ networks?, [^\n]*(?=\.\n)/g) ?? [];
  return `\`noisy-rnn reproduce noisy-rnn\`: ${seconds}. What is compared with what: [noisy RNNs](../noisy-rnn.md).

Networks are small, and digits come row by row, so clean accuracies are not those of the published models.
Intervals are 95 % intervals over networks from different seeds.

## Claims

${claimsText(claims)}

## Every comparison

\`\`\`
${table}
\`\`\``;
}
