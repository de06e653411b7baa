import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../tools/failure.mjs";
import { root } from "../tools/folders.mjs";
import { run } from "../tools/process.mjs";

export const title = "The noise preference, reproduced";

/** The main job, with whatever data sets are at hand. */
export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-"));
  const command = ["reproduce", "noise-preference", "--quiet", "--out", join(folder, "report")];
  try {
    const start = performance.now();
    const { code, output } = await run(process.execPath, [join(root, "dist", "cli", "main.js"), ...command], {
      capture: true,
    });
    if (code !== 0) throw new Failure(`noisy-rnn reproduce: must end with 0, got ${code}; it said: ${output}`);
    const seconds = (performance.now() - start) / 1000;
    const table = output.replaceAll(folder, "");
    return `\`noisy-rnn reproduce noise-preference\`, ${seconds.toFixed(0)} s:\n\n\`\`\`\n${table.trim()}\n\`\`\``;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
