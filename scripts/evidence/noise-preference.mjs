import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimsText, reproduced } from "../tools/reproduction.mjs";

export const title = "The noise preference, reproduced: claims and families";

/** The quick families, with whatever data sets are at hand. */
export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-"));
  const { output, claims, table } = await reproduced(["noise-preference", "--quiet"], join(folder, "report"));
  rmSync(folder, { recursive: true });
  const [seconds] = output.match(/\d+ networks?, [^\n]*(?=\.\n)/g) ?? [];
  return `\`noisy-rnn reproduce noise-preference\`: ${seconds}. More networks and families:
[at full extent](noise-preference-full.md).

## Claims

How a verdict is reached stands on the first page of the report that the command writes. Intervals are 95 % intervals
over networks from different seeds. No setting is the paper's: its hyper-parameters are unknown.

${claimsText(claims)}

## Every condition

\`\`\`
${table}
\`\`\``;
}
