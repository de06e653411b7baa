/** The main job: `npm start`, with the options of `noisy-rnn reproduce noise-preference` behind `--`. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { endWith } from "./tools/failure.mjs";
import { root } from "./tools/folders.mjs";
import { prepare } from "./tools/prepare.mjs";

try {
  await prepare();
  const main = join(root, "dist", "cli", "main.js");
  // in this process, so that interrupts and the exit code are the command's own
  process.argv = [process.execPath, main, "reproduce", "noise-preference", ...process.argv.slice(2)];
  await import(pathToFileURL(main).href);
} catch (error) {
  endWith(error);
}
