import { mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../tools/failure.mjs";
import { root } from "../tools/folders.mjs";
import { run } from "../tools/process.mjs";

export const title = "The noise preference, reproduced: claims and families";

/** The multi-task suite takes hours and has a page of its own. */
const families = ["function-approximation", "regulator", "maze", "path-integration", "feedforward"];

/**
 * @typedef {{
 *   statement: string,
 *   source: string,
 *   outcome: string,
 *   measured: readonly string[],
 *   conditions: readonly string[],
 * }} Claim
 */

/** All families but one at full extent. The folder is kept: what is complete in it is not made again. */
export async function measure() {
  const folder = join(tmpdir(), "noisy-rnn-evidence-noise-preference");
  mkdirSync(folder, { recursive: true });
  const only = families.flatMap((family) => ["--only", family]);
  const options = ["reproduce", "noise-preference", "--full", ...only, "--quiet", "--overwrite", "--keep-outdated"];
  const main = join(root, "dist", "cli", "main.js");
  const out = join(folder, "report");
  const { code, output } = await run(process.execPath, [main, ...options, "--out", out], { capture: true });
  if (code !== 0) throw new Failure(`noisy-rnn reproduce: must end with 0, got ${code}; it said: ${output}`);
  /** @type {readonly Claim[]} */
  const claims = JSON.parse(readFileSync(join(out, "claims.json"), "utf8"));
  const [seconds] = output.match(/\d+ networks?, [^\n]*(?=\.\n)/g) ?? [];
  const table = output.slice(0, output.lastIndexOf("\nclaim ")).trim();
  return `\`noisy-rnn ${options.slice(0, 3).join(" ")} ${only.join(" ")}\`: ${seconds}.

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
