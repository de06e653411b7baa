/** One folder per run with one event file. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeTensorboard } from "../../../io/tensorboard.ts";
import { tensorboardEvents } from "../../../study/export/tensorboard.ts";
import { runFolderName } from "../../../study/spec.ts";
import { checkWritableFolder, removeAbandonedFiles, writeFileAtomic } from "../files.ts";
import type { Exporter } from "./contract.ts";

export const tensorboard: Exporter = {
  name: "tensorboard",
  summary: "event files: curves over updates and over the test intensity, specification and record as texts",
  options: { out: { value: "folder", meaning: "folder for tensorboard --logdir" } },
  async open({ out }) {
    await checkWritableFolder("--out", out);
    return {
      async write(run) {
        const folder = join(out, runFolderName(run.spec));
        // A constant name: a run that was made again replaces its events, readers would add up two files.
        const file = join(folder, "events.out.tfevents.noisy-rnn");
        const bytes = encodeTensorboard(tensorboardEvents(run), Date.parse(run.record.finishedAt) / 1000);
        const known = await readFile(file).catch(() => undefined);
        if (known?.equals(bytes)) return "present";
        // Readers take every file with "tfevents" in its name, those of a killed export too.
        await removeAbandonedFiles(folder);
        await writeFileAtomic(file, bytes);
        return "written";
      },
    };
  },
};
