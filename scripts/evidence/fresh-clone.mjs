import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure, say } from "../tools/failure.mjs";
import { root } from "../tools/folders.mjs";
import { lastLines, run, runNpm } from "../tools/process.mjs";

export const title = "The two commands in a fresh clone";

/** Clones the committed state into an empty folder and runs each command twice: from nothing, and again. */
export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "noisy rnn clone "));
  const clone = join(folder, "noisy-rnn");
  // plain text, without what npm has to say about this machine's settings
  const plain = { NO_COLOR: "1", npm_config_loglevel: "error" };
  const env = { ...process.env, ...plain, NOISY_RNN_CACHE: join(folder, "cache") };
  /** @type {string[]} */
  const rows = [];
  /** @param {string} command @param {string} state */
  const timed = async (command, state) => {
    say(`npm ${command}, ${state}`);
    const start = performance.now();
    const { code, output } = await runNpm([command], { cwd: clone, env, capture: true });
    const seconds = (performance.now() - start) / 1000;
    rows.push(`| \`npm ${command}\` | ${state} | ${seconds.toFixed(1)} s | ${code} |`);
    return output;
  };
  try {
    const { code, output } = await run("git", ["clone", "--quiet", root, clone], { capture: true });
    if (code !== 0) throw new Failure(`git clone: must end with 0, got ${code}; it said: ${output}`);
    const first = await timed("start", "nothing installed");
    await timed("start", "again");
    const tests = await timed("test", "after `npm start`");
    return [
      "| command | state | time | exit code |",
      "| --- | --- | --- | --- |",
      ...rows,
      "",
      "What the first `npm start` printed:",
      "",
      "```",
      first.trimEnd(),
      "```",
      "",
      "The end of `npm test`:",
      "",
      "```",
      lastLines(tests, 20),
      "```",
    ].join("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
