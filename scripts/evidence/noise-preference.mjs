import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../tools/failure.mjs";
import { root } from "../tools/folders.mjs";
import { run } from "../tools/process.mjs";

export const title = "The noise preference, reproduced: claims and families";

/**
 * @typedef {{
 *   statement: string,
 *   source: string,
 *   outcome: string,
 *   measured: readonly string[],
 *   conditions: readonly string[],
 * }} Claim
 */

/** The quick families, with whatever data sets are at hand. */
export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-"));
  const options = ["reproduce", "noise-preference", "--quiet"];
  const main = join(root, "dist", "cli", "main.js");
  const out = join(folder, "report");
  const { code, output } = await run(process.execPath, [main, ...options, "--out", out], { capture: true });
  if (code !== 0) throw new Failure(`noisy-rnn reproduce: must end with 0, got ${code}; it said: ${output}`);
  /** @type {readonly Claim[]} */
  const claims = JSON.parse(readFileSync(join(out, "claims.json"), "utf8"));
  const [seconds] = output.match(/\d+ networks?, [^\n]*(?=\.\n)/g) ?? [];
  const table = output.slice(0, output.lastIndexOf("\nclaim ")).trim();
  rmSync(folder, { recursive: true });
  return `\`noisy-rnn ${options.slice(0, 2).join(" ")}\`: ${seconds}. The same at full extent, with more families:
\`noisy-rnn reproduce noise-preference --full --out full\`, or one family with \`--only\`.

## Claims

How a verdict is reached stands on the first page of the report that the command writes. Intervals are 95 % intervals
over networks from different seeds. No setting is the paper's: its hyper-parameters are unknown.

${claims.map(claimText).join("\n\n")}

## Every condition

\`\`\`
${table}
\`\`\``;
}

/** @param {Claim} claim @param {number} index */
function claimText({ statement, source, outcome, measured, conditions }, index) {
  const listed = [...measured, ...conditions.map((text) => `*${text}*`)].map((text) => `- ${text}`).join("\n");
  return `### ${index + 1}. ${outcome}\n\n${statement} (${source}.)\n\n${listed}`;
}
