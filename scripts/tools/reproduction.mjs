/** `noisy-rnn reproduce` for pages of evidence: claims and table of a run of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "./failure.mjs";
import { root } from "./folders.mjs";
import { run } from "./process.mjs";

/**
 * @typedef {{
 *   statement: string,
 *   source: string,
 *   rule: string,
 *   outcome: string,
 *   measured: readonly string[],
 *   conditions: readonly string[],
 * }} Claim
 */

/**
 * Folder of results that are kept between measurements of hours: complete networks are used, interrupted ones go on.
 *
 * NOISY_RNN_EVIDENCE names it; default `runs/evidence` of the project.
 */
export const keptResults = process.env.NOISY_RNN_EVIDENCE || join(root, "runs", "evidence");

/** The command line as built. */
export const program = join(root, "dist", "cli", "main.js");

/**
 * @param {readonly string[]} options of `noisy-rnn reproduce`
 * @param {string} out folder of the result
 * @returns {Promise<{ output: string, claims: readonly Claim[], table: string }>} the table is that of all conditions
 */
export async function reproduced(options, out) {
  const { code, output } = await run(process.execPath, [program, "reproduce", ...options, "--out", out], {
    capture: true,
  });
  if (code !== 0) throw new Failure(`noisy-rnn reproduce: must end with 0, got ${code}; it said: ${output}`);
  return {
    output,
    claims: JSON.parse(readFileSync(join(out, "claims.json"), "utf8")),
    table: output.slice(0, output.lastIndexOf("\nclaim ")).trim(),
  };
}

/** Markdown. @param {readonly Claim[]} claims */
export function claimsText(claims) {
  return claims
    .map(({ statement, source, rule, outcome, measured, conditions }, index) => {
      const listed = [...measured, ...conditions.map((text) => `*${text}*`)].map((text) => `- ${text}`).join("\n");
      return `### ${index + 1}. ${outcome}\n\n${statement} (${source}.)\n\nCriterion: ${rule}\n\n${listed}`;
    })
    .join("\n\n");
}

/** Rows that a query finds. @param {string} store @param {string} study @param {string} question @returns {Promise<Record<string, any>[]>} */
export async function queried(store, study, question) {
  const parameters = [program, "query", "--store", store, "--study", study, "--json", question];
  const { code, output } = await run(process.execPath, parameters, { capture: true });
  if (code !== 0) throw new Failure(`noisy-rnn query: must end with 0, got ${code}; it said: ${output}`);
  return JSON.parse(output.slice(output.indexOf("{"))).rows;
}
