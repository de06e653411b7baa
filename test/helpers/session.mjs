/**
 * A process that runs command lines of the built package one after another, each with its folder; `inSession` of
 * command-line.ts starts it. What one writes is its answer's.
 */
import { commandLine } from "../../dist/cli/program.js";

/** @typedef {{ readonly folder: string, readonly parameters: readonly string[] }} Line */

process.on("message", async (/** @type {Line} */ { folder, parameters }) => {
  const written = { stdout: "", stderr: "" };
  const whole = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of /** @type {const} */ (["stdout", "stderr"])) {
    /** @param {string | Uint8Array} text */
    const take = (text) => {
      written[name] += typeof text === "string" ? text : Buffer.from(text).toString("utf8");
      return true;
    };
    process[name].write = take;
  }
  process.chdir(folder);
  try {
    const code = await commandLine(parameters);
    process.send?.({ code, signal: null, ...written });
  } finally {
    for (const name of /** @type {const} */ (["stdout", "stderr"])) process[name].write = whole[name];
  }
});
process.on("disconnect", () => process.exit());
